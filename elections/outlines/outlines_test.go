package outlines

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"urna/internal/problem"
)

// cell is a square of a country of squares, whose lower left corner is at (west, south); its sides are wavy, and the same
// for both neighbours.
func cell(west, south float64) string {
	corner := func(x, y float64) string { return fmt.Sprintf("[%.5f,%.5f]", x, y) }
	const parts = 40
	wave := func(i int, at float64) float64 { return 0.05 * math.Sin(float64(i)/parts*2*math.Pi) * math.Sin(at*7) }
	var points []string
	for i := range parts { // along the south
		points = append(points, corner(west+float64(i)/parts, south+wave(i, south)))
	}
	for i := range parts { // along the east
		points = append(points, corner(west+1+wave(i, west+1), south+float64(i)/parts))
	}
	for i := parts; i > 0; i-- { // along the north
		points = append(points, corner(west+float64(i)/parts, south+1+wave(i, south+1)))
	}
	for i := parts; i > 0; i-- { // along the west
		points = append(points, corner(west+wave(i, west), south+float64(i)/parts))
	}
	return "[" + strings.Join(append(points, points[0]), ",") + "]"
}

// country is a file of n × n constituencies.
func country(n int) (file string, places []Place) {
	var features []string
	for i := range n * n {
		name := fmt.Sprintf("Constituency %d", i+1)
		places = append(places, Place{ID: int64(100 + i), Name: name})
		features = append(features, fmt.Sprintf(`{"type":"Feature","properties":{"code":"%03d","label":"constituency  %d"},"geometry":{"type":"Polygon","coordinates":[%s]}}`,
			i+1, i+1, cell(20+float64(i%n), 40+float64(i/n))))
	}
	return collection(features...), places
}

