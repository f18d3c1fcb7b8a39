package messages

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

//go:embed cyrillic.toml
var cyrillicFile []byte

// A cyrillicRule is the file of exceptions.
type cyrillicRule struct {
	Keep  []string `toml:"keep"`
	Apart []string `toml:"apart"`
}

var cyrillic = sync.OnceValue(func() *cyrillicRule { //nolint:gochecknoglobals // read once
	var rule cyrillicRule
	if err := toml.Unmarshal(cyrillicFile, &rule); err != nil {
		panic(fmt.Errorf("messages: cyrillic.toml: %w", err)) // excluded by the tests of the catalogue
	}
	// The longest name first: the first that fits is taken.
	slices.SortFunc(rule.Keep, func(a, b string) int { return len(b) - len(a) })
	return &rule
})

// verbatim finds an address, a path, an option or a name with signs of code at the beginning of a text: what a person types
// or a program writes.
var verbatim = regexp.MustCompile(`^(?:https?://\S+|[\w.+-]+@[\w-]+\.[\w.-]+|--?[a-z][\w-]*(?:=\S*)?|/[a-z][\w/.-]*|[A-Za-z]\w*(?:_\w+)+|\w+=|[\w-]+(?:\.[a-z]\w*)+)`)

// cyrillicParts writes the text of a sentence in Cyrillic letters. Text within <code>, <kbd> and straight quotation marks
// stays: it is a command, a value or the name of a field.
func cyrillicParts(parts []part) []part {
	code, quoted := 0, false
	changed := slices.Clone(parts)
	for i, p := range changed {
		isCode := p.text == "code" || p.text == "kbd"
		switch {
		case p.kind == openPart && isCode:
			code++
		case p.kind == closePart && isCode:
			code--
		case p.kind == textPart && code == 0:
			changed[i].text, quoted = inCyrillicOutsideQuotes(p.text, quoted)
		}
	}
	return changed
}

// inCyrillicOutsideQuotes writes a text in Cyrillic letters, except between straight quotation marks. It takes and
// returns whether such a quotation is open, since one can have several parts.
func inCyrillicOutsideQuotes(text string, quoted bool) (string, bool) {
	pieces := strings.Split(text, `"`)
	for i, piece := range pieces {
		if i > 0 {
			quoted = !quoted
		}
		if !quoted {
			pieces[i] = inCyrillic(piece)
		}
	}
	return strings.Join(pieces, `"`), quoted
}

// inCyrillic writes a Serbian text in Cyrillic letters.
func inCyrillic(text string) string {
	var b strings.Builder
	for rest := text; rest != ""; {
		if unchanged := staysLatin(text[:len(text)-len(rest)], rest); unchanged > 0 {
			b.WriteString(rest[:unchanged])
			rest = rest[unchanged:]
			continue
		}
		word := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
		if word < 0 {
			word = len(rest)
		}
		if word == 0 {
			_, size := utf8.DecodeRuneInString(rest)
			b.WriteString(rest[:size])
			rest = rest[size:]
			continue
		}
		b.WriteString(cyrillicWord(rest[:word]))
		rest = rest[word:]
	}
	return b.String()
}

// staysLatin returns how many bytes at the beginning of a text stay as they are.
func staysLatin(before, text string) int {
	if strings.HasPrefix(text, "{{.") {
		return strings.Index(text, "}}") + len("}}")
	}
	for _, name := range cyrillic().Keep {
		rest, found := strings.CutPrefix(text, name)
		if next, _ := utf8.DecodeRuneInString(rest); found && !unicode.IsLetter(next) {
			return len(name)
		}
	}
	if last, _ := utf8.DecodeLastRuneInString(before); unicode.IsLetter(last) || unicode.IsDigit(last) {
		return 0
	}
	if at := verbatim.FindStringIndex(text); at != nil {
		return at[1]
	}
	return 0
}

var cyrillicLetters = map[string]string{ //nolint:gochecknoglobals // a constant
	"a": "а", "b": "б", "v": "в", "g": "г", "d": "д", "đ": "ђ", "e": "е", "ž": "ж", "z": "з", "i": "и", "j": "ј", "k": "к", "l": "л",
	"lj": "љ", "m": "м", "n": "н", "nj": "њ", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "ć": "ћ", "u": "у", "f": "ф", "h": "х",
	"c": "ц", "č": "ч", "dž": "џ", "š": "ш",
}

// cyrillicWord writes a word in Cyrillic letters; one with a letter that Serbian does not have stays.
func cyrillicWord(word string) string {
	letters := []rune(word)
	apart := slices.ContainsFunc(cyrillic().Apart, func(stem string) bool { return strings.HasPrefix(strings.ToLower(word), stem) })
	var b strings.Builder
	for i := 0; i < len(letters); i++ {
		one := strings.ToLower(string(letters[i]))
		to, ok := cyrillicLetters[one]
		if !ok {
			return word
		}
		if i+1 < len(letters) && !apart {
			if both, ok := cyrillicLetters[one+strings.ToLower(string(letters[i+1]))]; ok {
				to = both
			}
		}
		if unicode.IsUpper(letters[i]) {
			to = strings.ToUpper(to)
		}
		if to != cyrillicLetters[one] && strings.ToLower(to) != cyrillicLetters[one] {
			i++
		}
		b.WriteString(to)
	}
	return b.String()
}
