package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"urna/internal/text/strictjson"
)

// Names are what something is called in other languages than its own name: a JSON object of names by BCP 47 tag, in the
// order of the tags, such as {"ka":"საკრებულო"}; "" is none. Two that are equal as strings are equal.
type Names string

// NewNames returns names by tag. Blank ones are left out, and names lose the blanks around them.
func NewNames(byTag map[string]string) Names {
	kept := map[string]string{}
	for tag, name := range byTag {
		if name = Trim(name); name != "" {
			kept[tag] = name
		}
	}
	if len(kept) == 0 {
		return ""
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(kept) // texts can be encoded
	return Names(strings.TrimSuffix(b.String(), "\n"))
}

// ParseNames reads names as people type them: a line for each, with the tag, a colon and the name, such as "ka: საკრებულო".
// The error names the first line that has another form, or a tag for the second time.
func ParseNames(lines string) (Names, error) {
	byTag := map[string]string{}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		tag, name, ok := strings.Cut(line, ":")
		tag = strings.TrimSpace(tag)
		if _, again := byTag[tag]; !ok || again || strings.TrimSpace(name) == "" {
			return "", errors.New(line)
		}
		byTag[tag] = name
	}
	return NewNames(byTag), nil
}

// ByTag returns the names by their tags. Of a value that is no object it returns none.
func (n Names) ByTag() map[string]string {
	byTag := map[string]string{}
	if n == "" || strictjson.UnmarshalStored([]byte(n), &byTag) != nil {
		return nil
	}
	return byTag
}

// Tags returns the tags of the names, sorted.
func (n Names) Tags() []string { return slices.Sorted(maps.Keys(n.ByTag())) }

// In returns the name in a language: that of its tag, else that of the tag without its script or region, else the plain name.
func (n Names) In(tag, plain string) string {
	if n == "" {
		return plain
	}
	byTag := n.ByTag()
	for of := tag; of != ""; {
		if name := byTag[of]; name != "" {
			return name
		}
		cut := strings.LastIndexByte(of, '-')
		of = of[:max(cut, 0)]
	}
	return plain
}

// Lines returns the names as ParseNames reads them.
func (n Names) Lines() string {
	byTag := n.ByTag()
	var b strings.Builder
	for _, tag := range n.Tags() {
		b.WriteString(tag + ": " + byTag[tag] + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// IsLanguage reports whether a text is the tag of a language in its usual spelling, such as "ka" or "sr-Latn".
func IsLanguage(tag string) bool {
	parsed, err := language.Parse(tag)
	return err == nil && parsed.String() == tag && parsed != language.Und
}

// MarshalJSON writes the object, {} for none.
func (n Names) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("{}"), nil
	}
	return []byte(n), nil
}

// UnmarshalJSON reads an object of names.
func (n *Names) UnmarshalJSON(raw []byte) error {
	var byTag map[string]string
	if err := strictjson.Unmarshal(raw, &byTag); err != nil {
		return errors.New("this must be an object of names by language, such as {\"ka\": \"…\"}")
	}
	*n = NewNames(byTag)
	return nil
}
