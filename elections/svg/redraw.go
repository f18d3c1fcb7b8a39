package svg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"urna/internal/messages"
)

const namespace = "http://www.w3.org/2000/svg"

// The bounds of a picture.
const (
	maxFile     = 512 << 10
	maxDrawn    = 128 << 10
	maxElements = 5000
	maxDepth    = 40
)

// shapes are the elements that are drawn.
//
//nolint:gochecknoglobals // a constant
var shapes = []string{"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}

// silent are elements that draw nothing. They and all within them are left out.
//
//nolint:gochecknoglobals // a constant
var silent = []string{"title", "desc", "metadata"}

// Picture is a picture that was drawn again.
type Picture struct {
	Document      []byte
	Width, Height int // its sides, in its own units
}

// refusal is the problem of a file.
type refusal struct{ message messages.Message }

// Error returns the sentence in English.
func (r *refusal) Error() string { return r.message.String() }

// IsSVG reports whether a file looks like a document of markup, and not like a picture of pixels.
func IsSVG(file []byte) bool {
	file = bytes.TrimSpace(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")))
	return len(file) > 0 && file[0] == '<'
}

// Redraw reads a file and draws it again. The message names the fault of the file; it is zero for none. A picture
// that was drawn again stays the same.
func Redraw(file []byte) (Picture, messages.Message) {
	if len(file) > maxFile {
		return Picture{}, messages.FieldSvgLarge()
	}
	w := &writer{decoder: xml.NewDecoder(bytes.NewReader(file))}
	err := w.document()
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return Picture{}, refused.message
	case err != nil:
		return Picture{}, messages.FieldSvgUnreadable(int64(w.line()))
	case w.out.Len() > maxDrawn:
		return Picture{}, messages.FieldSvgLarge()
	}
	return Picture{Document: w.out.Bytes(), Width: w.width, Height: w.height}, messages.Message{}
}

// writer draws a document.
type writer struct {
	decoder       *xml.Decoder
	out           bytes.Buffer
	elements      int
	open          []string
	width, height int
}

func (w *writer) line() int {
	line, _ := w.decoder.InputPos()
	return line
}

// document reads all tokens of a file.
func (w *writer) document() error {
	for {
		token, err := w.decoder.Token()
		if errors.Is(err, io.EOF) {
			if w.width == 0 || len(w.open) > 0 {
				return &refusal{messages.FieldSvgNone()}
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = w.start(t)
		case xml.EndElement:
			w.out.WriteString("</" + w.open[len(w.open)-1] + ">")
			w.open = w.open[:len(w.open)-1]
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				err = &refusal{messages.FieldSvgText(int64(w.line()))}
			}
		case xml.Directive:
			if !bytes.HasPrefix(t, []byte("DOCTYPE")) || bytes.ContainsAny(t, "[<") {
				err = &refusal{messages.FieldSvgElement(int64(w.line()), "!DOCTYPE")}
			}
		}
		if err != nil {
			return err
		}
	}
}

// start writes an element, or passes over one that draws nothing.
func (w *writer) start(e xml.StartElement) error {
	name := e.Name.Local
	foreign := e.Name.Space != namespace && e.Name.Space != ""
	if len(w.open) > 0 && (foreign || slices.Contains(silent, name)) {
		return w.decoder.Skip()
	}
	w.elements++
	switch {
	case foreign || !slices.Contains(shapes, name), (name == "svg") != (len(w.open) == 0):
		return &refusal{messages.FieldSvgElement(int64(w.line()), shown(name))}
	case len(w.open) > 0 && w.width == 0, w.elements > maxElements, len(w.open) == maxDepth:
		return &refusal{messages.FieldSvgLarge()}
	}
	values, err := w.values(e)
	if err != nil {
		return err
	}
	w.out.WriteString("<" + name)
	if name == "svg" {
		box, ok := w.box(values)
		if !ok {
			return &refusal{messages.FieldSvgNoSize()}
		}
		w.out.WriteString(` xmlns="` + namespace + `" viewBox="` + box + `" width="` + strconv.Itoa(w.width) + `" height="` + strconv.Itoa(w.height) + `"`)
		for _, own := range rootOnly {
			delete(values, own)
		}
	}
	for _, a := range attributes {
		if value, ok := values[a.name]; ok {
			w.out.WriteString(" " + a.name + `="` + value + `"`)
		}
	}
	w.out.WriteString(">")
	w.open = append(w.open, name)
	return nil
}

// shown is a name of the file in a sentence.
func shown(name string) string {
	if chars := []rune(name); len(chars) > 40 {
		return string(chars[:40]) + "…"
	}
	return name
}

// box returns the view box of the picture.
func (w *writer) box(values map[string]string) (string, bool) {
	var sides []float64
	given := strings.Fields(strings.ReplaceAll(values["viewBox"], ",", " "))
	if len(given) == 0 {
		given = []string{"0", "0", strings.TrimSuffix(values["width"], "px"), strings.TrimSuffix(values["height"], "px")}
	}
	for _, text := range given {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return "", false
		}
		sides = append(sides, n)
	}
	const most = 100_000
	if len(sides) != 4 || !(sides[2] > 0 && sides[2] <= most && sides[3] > 0 && sides[3] <= most) {
		return "", false
	}
	// Pictures keep their shape: sides below 100 are given in larger units.
	scale := max(1, 100/min(sides[2], sides[3]))
	w.width, w.height = max(1, int(sides[2]*scale+0.5)), max(1, int(sides[3]*scale+0.5))
	return strings.Join(given, " "), true
}
