package svg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The bounds of a map.
const (
	maxRegions = 20_000
	maxPoints  = 2_000_000
	maxNames   = 60
	maxName    = 200
)

// Point is a place on the plane of a drawing: to the right, and downwards.
type Point struct{ X, Y float64 }

// Region is a shape of a drawing, with what tells which place it is.
type Region struct {
	// Names are its id, title and name, and its data attributes and label, by the name of the attribute; of a shape without one,
	// that of the nearest group around it.
	Names map[string]string
	Rings [][]Point
}

// RegionsError says why a drawing has no regions that can be read.
type RegionsError struct {
	Line   int    // 0 if the fault has none
	Root   string // the name of the document's own element, if that is not svg
	Shape  bool   // whether a path, a number or a transform of the line cannot be read
	Bounds bool   // whether the drawing has too many shapes, points or levels
}

// Error names the fault.
func (e *RegionsError) Error() string { return "svg: line " + strconv.Itoa(e.Line) + " cannot be read" }

// Regions reads the shapes of a map: paths with curves flattened, polygons, polylines, rectangles, circles and ellipses, with the
// transforms around them. Everything else, such as letters, styles and pictures, is passed over, and so are shapes that are not displayed.
// The error is a *RegionsError.
func Regions(file []byte) ([]Region, error) {
	r := &regions{decoder: xml.NewDecoder(bytes.NewReader(file))}
	if err := r.read(); err != nil {
		var refused *RegionsError
		if !errors.As(err, &refused) {
			refused = &RegionsError{Line: r.line()}
		}
		return nil, refused
	}
	return r.found, nil
}

// group is an element that is open.
type group struct {
	names  map[string]string
	matrix matrix
	first  int // the place of the first region within it
}

type regions struct {
	decoder *xml.Decoder
	open    []group
	found   []Region
	points  int
}

func (r *regions) line() int {
	line, _ := r.decoder.InputPos()
	return line
}

func (r *regions) read() error {
	for {
		token, err := r.decoder.Token()
		if errors.Is(err, io.EOF) {
			if r.decoder.InputOffset() == 0 || len(r.open) > 0 {
				return &RegionsError{Line: r.line()}
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = r.start(t)
		case xml.EndElement:
			r.open = r.open[:len(r.open)-1]
		}
		if err != nil {
			return err
		}
	}
}

// start reads a group or a shape, and passes over all else.
func (r *regions) start(e xml.StartElement) error {
	name := e.Name.Local
	drawn := e.Name.Space == namespace || e.Name.Space == ""
	switch {
	case len(r.open) == 0 && (name != "svg" || !drawn):
		return &RegionsError{Line: r.line(), Root: shown(name)}
	case name == "title" && drawn:
		return r.title()
	case !drawn || hidden(e) || name != "a" && !slices.Contains(shapes, name) || name == "svg" && len(r.open) > 0:
		return r.decoder.Skip()
	case len(r.open) == maxDepth:
		return &RegionsError{Line: r.line(), Bounds: true}
	}
	g, values := r.group(e)
	if given := values["transform"]; given != "" && name != "svg" {
		m, ok := readTransform(given)
		if !ok {
			return &RegionsError{Line: r.line(), Shape: true}
		}
		g.matrix = g.matrix.times(m)
	}
	if name != "svg" && name != "g" && name != "a" {
		if err := r.shape(name, values, g); err != nil {
			return err
		}
	}
	r.open = append(r.open, g)
	return nil
}

// group is an element within the one around it, and its attributes.
func (r *regions) group(e xml.StartElement) (g group, values map[string]string) {
	g, values = group{names: map[string]string{}, matrix: identity, first: len(r.found)}, map[string]string{}
	if len(r.open) > 0 {
		around := r.open[len(r.open)-1]
		g.matrix = around.matrix
		if len(r.open) > 1 { // the id and the title of the whole document are those of no place
			maps.Copy(g.names, around.names)
		}
	}
	for _, a := range e.Attr {
		key := a.Name.Local
		values[key] = a.Value
		if a.Value != "" && (slices.Contains([]string{"id", "title", "name", "label"}, key) || strings.HasPrefix(key, "data-")) {
			g.name(key, a.Value)
		}
	}
	return g, values
}

// name notes what tells which place a shape is. Ids cannot have blanks: editors write lines below in their place.
func (g *group) name(key, value string) {
	if key == "id" {
		value = strings.ReplaceAll(value, "_", " ")
	}
	value = strings.Join(strings.Fields(value), " ")
	if len(key) <= maxName && len(value) <= maxName && (len(g.names) < maxNames || g.names[key] != "") {
		g.names[key] = value
	}
}

// hidden reports whether an element is not displayed.
func hidden(e xml.StartElement) bool {
	for _, a := range e.Attr {
		value := strings.TrimSpace(a.Value)
		if a.Name.Local == "display" && value == "none" || a.Name.Local == "style" && slices.Contains(properties(strings.ReplaceAll(value, " ", "")), [2]string{"display", "none"}) {
			return true
		}
	}
	return false
}

// title gives its text to the element around it, and to the shapes that were read there.
func (r *regions) title() error {
	var text string
	if err := r.decoder.DecodeElement(&text, &xml.StartElement{Name: xml.Name{Local: "title"}}); err != nil {
		return err
	}
	if len(r.open) < 2 || strings.TrimSpace(text) == "" {
		return nil
	}
	g := &r.open[len(r.open)-1]
	g.name("title", text)
	for _, region := range r.found[g.first:] {
		if region.Names["title"] == "" {
			region.Names["title"] = g.names["title"]
		}
	}
	return nil
}

// shape adds the region of an element.
func (r *regions) shape(name string, values map[string]string, g group) error {
	lines, ok := outline(name, values)
	if !ok {
		return &RegionsError{Line: r.line(), Shape: true}
	}
	region := Region{Names: maps.Clone(g.names)}
	for _, line := range lines {
		if r.points += len(line); r.points > maxPoints {
			return &RegionsError{Line: r.line(), Bounds: true}
		}
		if len(line) < 3 {
			continue
		}
		ring := make([]Point, len(line))
		for i, p := range line {
			if ring[i], ok = g.matrix.of(p); !ok {
				return &RegionsError{Line: r.line(), Shape: true}
			}
		}
		region.Rings = append(region.Rings, ring)
	}
	if len(region.Rings) == 0 {
		return nil
	}
	if len(r.found) == maxRegions {
		return &RegionsError{Line: r.line(), Bounds: true}
	}
	r.found = append(r.found, region)
	return nil
}