func collection(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

func geometry(kind, coordinates string) string {
	return `{"type":"Feature","properties":{"name":"North"},"geometry":{"type":"` + kind + `","coordinates":` + coordinates + `}}`
}

const square1 = `[[20,40],[21,40],[21,41],[20,41],[20,40]]`

func TestRead_SharedBordersStayShared(t *testing.T) {
	file, places := country(7)
	d, err := Read([]byte(file), places, "")
	if err != nil || len(d.Map.Outlines) != 49 || len(d.Missing) != 0 || len(d.Unknown) != 0 {
		t.Fatalf("want 49 outlines, got %d, %v, %v, %v", len(d.Map.Outlines), d.Missing, d.Unknown, err)
	}
	stored, err := json.Marshal(d.Map)
	if err != nil || len(stored) > maxMap {
		t.Errorf("want at most %d bytes, got %d, %v", maxMap, len(stored), err)
	}
	again, err := Parse(stored)
	if err != nil || again.Outlines[3].Path() != d.Map.Outlines[3].Path() {
		t.Errorf("want the stored map read again, got %v", err)
	}
	// Each inner border is drawn by two constituencies, in both directions: without gaps every step has its opposite.
	steps := map[[4]int]int{}
	points := 0
	for _, o := range d.Map.Outlines {
		for _, ring := range o.Rings {
			var line []spot
			x, y := 0, 0
			for i := 0; i < len(ring); i += 2 {
				x, y = x+ring[i], y+ring[i+1]
				line = append(line, spot{x, y})
			}
			points += len(line)
			for i, a := range line {
				b := line[(i+1)%len(line)]
				if compare(b, a) < 0 {
					a, b = b, a
				}
				steps[[4]int{a.x, a.y, b.x, b.y}]++
			}
		}
	}
	single := 0
	for _, n := range steps {
		if n == 1 {
			single++
		}
	}
	if points > 49*160/3 {
		t.Errorf("want the waves simplified, got %d points", points)
	}
	if single > len(steps)/4 { // those at the edge of the country
		t.Errorf("want inner borders drawn twice alike, got %d of %d steps drawn once", single, len(steps))
	}
}

func TestRead_RefusesWithTheReason(t *testing.T) {
	places := []Place{{ID: 1, Name: "North"}, {ID: 2, Name: "South"}}
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	zigzag := func(n int) string {
		random := rand.New(rand.NewPCG(1, 2))
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "[%.3f,%.3f],", random.Float64()*100, random.Float64()*80)
		}
		return "[" + b.String() + "[0,0]]"
	}
	for name, c := range map[string]struct{ file, property, want string }{
		"nothing":             {" \n", "", "Choose a GeoJSON or SVG file"},
		"text":                {"Constituencies", "", "Line 1 of the file cannot be read as JSON"},
		"an archive":          {"PK\x03\x04", "", "ZIP archive"},
		"KML":                 {`<kml xmlns="http://www.opengis.net/kml/2.2"/>`, "", "the element “kml”"},
		"an empty drawing":    {"<svg onload='x'/>", "", "has no shapes"},
		"a cut drawing":       {"<svg>\n<g>", "", "Line 2 of the drawing cannot be read"},
		"a broken shape":      {"<svg>\n<path id='North' d='M1 1 L2 x'/></svg>", "", "Line 2 of the drawing has a shape"},
		"a broken transform":  {"<svg>\n\n<g transform='spin(2)'/></svg>", "", "Line 3 of the drawing has a shape"},
		"deep groups":         {"<svg>" + strings.Repeat("<g>", 60), "", "Up to line 1 the drawing has more"},
		"shapes of no name":   {"<svg><path d='M1 1H2V2z'/></svg>", "", "have no properties"},
		"not a number":        {collection(geometry("Polygon", "[[[20,40],[NaN,40],\n[21,41],[20,40]]]")), "", "cannot be read as JSON"},
		"too large a number":  {collection(geometry("Polygon", "[[[20,1e999],[21,40],[21,41],[20,40]]]")), "", "coordinates of feature 1"},
		"another document":    {`{"type":"Topology","objects":{}}`, "", "TopoJSON"},
		"a list":              {`[1,2]`, "", "not a GeoJSON FeatureCollection"},
		"no features":         {collection(), "", "not a GeoJSON FeatureCollection"},
		"a point":             {collection(geometry("Point", "[20,40]")), "", "No feature of the file has an area"},
		"a script":            {collection(geometry("<script>alert(1)</script>", "[]")), "", "geometry “<script>alert(1)</script>”"},
		"wrong nesting":       {collection(geometry("Polygon", "[[20,40],[21,40]]")), "", "coordinates of feature 1"},
		"deep nesting":        {collection(geometry("Polygon", deep)), "", "Line 1 of the file"},
		"texts":               {collection(geometry("Polygon", `[[["20","40"],["21","40"],["21","41"],["20","40"]]]`)), "", "coordinates of feature 1"},
		"one number":          {collection(geometry("Polygon", `[[[20],[21],[21],[20]]]`)), "", "coordinates of feature 1"},
		"two points":          {collection(geometry("Polygon", `[[[20,40],[21,40]]]`)), "", "fewer than 4 points"},
		"metres":              {collection(geometry("Polygon", `[[[7400000,4900000],[7400100,4900000],[7400100,4900100],[7400000,4900000]]]`)), "", "point 7400000, 4900000"},
		"latitude first":      {collection(geometry("Polygon", `[[[40,120],[41,120],[41,121],[40,120]]]`)), "", "point 40, 120"},
		"metres and degrees":  {collection(geometry("Polygon", "["+square1+"]"), geometry("Polygon", `[[[7400000,4900000],[7500100,4900000],[7500100,4950100],[7400000,4900000]]]`)), "", "Feature 2 has the point 7400000, 4900000"},
		"beyond the planet":   {collection(geometry("Polygon", `[[[1e12,0],[2e12,0],[2e12,1e12],[1e12,0]]]`)), "", "coordinates of feature 1"},
		"a height as text":    {collection(geometry("Polygon", `[[[20,40,[1]],[21,40],[21,41],[20,40]]]`)), "", "coordinates of feature 1"},
		"one line":            {collection(geometry("Polygon", `[[[20,40],[21,40],[22,40],[20,40]]]`)), "", "on one line"},
		"one place":           {collection(geometry("Polygon", `[[[20,40],[20,40],[20,40],[20,40]]]`)), "", "on one line"},
		"unknown names":       {strings.ReplaceAll(collection(geometry("Polygon", "["+square1+"]")), "North", "Atlantis"), "", "these properties: name"},
		"a property too much": {collection(geometry("Polygon", "["+square1+"]")), "nam", "in the property “nam”"},
		"many features":       {collection(strings.Split(strings.Repeat(`{};`, 20_001)+"{}", ";")...), "", "002 features; at most"},
		"a large file":        {strings.Repeat(" ", MaxFile+1), "", "larger than 20.0 MB"},
		"too many corners":    {collection(geometry("Polygon", "["+zigzag(100_000)+"]")), "", "too many borders"},
		"no geometry":         {collection(`{"type":"Feature","properties":{"name":"North"},"geometry":null}`), "", "No feature of the file has an area"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read([]byte(c.file), places, c.property)
			var refused *problem.Error
			if !errors.As(err, &refused) || len(refused.Fields) != 1 || !strings.Contains(refused.Fields[0].Message.String(), c.want) {
				t.Errorf("want a refusal with %q, got %v", c.want, err)
			}
		})
	}
}

