package svg

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestRegions_PathsAreWhereTheyAreDrawn reads each command of a path, with the transforms around it.
func TestRegions_PathsAreWhereTheyAreDrawn(t *testing.T) {
	for d, want := range map[string]string{
		"M0 0L10 0L10 10z":        "0,0 10,0 10,10",
		"m1 1 2 0 0 2z m5 5h1v1z": "1,1 3,1 3,3 | 6,6 7,6 7,7",
		"M1-1.5.5L2e1,3H4V5":      "", // an odd number of figures
		"M1-1.5L.5.5 2e1,3H4V5":   "1,-1.5 0.5,0.5 20,3 4,3 4,5",
		"M0 0H10V10H0ZL5 5V9z":    "0,0 10,0 10,10 0,10 | 0,0 5,5 5,9",
		"L1 1":                    "",
		"M0 0 L1 1 X":             "",
		"M0 0L1 1z 3 3":           "",
		"M0 0":                    "none",
		"":                        "none",
		"M0 0L1":                  "",
		"M0 0A1 1 0 2 0 1 1":      "",
		"M0 0" + strings.Repeat("t1 1", maxPoints/parts+1): "",
	} {
		lines, ok := readPath(d)
		var rings []string
		for _, line := range lines {
			var points []string
			for _, p := range line {
				points = append(points, fmt.Sprintf("%g,%g", p.X, p.Y))
			}
			rings = append(rings, strings.Join(points, " "))
		}
		got := strings.Join(rings, " | ")
		if ok != (want != "") || ok && got != strings.TrimPrefix(want, "none") {
			t.Errorf("%.40s: want %q, got %q, %t", d, want, got, ok)
		}
	}
}

func TestRegions_CurvesEndWhereTheyShould(t *testing.T) {
	for d, want := range map[string][3]float64{ // the end, and the greatest height
		"M0 0C0 10 10 10 10 0":            {10, 0, 7.5},
		"M0 0c0 10 10 10 10 0s10-10 10 0": {20, 0, 7.5},
		"M0 0Q5 10 10 0":                  {10, 0, 5},
		"M0 0q5 10 10 0t10 0":             {20, 0, 5},
		"M0 0A5 5 0 0 0 10 0":             {10, 0, 5},
		"M0 0a5 5 0 0010 0":               {10, 0, 5}, // flags need no blank
		"M0 0A5 5 0 1 1 10 0":             {10, 0, 0},
		"M0 0A0 5 0 0 0 10 0":             {10, 0, 0},
		"M0 0A1 1 0 0 0 10 0":             {10, 0, 5}, // too small a radius grows
	} {
		lines, ok := readPath(d)
		if !ok || len(lines) != 1 {
			t.Fatalf("%s: want a line, got %v", d, lines)
		}
		high, last := 0.0, lines[0][len(lines[0])-1]
		for _, p := range lines[0] {
			high = max(high, p.Y)
		}
		if math.Abs(last.X-want[0]) > 1e-9 || math.Abs(last.Y-want[1]) > 1e-9 || math.Abs(high-want[2]) > 0.01 {
			t.Errorf("%s: want an end at %g,%g and a height of %g, got %v and %g", d, want[0], want[1], want[2], last, high)
		}
	}
}

func TestRegions_TransformsApplyFromTheInside(t *testing.T) {
	for transforms, want := range map[string]string{
		"": "1,2", "translate(10)": "11,2", "translate(10,-5)": "11,-3", "scale(2)": "2,4", "scale(2 3)": "2,6", "rotate(90)": "-2,1", "rotate(90 1 1)": "0,1",
		"matrix(1 0 0 -1 0 100)": "1,98", "translate(10 0) scale(2)": "12,4", "skewX(45)": "3,2", "skewY(45)": "1,3",
	} {
		m, ok := readTransform(transforms)
		p, also := m.of(Point{1, 2})
		if got := fmt.Sprintf("%g,%g", math.Round(p.X*1e6)/1e6+0, math.Round(p.Y*1e6)/1e6+0); !ok || !also || got != want {
			t.Errorf("%s: want %s, got %s", transforms, want, got)
		}
	}
	file := head + `<g transform="translate(100 0)"><g transform="scale(2)"><rect x="1" y="1" width="1" height="1"/></g></g></svg>`
	if found, err := Regions([]byte(file)); err != nil || len(found) != 1 || found[0].Rings[0][0] != (Point{102, 2}) {
		t.Errorf("want the transforms of both groups, got %+v, %v", found, err)
	}
}

func FuzzRegions(f *testing.F) {
	f.Add([]byte(head + `<g id="a" transform="rotate(4)"><title>A</title><path d="M0 0c1 1 2 2 3 3s1 1 2 2a4 4 0 0 1 3 3q1 1 2 2t4 4z"/></g></svg>`))
	f.Add([]byte(head + `<polygon data-x="1" points="1,1 2-2.5.5 3"/><ellipse rx="1" ry="2"/></svg>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		found, err := Regions(file)
		if err != nil {
			return
		}
		for _, r := range found {
			for _, ring := range r.Rings {
				for _, p := range ring {
					if !(math.Abs(p.X) <= farOut && math.Abs(p.Y) <= farOut) {
						t.Fatalf("want points within the plane, got %v", p)
					}
				}
			}
		}
	})
}
