package outlines

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRead_FilesAsOfficesPublishThem reads what export functions of mapping programs write.
func TestRead_FilesAsOfficesPublishThem(t *testing.T) {
	places := []Place{{ID: 1, Name: "Čačak", Names: []string{"Чачак", "ჩაჩაკი"}}, {ID: 2, Name: "South"}, {ID: 3, Name: "West"}}
	const crs = `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},`
	square := func(x, y, side float64) string {
		return fmt.Sprintf("[[%g,%g],[%g,%g],[%g,%g],[%g,%g],[%g,%g]]", x, y, x+side, y, x+side, y+side, x, y+side, x, y)
	}
	feature := func(properties, geometry string) string {
		return `{"type":"Feature","properties":` + properties + `,"geometry":` + geometry + `}`
	}
	polygon := func(rings ...string) string {
		return `{"type":"Polygon","coordinates":[` + strings.Join(rings, ",") + `]}`
	}
	three := func(at func(i int) string) string {
		return collection(feature(`{"name":"Čačak"}`, at(0)), feature(`{"name":"South"}`, at(1)), feature(`{"name":"West"}`, at(2)))
	}
	for name, c := range map[string]struct {
		file  string
		want  string // property, constituencies, unknown, bare, missing
		rings int
		check func(d Drawing) bool
	}{
		"a byte order mark, a crs and heights": {
			file: "\xef\xbb\xbf" + strings.Replace(three(func(i int) string {
				return strings.ReplaceAll(polygon(square(20+float64(i), 44, 1)), "],", ",117.25],")
			}), `"features"`, crs+`"name":"districts","features"`, 1),
			want: "name [1 2 3] [] [] []", rings: 3,
		},
		"names in several languages": {
			file: collection(feature(`{"fid":1,"naziv":"Чачак","name_ka":"ჩაჩაკი","name_en":"Cacak","pop":null,"tags":{"a":1}}`, polygon(square(20, 44, 1))),
				feature(`{"fid":2,"naziv":"South","name_ka":"სამხრეთი","name_en":"South","pop":7.5}`, polygon(square(21, 44, 1)))),
			want: "naziv [1 2] [] [] [West]", rings: 2,
		},
		"rows numbered in another order": {
			file: collection(feature(`{"OBJECTID":1,"name":"West"}`, polygon(square(20, 44, 1))), feature(`{"OBJECTID":2,"name":"South"}`, polygon(square(21, 44, 1))),
				feature(`{"OBJECTID":3,"name":"City of Čačak"}`, polygon(square(22, 44, 1)))),
			want: "name [2 3] [City of Čačak] [] [Čačak]", rings: 2, check: func(d Drawing) bool { return !d.ByNumber },
		},
		"numbers alone": {
			file: collection(feature(`{"no":1}`, polygon(square(20, 44, 1))), feature(`{"no":"03"}`, polygon(square(21, 44, 1)))),
			want: "no [1 3] [] [] [South]", rings: 2, check: func(d Drawing) bool { return d.ByNumber },
		},
		"labels, rivers, collections and no geometry beside areas": {
			file: collection(
				feature(`{"name":"Čačak"}`, `{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[20,44]},`+polygon(square(20, 44, 1))+`,{"type":"MultiPolygon","coordinates":[[`+square(20, 47, 1)+`]]}]}`),
				feature(`{"name":"South"}`, `null`), feature(`{"name":"The river"}`, `{"type":"LineString","coordinates":[[20,44],[21,45]]}`),
				feature(`{"name":"West"}`, `{"type":"Polygon","coordinates":[]}`), feature(`{"name":"Lake"}`, polygon(square(25, 44, 1))),
				feature(`null`, `{"type":"Point","coordinates":[20,44]}`), feature(`{"name":"Label"}`, `{"type":"GeometryCollection","geometries":[]}`)),
			want: "name [1] [Lake] [South The river West 6 Label] [South West]", rings: 2,
		},
		"metres of a national grid": {
			file: strings.Replace(three(func(i int) string { return polygon(square(7_400_000+float64(i)*50_000, 4_900_000, 50_000)) }),
				`"features"`, `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::31277"}},"features"`, 1),
			want: "name [1 2 3] [] [] []", rings: 3,
			check: func(d Drawing) bool {
				return d.Plane && d.Map.Width == 1000 && d.Map.Height == 333 && d.Map.Outlines[0].Rings[0][1] == 333
			},
		},
		"Web Mercator": {
			file: three(func(i int) string { return polygon(square(2_226_000+float64(i)*50_000, 5_465_000, 50_000)) }),
			want: "name [1 2 3] [] [] []", rings: 3, check: func(d Drawing) bool { return d.Plane },
		},
		"longitudes beyond 180": {
			file: three(func(i int) string { return polygon(square(178+float64(i), -18, 1)) }),
			want: "name [1 2 3] [] [] []", rings: 3, check: func(d Drawing) bool { return !d.Plane && d.Map.Width == 1000 && d.Map.Height > 300 },
		},
		"cut at the antimeridian": {
			file: three(func(i int) string { return polygon(square([]float64{178, 179, -180}[i], -18, 1)) }),
			want: "name [1 2 3] [] [] []", rings: 3, check: func(d Drawing) bool { return d.Map.Width == 1000 && d.Map.Height > 300 },
		},
		"a hole and an island in it": {
			file: collection(feature(`{"name":"South"}`, polygon(square(20, 44, 3), square(21, 45, 1))),
				feature(`{"name":"West"}`, `{"type":"MultiPolygon","coordinates":[[`+square(21, 45, 1)+`],[`+square(24, 44, 1)+`]]}`)),
			want: "name [2 3] [] [] [Čačak]", rings: 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Read([]byte(c.file), places, "")
			if err != nil {
				t.Fatal(err)
			}
			var ids []int64
			rings := 0
			for _, o := range d.Map.Outlines {
				ids, rings = append(ids, o.ConstituencyID), rings+len(o.Rings)
			}
			if got := fmt.Sprint(d.Property, " ", ids, " ", d.Unknown, " ", d.Bare, " ", d.Missing); got != c.want || rings != c.rings {
				t.Errorf("want %s with %d rings, got %s with %d", c.want, c.rings, got, rings)
			}
			if c.check != nil && !c.check(d) {
				t.Errorf("got another map than wanted: %+v", d)
			}
		})
	}
}

