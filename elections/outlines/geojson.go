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
	MaxFile        = 2_000_000
	MostFeatures   = 2000
	mostProperties = 60
	mostText       = 200
)

// point is a place in degrees, or on the plane.
type point struct{ x, y float64 }

// feature is a feature of the file.
type feature struct {
	number int // in the file, from 1 on
	values map[string]string
	rings  [][]point
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
	Geometry   *struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

// decode reads all features of a file.
func decode(file []byte) ([]feature, error) {
	if len(file) > MaxFile {
		return nil, refuse(messages.MapTooLarge(messages.Size(MaxFile)))
	}
	file = strictjson.WithoutMark(file)
	var all collectionJSON
	if err := strictjson.Unmarshal(file, &all); err != nil {
		var syntax *strictjson.Error
		if errors.As(err, &syntax) && syntax.Reason != strictjson.Type {
			return nil, refuse(messages.MapNotJson(int64(max(1, syntax.Line))))
		}
		return nil, refuse(messages.MapNotCollection())
	}
	switch {
	case all.Type != "FeatureCollection" || len(all.Features) == 0:
		return nil, refuse(messages.MapNotCollection())
	case len(all.Features) > MostFeatures:
		return nil, refuse(messages.MapTooManyFeatures(int64(len(all.Features)), MostFeatures))
	}
	list := make([]feature, 0, len(all.Features))
	for i, raw := range all.Features {
		f, err := decodeFeature(i+1, raw)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
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
	var polygons [][][][]float64
	switch read.Geometry.Type {
	case "Polygon":
		polygons = make([][][][]float64, 1)
		err = strictjson.Unmarshal(read.Geometry.Coordinates, &polygons[0])
	case "MultiPolygon":
		err = strictjson.Unmarshal(read.Geometry.Coordinates, &polygons)
	default:
		return f, refuse(messages.MapGeometry(int64(number), shortened(read.Geometry.Type)))
	}
	if err != nil {
		return f, refuse(messages.MapCoordinates(int64(number)))
	}
	for _, polygon := range polygons {
		for _, ring := range polygon {
			points, err := decodeRing(number, ring)
			if err != nil {
				return f, err
			}
			f.rings = append(f.rings, points)
		}
	}
	return f, nil
}

// decodeRing reads a ring; its last point, which repeats the first one, is left out.
func decodeRing(number int, ring [][]float64) ([]point, error) {
	if len(ring) < 4 {
		return nil, refuse(messages.MapShortRing(int64(number)))
	}
	points := make([]point, 0, len(ring))
	for _, at := range ring {
		if len(at) < 2 {
			return nil, refuse(messages.MapCoordinates(int64(number)))
		}
		if math.Abs(at[0]) > 180 || math.Abs(at[1]) > 90 {
			return nil, refuse(messages.MapOutOfRange(int64(number), degrees(at[0]), degrees(at[1])))
		}
		points = append(points, point{at[0], at[1]})
	}
	if points[0] == points[len(points)-1] {
		points = points[:len(points)-1]
	}
	return points, nil
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
