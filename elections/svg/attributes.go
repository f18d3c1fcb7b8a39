package svg

import (
	"encoding/xml"
	"regexp"
	"slices"
	"strings"

	"urna/internal/messages"
)

// attribute is one that is drawn, with the form of its values.
type attribute struct {
	name string
	form *regexp.Regexp
}

const numberForm = `[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`

var (
	number    = regexp.MustCompile(`^` + numberForm + `(?:px|%)?$`)
	numbers   = regexp.MustCompile(`^[-+0-9eE.,\s]*$`)
	path      = regexp.MustCompile(`^[-+0-9eE.,\sMmZzLlHhVvCcSsQqTtAa]*$`)
	paint     = regexp.MustCompile(`^(?:none|currentColor|[a-zA-Z]{3,20}|#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|rgb\([0-9.,%\s]{5,40}\))$`)
	transform = regexp.MustCompile(`^(?:\s*,?\s*(?:matrix|translate|scale|rotate|skewX|skewY)\s*\([-+0-9eE.,\s]*\))*\s*$`)
	word      = regexp.MustCompile(`^[a-z]{3,10}$`)
)

// attributes are all that are drawn, in the order in which they are written.
//
//nolint:gochecknoglobals // a constant
var attributes = []attribute{
	{"viewBox", numbers},
	{"x", number},
	{"y", number},
	{"width", number},
	{"height", number},
	{"rx", number},
	{"ry", number},
	{"cx", number},
	{"cy", number},
	{"r", number},
	{"x1", number},
	{"y1", number},
	{"x2", number},
	{"y2", number},
	{"points", numbers},
	{"d", path},
	{"transform", transform},
	{"fill", paint},
	{"fill-rule", word},
	{"fill-opacity", number},
	{"stroke", paint},
	{"stroke-width", number},
	{"stroke-opacity", number},
	{"stroke-linecap", word},
	{"stroke-linejoin", word},
	{"stroke-miterlimit", number},
	{"stroke-dasharray", numbers},
	{"stroke-dashoffset", number},
	{"opacity", number},
}

// rootOnly are those of the document's own element that the writer gives itself.
//
//nolint:gochecknoglobals // a constant
var rootOnly = []string{"viewBox", "x", "y", "width", "height"}

// ignored are attributes, and properties of styles, that do not change the drawing.
//
//nolint:gochecknoglobals // a constant
var ignored = []string{
	"id", "class", "version", "baseProfile", "preserveAspectRatio", "role", "enable-background", "focusable", "space", "lang", "paint-order", "overflow", "color", "isolation",
	"font-family", "font-size", "font-weight", "font-style", "line-height", "text-anchor", "color-interpolation", "color-rendering", "shape-rendering", "clip-rule", "display", "xmlns",
}

// values returns the attributes of an element that are drawn. One that would change the drawing and is not known is refused.
func (w *writer) values(e xml.StartElement) (map[string]string, error) {
	values := map[string]string{}
	for _, a := range e.Attr {
		given := [][2]string{{a.Name.Local, a.Value}}
		switch {
		case a.Name.Space != "" && a.Name.Local != "href": // of editors; also xmlns:… itself
			continue
		case a.Name.Local == "style":
			given = properties(a.Value)
		}
		for _, g := range given {
			if !take(values, g[0], g[1]) {
				return nil, &refusal{messages.FieldSvgAttribute(int64(w.line()), shown(g[0]))}
			}
		}
	}
	return values, nil
}

// properties parts a style into names and values, without those of single browsers and editors.
func properties(style string) (list [][2]string) {
	for property := range strings.SplitSeq(style, ";") {
		name, value, _ := strings.Cut(property, ":")
		if name = strings.TrimSpace(name); name != "" && !strings.HasPrefix(name, "-") {
			list = append(list, [2]string{name, value})
		}
	}
	return list
}

// take adds a value that is drawn, and reports whether the value is one or draws nothing.
func take(values map[string]string, name, value string) bool {
	value = strings.Join(strings.Fields(value), " ")
	at := slices.IndexFunc(attributes, func(a attribute) bool { return a.name == name })
	if at < 0 {
		return drawsNothing(name, value)
	}
	if !attributes[at].form.MatchString(value) {
		return false
	}
	values[name] = value
	return true
}

// drawsNothing reports whether an attribute can be left out.
func drawsNothing(name, value string) bool {
	if name == "display" && value == "none" || strings.HasPrefix(name, "on") {
		return false
	}
	return slices.Contains(ignored, name) || strings.HasPrefix(name, "data-") || strings.HasPrefix(name, "aria-") || value == "none" || value == "normal"
}