// TestRead_LargeFiles reads files of 600 kB and 19 MB, as offices publish them for printing.
func TestRead_LargeFiles(t *testing.T) {
	for _, corners := range []int{1200, 40_000} {
		var features []string
		var places []Place
		for i := range 16 {
			name := fmt.Sprintf("Constituency %d", i+1)
			places = append(places, Place{ID: int64(i + 1), Name: name})
			features = append(features, fmt.Sprintf(`{"type":"Feature","properties":{"name":%q},"geometry":{"type":"Polygon","coordinates":[%s]}}`, name, coast(i, corners)))
		}
		file := []byte(collection(features...))
		start := time.Now()
		d, err := Read(file, places, "")
		if err != nil || len(d.Map.Outlines) != 16 {
			t.Fatalf("%d bytes: want 16 outlines, got %d, %v", len(file), len(d.Map.Outlines), err)
		}
		t.Logf("%d bytes in %s", len(file), time.Since(start))
	}
}

// coast is the ring of an island with so many corners.
func coast(i, corners int) string {
	points := make([]string, 0, corners+1)
	for k := range corners {
		sin, cos := math.Sincos(float64(k) * 2 * math.Pi / float64(corners))
		r := 0.4 + 0.05*math.Sin(float64(k)/9) + 0.04*math.Sin(float64(k)/float64(corners)*60)
		points = append(points, fmt.Sprintf("[%.10f,%.10f]", 20+float64(i%4)+r*cos, 40+float64(i/4)+r*sin))
	}
	return "[" + strings.Join(append(points, points[0]), ",") + "]"
}

// TestRead_DrawingsAsEditorsWriteThem reads maps in SVG.
func TestRead_DrawingsAsEditorsWriteThem(t *testing.T) {
	places := []Place{{ID: 1, Name: "Novi Sad"}, {ID: 2, Name: "South"}, {ID: 3, Name: "West"}}
	const open = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" viewBox="0 0 300 100" id="West">`
	for name, c := range map[string]struct{ file, want string }{
		"ids":             {open + `<path id="Novi_Sad" d="M0,0h100v100h-100z"/><rect id="South" x="100" y="0" width="100" height="100"/><circle id="West" cx="250" cy="50" r="50"/></svg>`, "id [1 2 3] [] []"},
		"titles":          {open + `<g><title>Novi Sad</title><path d="M0 0L100 0 100 100 0 100Z"/><path d="m10 10 5 0 0 5z"/></g><path d="M100 0H200V100H100Z"><title> South </title></path></svg>`, "title [1 2] [] [West]"},
		"data attributes": {open + `<polygon data-name="West" id="p1" points="0,0 100,0 100,100 0,100"/><polygon data-name="Sea" id="p2" points="100,0 200,0 200,100"/></svg>`, "data-name [3] [Sea] [Novi Sad South]"},
		"layers":          {open + `<g inkscape:groupmode="layer" inkscape:label="South" transform="translate(10,10) scale(2)"><path id="path12" d="M0 0h10v10z"/></g><g inkscape:label="West" style="display: none"><path d="M0 0h10v10z"/></g></svg>`, "label [2] [] [Novi Sad West]"},
		"letters, styles and scripts": {open + `<style>.a{fill:url(http://evil.example.org)}</style><script>alert(1)</script><defs><path id="Novi_Sad" d="M0 0h9v9z"/></defs>
			<text id="West">West</text><image id="Novi_Sad" href="x.png"/><a href="javascript:alert(1)"><path class="a" id="South" onclick="alert(1)" d="M0 0h10v10z"/></a></svg>`, "id [2] [] [Novi Sad West]"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Read([]byte(c.file), places, "")
			if err != nil {
				t.Fatal(err)
			}
			var ids []int64
			for _, o := range d.Map.Outlines {
				ids = append(ids, o.ConstituencyID)
			}
			if got := fmt.Sprint(d.Property, " ", ids, " ", d.Unknown, " ", d.Missing); got != c.want || d.Plane {
				t.Errorf("want %s, got %s", c.want, got)
			}
		})
	}
	// Up in the drawing is up on the map.
	d, err := Read([]byte(open+`<path id="South" d="M0 90h20v10h-20z"/><path id="West" d="M0 0h10v10z"/></svg>`), places, "")
	if err != nil || d.Map.Height != 1000 || d.Map.Width != 200 || !slices.Equal(d.Map.Outlines[1].Rings[0][:2], []int{0, 0}) {
		t.Errorf("want West above South, got %+v, %v", d.Map, err)
	}
}
