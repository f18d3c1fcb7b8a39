package outlines

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text/strictjson"
)

// The bounds of a file.
const (
	MaxFile        = 20_000_000
	MostFeatures   = 20_000
	mostProperties = 60
	mostText       = 200
)

// point is a place in degrees, or on the plane.
type point struct{ x, y float64 }

// feature is a feature of a file, or a shape of a drawing.
type feature struct {
	number int // in the file, from 1 on
	values map[string]string
	rings  [][]point
	beyond *point // the first point that is not a longitude and a latitude; nil for none
	within bool   // whether another one is
}

// refuse returns the problem of a file.
func refuse(message messages.Message) error {
	return &problem.Error{
		Kind: problem.Invalid, Code: "invalid-input", Message: messages.RefusalInvalidInput(),
		Fields: []problem.Field{{Name: "map", Message: message}},
	}
}

type collectionJSON struct {
	Type     string            `json:"type"`
	Features []json.RawMessage `json:"features"`
}

type featureJSON struct {
	ID         json.RawMessage            `json:"id"`
	Properties map[string]json.RawMessage `json:"properties"`
	Geometry   *geometryJSON              `json:"geometry"`
}

type geometryJSON struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometries  []geometryJSON  `json:"geometries"`
}

// decode reads all features of a file, and whether their points are on a plane and not degrees.
func decode(file []byte) (list []feature, plane bool, err error) {
	file = strictjson.WithoutMark(file)
	var all collectionJSON
	if err := strictjson.Unmarshal(file, &all); err != nil {
		var syntax *strictjson.Error
		if errors.As(err, &syntax) && syntax.Reason != strictjson.Type {
			return nil, false, refuse(messages.MapNotJson(int64(max(1, syntax.Line))))
		}
		return nil, false, refuse(messages.MapNotCollection())
	}
	switch {
	case all.Type == "Topology":
		return nil, false, refuse(messages.MapTopojson())
	case all.Type != "FeatureCollection" || len(all.Features) == 0:
		return nil, false, refuse(messages.MapNotCollection())
	case len(all.Features) > MostFeatures:
		return nil, false, refuse(messages.MapTooManyFeatures(int64(len(all.Features)), MostFeatures))
	}
	list = make([]feature, 0, len(all.Features))
	for i, raw := range all.Features {
		f, err := decodeFeature(i+1, raw)
		if err != nil {
			return nil, false, err
		}
		list = append(list, f)
	}
	plane, err = onPlane(list)
	return list, plane, err
}

func decodeFeature(number int, raw json.RawMessage) (f feature, err error) {
	var read featureJSON
	f.number = number
	if err := strictjson.Unmarshal(raw, &read); err != nil {
		return f, refuse(messages.MapCoordinates(int64(number)))
	}
	f.values = values(read)
	if read.Geometry == nil {
		return f, nil
	}
	return f, f.add(*read.Geometry, 0)
}

// add adds the polygons of a geometry. Points and lines have no area: they are passed over.
func (f *feature) add(g geometryJSON, depth int) error {
	c := coordinates{data: g.Coordinates, feature: f}
	switch g.Type {
	case "Polygon":
		return c.polygons(0)
	case "MultiPolygon":
		return c.polygons(1)
	case "Point", "MultiPoint", "LineString", "MultiLineString":
		return nil
	case "GeometryCollection":
		for _, part := range g.Geometries {
			if depth > 10 {
				break
			}
			if err := f.add(part, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return refuse(messages.MapGeometry(int64(f.number), shortened(g.Type)))
}

// onPlane reports whether all features are on a plane, with coordinates in metres or the like. A file that has both is refused, and
// so is one that has neither, such as one with the latitude first.
func onPlane(list []feature) (bool, error) {
	const narrowest = 1000 // a map in metres is wider; one in degrees never is
	var beyond *feature
	within := false
	least, most := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for i := range list {
		f := &list[i]
		if f.beyond != nil && beyond == nil {
			beyond = f
		}
		within = within || f.within
		l, m := bounds([][][]point{f.rings})
		least, most = point{min(least.x, l.x), min(least.y, l.y)}, point{max(most.x, m.x), max(most.y, m.y)}
	}
	switch {
	case beyond == nil:
		return false, nil
	case within, max(most.x-least.x, most.y-least.y) < narrowest:
		return false, refuse(messages.MapOutOfRange(int64(beyond.number), degrees(beyond.beyond.x), degrees(beyond.beyond.y)))
	}
	return true, nil
}

// degrees shows a coordinate as the file has it.
func degrees(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }

// values are the properties of a feature that are a text or a number, and its id.
func values(f featureJSON) map[string]string {
	found := map[string]string{}
	add := func(name string, raw json.RawMessage) {
		var text string
		if strictjson.Unmarshal(raw, &text) != nil {
			var number json.Number
			if strictjson.Unmarshal(raw, &number) != nil {
				return
			}
			text = number.String()
		}
		if text != "" && len(text) <= mostText && len(name) <= mostText && len(found) < mostProperties {
			found[name] = text
		}
	}
	if len(f.Properties) <= mostProperties {
		for name, raw := range f.Properties {
			add(name, raw)
		}
	}
	if len(f.ID) > 0 {
		add("id", f.ID)
	}
	return found
}

// shortened is a text of the file in a sentence.
func shortened(s string) string {
	if chars := []rune(s); len(chars) > 40 {
		return string(chars[:40]) + "…"
	}
	return s
}
