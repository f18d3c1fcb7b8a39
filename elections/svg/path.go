package svg

import (
	"math"
	"strings"
)

// pen draws a path as lines.
type pen struct {
	figures
	lines       [][]Point
	line        []Point
	at, start   Point
	handle      Point // the last handle of a curve
	curve       byte  // C or Q after a curve of that sort, else 0
	points      int
	failed      bool
	numbers     [7]float64
	sweep, wide bool
}

// parts is of how many lines a curve is drawn.
const parts = 8

// readPath flattens a path. It is not ok if a command or a number cannot be read.
func readPath(d string) ([][]Point, bool) {
	p := &pen{figures: figures{text: d}}
	var command byte
	for {
		p.blanks()
		if p.figures.at == len(p.text) {
			break
		}
		if c := p.text[p.figures.at]; strings.IndexByte("MmZzLlHhVvCcSsQqTtAa", c) >= 0 {
			command = c
			p.figures.at++
		} else if command == 0 || command == 'Z' || command == 'z' {
			return nil, false
		}
		if len(p.lines) == 0 && len(p.line) == 0 && command != 'M' && command != 'm' {
			return nil, false
		}
		p.draw(command)
		if p.failed || p.points > maxPoints {
			return nil, false
		}
		switch command { // further pairs are lines
		case 'M':
			command = 'L'
		case 'm':
			command = 'l'
		}
	}
	p.end()
	return p.lines, true
}

// draw reads the numbers of a command and draws it.
func (p *pen) draw(command byte) {
	from := Point{}
	if command >= 'a' {
		from = p.at
	}
	point := func(i int) Point { return Point{from.X + p.numbers[i], from.Y + p.numbers[i+1]} }
	curve := byte(0)
	switch command {
	case 'M', 'm':
		p.read(2)
		p.end()
		p.start = point(0)
		p.to(p.start)
	case 'L', 'l':
		p.read(2)
		p.to(point(0))
	case 'H', 'h':
		p.read(1)
		p.to(Point{from.X + p.numbers[0], p.at.Y})
	case 'V', 'v':
		p.read(1)
		p.to(Point{p.at.X, from.Y + p.numbers[0]})
	case 'C', 'c':
		p.read(6)
		p.cubic(point(0), point(2), point(4))
		curve = 'C'
	case 'S', 's':
		first := p.mirrored('C')
		p.read(4)
		p.cubic(first, point(0), point(2))
		curve = 'C'
	case 'Q', 'q':
		p.read(4)
		p.quadratic(point(0), point(2))
		curve = 'Q'
	case 'T', 't':
		first := p.mirrored('Q')
		p.read(2)
		p.quadratic(first, point(0))
		curve = 'Q'
	case 'A', 'a':
		p.arcNumbers()
		p.arc(point(3))
	default: // Z
		p.end()
		p.at = p.start
		p.line = append(p.line, p.start)
	}
	p.curve = curve
}

// read reads the numbers of a command.
func (p *pen) read(n int) {
	for i := range n {
		v, ok := p.next()
		p.numbers[i], p.failed = v, p.failed || !ok
	}
}

func (p *pen) to(q Point) {
	p.line = append(p.line, q)
	p.points++
	p.at = q
}

// end ends a line. A single point is none.
func (p *pen) end() {
	if len(p.line) > 1 {
		p.lines = append(p.lines, p.line)
	}
	p.line = nil
}

// mirrored is the first handle of a curve that goes on smoothly.
func (p *pen) mirrored(after byte) Point {
	if p.curve != after {
		return p.at
	}
	return Point{2*p.at.X - p.handle.X, 2*p.at.Y - p.handle.Y}
}

func (p *pen) cubic(a, b, to Point) {
	from := p.at
	for i := 1; i <= parts; i++ {
		t := float64(i) / parts
		u := 1 - t
		p.to(Point{
			u*u*u*from.X + 3*u*u*t*a.X + 3*u*t*t*b.X + t*t*t*to.X,
			u*u*u*from.Y + 3*u*u*t*a.Y + 3*u*t*t*b.Y + t*t*t*to.Y,
		})
	}
	p.handle = b
}

func (p *pen) quadratic(a, to Point) {
	from := p.at
	for i := 1; i <= parts; i++ {
		t := float64(i) / parts
		u := 1 - t
		p.to(Point{u*u*from.X + 2*u*t*a.X + t*t*to.X, u*u*from.Y + 2*u*t*a.Y + t*t*to.Y})
	}
	p.handle = a
}

// arcNumbers reads radii, rotation, two flags and the end of an arc.
func (p *pen) arcNumbers() {
	p.read(3)
	var ok, also bool
	p.wide, ok = p.flag()
	p.sweep, also = p.flag()
	p.failed = p.failed || !ok || !also
	for i := 3; i < 5; i++ {
		v, ok := p.next()
		p.numbers[i], p.failed = v, p.failed || !ok
	}
}

// arc draws an elliptical arc (SVG 1.1, appendix F.6.5).
func (p *pen) arc(to Point) {
	from, rx, ry := p.at, math.Abs(p.numbers[0]), math.Abs(p.numbers[1])
	if rx == 0 || ry == 0 || from == to {
		p.to(to)
		return
	}
	sin, cos := math.Sincos(p.numbers[2] * math.Pi / 180)
	dx, dy := (from.X-to.X)/2, (from.Y-to.Y)/2
	x, y := cos*dx+sin*dy, cos*dy-sin*dx
	if over := x*x/(rx*rx) + y*y/(ry*ry); over > 1 {
		rx, ry = rx*math.Sqrt(over), ry*math.Sqrt(over)
	}
	k := math.Sqrt(max(0, (rx*rx*ry*ry-rx*rx*y*y-ry*ry*x*x)/(rx*rx*y*y+ry*ry*x*x)))
	if p.wide == p.sweep {
		k = -k
	}
	cx, cy := k*rx*y/ry, -k*ry*x/rx
	begin := math.Atan2((y-cy)/ry, (x-cx)/rx)
	turn := math.Atan2((-y-cy)/ry, (-x-cx)/rx) - begin
	if p.sweep && turn < 0 {
		turn += 2 * math.Pi
	} else if !p.sweep && turn > 0 {
		turn -= 2 * math.Pi
	}
	mx, my := (from.X+to.X)/2, (from.Y+to.Y)/2
	for i := 1; i < parts; i++ {
		s, c := math.Sincos(begin + turn*float64(i)/parts)
		u, v := cx+rx*c, cy+ry*s
		p.to(Point{cos*u - sin*v + mx, sin*u + cos*v + my})
	}
	p.to(to)
}