func TestRead_FindsConstituenciesByNameOrNumber(t *testing.T) {
	places := []Place{{ID: 1, Name: "Čačak", Names: []string{"Чачак"}}, {ID: 2, Name: "South"}, {ID: 3, Name: "West"}}
	feature := func(properties, west string) string {
		return `{"type":"Feature","id":7,"properties":` + properties + `,"geometry":{"type":"Polygon","coordinates":[[[` + west + `,40],[` + west + `.5,40],[` + west + `.5,41],[` + west + `,40]]]}}`
	}
	for name, c := range map[string]struct {
		properties []string
		property   string
		found      []int64
		unknown    int
	}{
		"by name, in any case":      {[]string{`{"n":"ČAČAK ","x":1}`, `{"n":"south"}`}, "n", []int64{1, 2}, 0},
		"by another name":           {[]string{`{"n":"Чачак"}`, `{"n":"Nowhere"}`}, "n", []int64{1}, 1},
		"by number, with zeros":     {[]string{`{"k":"003"}`, `{"k":2}`}, "k", []int64{2, 3}, 0},
		"two features, one outline": {[]string{`{"k":"2"}`, `{"k":2}`}, "k", []int64{2}, 0},
		"the better property":       {[]string{`{"a":1,"b":"South"}`, `{"b":"West"}`}, "b", []int64{2, 3}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Read([]byte(collection(feature(c.properties[0], "20"), feature(c.properties[1], "22"))), places, "")
			if err != nil {
				t.Fatal(err)
			}
			var found []int64
			for _, o := range d.Map.Outlines {
				found = append(found, o.ConstituencyID)
			}
			if fmt.Sprint(found) != fmt.Sprint(c.found) || d.Property != c.property || len(d.Unknown) != c.unknown || len(d.Missing) != 3-len(c.found) {
				t.Errorf("want %v by %s, got %v by %s; unknown %v, missing %v", c.found, c.property, found, d.Property, d.Unknown, d.Missing)
			}
		})
	}
}

func TestRead_HolesIslandsAndTheAntimeridian(t *testing.T) {
	places := []Place{{ID: 1, Name: "North"}}
	hole := collection(geometry("Polygon", `[[[20,40],[22,40],[22,42],[20,42],[20,40]],[[20.5,40.5],[21.5,40.5],[21.5,41.5],[20.5,41.5],[20.5,40.5]]]`))
	islands := collection(geometry("MultiPolygon", `[[[[179,-17],[180,-17],[180,-16],[179,-16],[179,-17]]],[[[-180,-17],[-179,-17],[-179,-16],[-180,-16],[-180,-17]]]]`))
	for name, file := range map[string]string{"a hole": hole, "both sides of the antimeridian": islands} {
		d, err := Read([]byte(file), places, "")
		if err != nil || len(d.Map.Outlines[0].Rings) != 2 {
			t.Errorf("%s: want two rings, got %+v, %v", name, d.Map, err)
		}
		if d.Map.Height < 300 {
			t.Errorf("%s: want a map as wide as its land, got %d × %d", name, d.Map.Width, d.Map.Height)
		}
		if path := d.Map.Outlines[0].Path(); !regexp.MustCompile(`^(M\d+ ?-?\d+(l?[ -]?-?\d+)+z)+$`).MatchString(path) {
			t.Errorf("%s: want numbers and letters alone, got %s", name, path)
		}
	}
}

func TestRead_ATinyConstituencyStaysVisible(t *testing.T) {
	file := collection(geometry("Polygon", "["+square1+"]"), strings.ReplaceAll(geometry("Polygon", `[[[20.5,40.50001],[20.50001,40.5],[20.50002,40.50002],[20.5,40.50001]]]`), "North", "Dot"))
	d, err := Read([]byte(file), []Place{{ID: 1, Name: "North"}, {ID: 2, Name: "Dot"}}, "")
	if err != nil || len(d.Map.Outlines) != 2 || len(d.Map.Outlines[1].Rings) != 1 {
		t.Errorf("want a square in its place, got %+v, %v", d.Map.Outlines, err)
	}
}

func TestParse_RefusesWhatReadDoesNotMake(t *testing.T) {
	for _, stored := range []string{
		``, `{}`, `{"width":1000,"height":500,"outlines":[]}`, `{"width":1001,"height":500,"outlines":[{"constituency_id":1,"name":"a","rings":[[0,0,1,0,1,1]]}]}`,
		`{"width":10,"height":5,"outlines":[{"constituency_id":1,"name":"a","rings":[[0,0,11,0,1,1]]}]}`,
		`{"width":10,"height":5,"outlines":[{"constituency_id":1,"name":"a","rings":[[0,0,1,0,1]]}]}`,
		`{"width":10,"height":5,"outlines":[{"constituency_id":1,"name":"a","rings":[["<script>"]]}]}`,
		`{"width":10,"height":5,"outlines":[{"constituency_id":0,"name":"a","rings":[[0,0,1,0,1,1]]}]}`,
	} {
		if _, err := Parse([]byte(stored)); !errors.Is(err, ErrStored) {
			t.Errorf("%s: want it refused, got %v", stored, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	file, _ := country(2)
	f.Add([]byte(file), "label")
	f.Add([]byte(collection(geometry("MultiPolygon", "["+"["+square1+"]]"))), "")
	f.Fuzz(func(t *testing.T, file []byte, property string) {
		d, err := Read(file, []Place{{ID: 1, Name: "North"}, {ID: 2, Name: "Constituency 2"}}, property)
		if err != nil {
			return
		}
		stored, err := json.Marshal(d.Map)
		if err != nil || len(stored) > maxMap {
			t.Errorf("want a small map, got %d bytes, %v", len(stored), err)
		}
		if _, err := Parse(stored); err != nil {
			t.Errorf("want the map read again, got %v", err)
		}
	})
}
