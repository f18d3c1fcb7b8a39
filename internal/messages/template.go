package messages

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// simpleTags are the elements that a sentence may have without an argument.
var simpleTags = []string{"strong", "em", "code", "kbd", "br"} //nolint:gochecknoglobals // a constant

type kind int

const (
	textPart  kind = iota
	argPart        // {{.Name}}
	openPart       // <name>
	closePart      // </name>
)

// A part is a piece of a sentence: text, or the name of an argument or of a tag.
type part struct {
	kind kind
	text string
}

// parse splits a sentence into its parts. A "<" that no letter and no "/" follows is text.
func parse(sentence string) ([]part, error) {
	var parts []part
	text := func(s string) {
		if s != "" {
			parts = append(parts, part{textPart, s})
		}
	}
	for rest := sentence; rest != ""; {
		at := strings.IndexAny(rest, "{<")
		if at < 0 {
			text(rest)
			break
		}
		text(rest[:at])
		rest = rest[at:]
		switch {
		case strings.HasPrefix(rest, "{{."):
			name, after, ok := strings.Cut(rest[3:], "}}")
			if !ok || !isName(name) {
				return nil, fmt.Errorf("%q: want {{.Name}}", sentence)
			}
			parts = append(parts, part{argPart, name})
			rest = after
		case rest[0] == '<' && len(rest) > 1 && (rest[1] == '/' || isName(rest[1:2])):
			name, after, ok := strings.Cut(rest[1:], ">")
			kind := openPart
			if bare, closing := strings.CutPrefix(name, "/"); closing {
				kind, name = closePart, bare
			}
			if !ok || !isName(name) {
				return nil, fmt.Errorf("%q: want <name> or </name>", sentence)
			}
			parts = append(parts, part{kind, name})
			rest = after
		default:
			text(rest[:1])
			rest = rest[1:]
		}
	}
	return parts, balanced(sentence, parts)
}

// balanced returns an error if a tag is not closed, or not in turn.
func balanced(sentence string, parts []part) error {
	var open []string
	for _, p := range parts {
		switch {
		case p.kind == openPart && p.text != "br":
			open = append(open, p.text)
		case p.kind == closePart:
			if len(open) == 0 || open[len(open)-1] != p.text {
				return fmt.Errorf("%q: </%s> closes nothing", sentence, p.text)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%q: <%s> is not closed", sentence, open[0])
	}
	return nil
}

func isName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// sentences makes go-i18n execute sentences of this package's form instead of text/template: names only, no logic, and
// nothing to look up by reflection.
type sentences struct {
	stretch  bool // for tests of layouts
	cyrillic bool // Serbian in Cyrillic letters
}

func (sentences) Cacheable() bool { return true }

func (p sentences) Parse(source, _, _ string) (template.ParsedTemplate, error) {
	parts, err := parse(source)
	if err != nil {
		return nil, err
	}
	if p.stretch {
		parts = stretched(parts)
	}
	if p.cyrillic {
		parts = cyrillicParts(parts)
	}
	return parsed(parts), nil
}

// stretched marks a sentence and makes it twice as long, with the same words again.
func stretched(parts []part) []part {
	var again strings.Builder
	for _, p := range parts {
		if p.kind == textPart {
			again.WriteString(p.text)
		}
	}
	end := "⟧"
	if again.Len() > 0 {
		end = " " + strings.TrimSpace(again.String()) + "⟧"
	}
	return slices.Concat([]part{{textPart, "⟦"}}, parts, []part{{textPart, end}})
}

// parsed is a sentence that is ready to be rendered.
type parsed []part

// A rendering is what a sentence is executed with.
type rendering struct {
	localizer *Localizer
	args      []Arg
	// ctx is nil for text and not nil for markup.
	ctx context.Context //nolint:containedctx // components render with the context of the page that is being drawn
}

// Execute renders the sentence with a *rendering.
func (t parsed) Execute(data any) (string, error) {
	r, ok := data.(*rendering)
	if !ok {
		return "", fmt.Errorf("want a rendering, got %T", data)
	}
	var b strings.Builder
	for i, p := range t {
		if i > 0 && p.kind == textPart && endsInStop(b.String()) {
			p.text = withoutStop(p.text)
		}
		if err := r.write(&b, p); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// endsInStop reports whether a text ends in a full stop, such as a date in Serbian or a name with an abbreviation; elements
// that are closed after it do not count.
func endsInStop(text string) bool {
	for strings.HasSuffix(text, ">") {
		at := strings.LastIndex(text, "</")
		if at < 0 || strings.ContainsAny(text[at+2:len(text)-1], "<>") {
			return false
		}
		text = text[:at]
	}
	return strings.HasSuffix(text, ".")
}

// withoutStop returns the rest of a sentence without the full stop that it begins with.
func withoutStop(text string) string {
	if rest, ok := strings.CutPrefix(text, "."); ok && (rest == "" || rest[0] == ' ') {
		return rest
	}
	return text
}

func (r *rendering) write(b *strings.Builder, p part) error {
	switch p.kind {
	case argPart:
		return r.writeArg(b, p.text)
	case openPart, closePart:
		if r.ctx != nil {
			b.WriteString(r.tag(p))
		}
	default:
		b.WriteString(r.escape(p.text))
	}
	return nil
}

func (r *rendering) escape(text string) string {
	if r.ctx == nil {
		return text
	}
	return html.EscapeString(text)
}

func (r *rendering) tag(p part) string {
	if slices.Contains(simpleTags, p.text) {
		if p.kind == closePart {
			return "</" + p.text + ">"
		}
		return "<" + p.text + ">"
	}
	for _, arg := range r.args {
		if tag, ok := arg.Value.(Tag); ok && strings.EqualFold(arg.Name, p.text) {
			if p.kind == closePart {
				return tag.close
			}
			return tag.open
		}
	}
	return ""
}

func (r *rendering) writeArg(b *strings.Builder, name string) error {
	for _, arg := range r.args {
		if arg.Name != name {
			continue
		}
		switch value := arg.Value.(type) {
		case string:
			b.WriteString(r.escape(value))
		case Quoted:
			b.WriteString(r.escape(strconv.Quote(string(value))))
		case Number:
			b.WriteString(value.in(r.localizer))
		case Plain:
			b.WriteString(strconv.FormatInt(int64(value), 10))
		case Message:
			b.WriteString(r.escape(r.localizer.Text(value)))
		case Component:
			if r.ctx != nil && value != nil {
				return value.Render(r.ctx, b)
			}
		default:
			return fmt.Errorf("argument %s has no form for a %T", name, value)
		}
		return nil
	}
	return fmt.Errorf("argument %s is missing", name)
}
