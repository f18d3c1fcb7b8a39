package svg

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// matrix is a transform of the plane, in the order of SVG's matrix().
type matrix [6]float64

//nolint:gochecknoglobals // a constant
var identity = matrix{1, 0, 0, 1, 0, 0}

// times returns the transform that does n first.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1], m[0]*n[2] + m[2]*n[3], m[1]*n[2] + m[3]*n[3],
		m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5],
	}
}

// farOut is how far from the origin a point may be.
const farOut = 1e9

// of returns the place of a point. It is not ok far outside of any drawing.
func (m matrix) of(p Point) (Point, bool) {
	q := Point{m[0]*p.X + m[2]*p.Y + m[4], m[1]*p.X + m[3]*p.Y + m[5]}
	return q, math.Abs(q.X) <= farOut && math.Abs(q.Y) <= farOut // false for NaN
}

var step = regexp.MustCompile(`(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)`)

// readTransform reads a list of transforms.
func readTransform(text string) (m matrix, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) > maxTransform || !transform.MatchString(text) {
		return m, false
	}
	m = identity
	for _, part := range step.FindAllStringSubmatch(text, -1) {
		n, ok := (&figures{text: part[2]}).all(6)
		if !ok {
			return m, false
		}
		next, ok := transformOf(part[1], n)
		if !ok {
			return m, false
		}
		m = m.times(next)
	}
	return m, true
}

const maxTransform = 1000

// transformOf returns a single transform.
func transformOf(name string, n []float64) (matrix, bool) {
	const turn = math.Pi / 180
	switch {
	case name == "matrix" && len(n) == 6:
		return matrix(n), true
	case name == "translate" && len(n) == 1:
		return matrix{1, 0, 0, 1, n[0], 0}, true
	case name == "translate" && len(n) == 2:
		return matrix{1, 0, 0, 1, n[0], n[1]}, true
	case name == "scale" && len(n) == 1:
		return matrix{n[0], 0, 0, n[0], 0, 0}, true
	case name == "scale" && len(n) == 2:
		return matrix{n[0], 0, 0, n[1], 0, 0}, true
	case name == "skewX" && len(n) == 1:
		return matrix{1, 0, math.Tan(n[0] * turn), 1, 0, 0}, true
	case name == "skewY" && len(n) == 1:
		return matrix{1, math.Tan(n[0] * turn), 0, 1, 0, 0}, true
	case name == "rotate" && len(n) == 1:
		sin, cos := math.Sincos(n[0] * turn)
		return matrix{cos, sin, -sin, cos, 0, 0}, true
	case name == "rotate" && len(n) == 3:
		sin, cos := math.Sincos(n[0] * turn)
		return matrix{1, 0, 0, 1, n[1], n[2]}.times(matrix{cos, sin, -sin, cos, 0, 0}).times(matrix{1, 0, 0, 1, -n[1], -n[2]}), true
	}
	return identity, false
}

// outline returns the lines of a shape.
func outline(name string, values map[string]string) (lines [][]Point, ok bool) {
	ok = true
	value := func(name string) float64 {
		text := strings.TrimSuffix(strings.TrimSpace(values[name]), "px")
		if text == "" || text == "auto" {
			return 0
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			ok = false
		}
		return n
	}
	switch name {
	case "path":
		return readPath(values["d"])
	case "polygon", "polyline":
		n, ok := (&figures{text: values["points"]}).all(2 * maxPoints)
		if !ok {
			return nil, false
		}
		var line []Point
		for i := 0; i+1 < len(n); i += 2 {
			line = append(line, Point{n[i], n[i+1]})
		}
		return [][]Point{line}, true
	case "rect":
		x, y, w, h := value("x"), value("y"), value("width"), value("height")
		return [][]Point{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}}, ok
	case "circle":
		return [][]Point{ellipse(value("cx"), value("cy"), value("r"), value("r"))}, ok
	case "ellipse":
		return [][]Point{ellipse(value("cx"), value("cy"), value("rx"), value("ry"))}, ok
	}
	return nil, true // a line has no area
}

// ellipse has as many corners as can be seen on a small map.
func ellipse(cx, cy, rx, ry float64) (line []Point) {
	const corners = 32
	for i := range corners {
		sin, cos := math.Sincos(float64(i) * 2 * math.Pi / corners)
		line = append(line, Point{cx + rx*cos, cy + ry*sin})
	}
	return line
}

// figures reads numbers, which need no blank between them if they can be told apart.
type figures struct {
	text string
	at   int
}

// blanks passes over blanks and commas.
func (f *figures) blanks() {
	for f.at < len(f.text) && strings.IndexByte(" \t\r\n,", f.text[f.at]) >= 0 {
		f.at++
	}
}

// next returns the next number.
func (f *figures) next() (float64, bool) {
	f.blanks()
	start, point := f.at, false
	digits := func() (n int) {
		for f.at < len(f.text) && (f.text[f.at] >= '0' && f.text[f.at] <= '9' || f.text[f.at] == '.' && !point) {
			point = point || f.text[f.at] == '.'
			f.at++
			n++
		}
		return n
	}
	f.sign()
	if digits() == 0 {
		return 0, false
	}
	if f.at < len(f.text) && (f.text[f.at] == 'e' || f.text[f.at] == 'E') {
		f.at++
		f.sign()
		if point = true; digits() == 0 {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(f.text[start:f.at], 64)
	return n, err == nil
}

func (f *figures) sign() {
	if f.at < len(f.text) && (f.text[f.at] == '-' || f.text[f.at] == '+') {
		f.at++
	}
}

// flag returns a flag of an arc, which is one digit.
func (f *figures) flag() (set, ok bool) {
	f.blanks()
	if f.at == len(f.text) || f.text[f.at] != '0' && f.text[f.at] != '1' {
		return false, false
	}
	f.at++
	return f.text[f.at-1] == '1', true
}

// all returns every number up to the end.
func (f *figures) all(most int) (list []float64, ok bool) {
	for {
		if f.blanks(); f.at == len(f.text) {
			return list, true
		}
		n, ok := f.next()
		if !ok || len(list) == most {
			return nil, false
		}
		list = append(list, n)
	}
}
