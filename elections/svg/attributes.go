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
var rootOnly = []string{"viewBox", "x", "y", "width", "height"}

// ignored are attributes, and properties of styles, that do not change the drawing.
var ignored = []string{
	"id", "class", "version", "baseProfile", "preserveAspectRatio", "role", "enable-background", "focusable", "space", "lang", "paint-order", "overflow", "color", "isolation",
	"font-family", "font-size", "font-weight", "font-style", "line-height", "text-anchor", "color-interpolation", "color-rendering", "shape-rendering", "clip-rule", "display", "xmlns",
}

// values returns the attributes of an element that are drawn. One that would change the drawing and is not known is refused.
func (w *writer) values(e xml.StartElement) (map[string]string, error) {
	values := map[string]string{}
	take := func(name, value string) error {
		value = strings.Join(strings.Fields(value), " ")
		at := slices.IndexFunc(attributes, func(a attribute) bool { return a.name == name })
		switch {
		case at >= 0 && attributes[at].form.MatchString(value):
			values[name] = value
		case at < 0 && drawsNothing(name, value):
		default:
			return &refusal{messages.FieldSvgAttribute(int64(w.line()), shown(name))}
		}
		return nil
	}
	for _, a := range e.Attr {
		switch {
		case a.Name.Space != "" && a.Name.Local != "href": // of editors; also xmlns:… itself
		case a.Name.Local == "style":
			for property := range strings.SplitSeq(a.Value, ";") {
				name, value, _ := strings.Cut(property, ":")
				if name = strings.TrimSpace(name); name == "" || strings.HasPrefix(name, "-") {
					continue
				}
				if err := take(name, value); err != nil {
					return nil, err
				}
			}
		default:
			if err := take(a.Name.Local, a.Value); err != nil {
				return nil, err
			}
		}
	}
	return values, nil
}

// drawsNothing reports whether an attribute can be left out.
func drawsNothing(name, value string) bool {
	if name == "display" && value == "none" || strings.HasPrefix(name, "on") {
		return false
	}
	return slices.Contains(ignored, name) || strings.HasPrefix(name, "data-") || strings.HasPrefix(name, "aria-") || value == "none" || value == "normal"
}
