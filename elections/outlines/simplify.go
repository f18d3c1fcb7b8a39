package outlines

import (
	"cmp"
	"math"
	"slices"
)

// work is one simplification.
type work struct {
	meets map[spot]bool // the junctions
	left  int           // how many more points may be looked at
}

// mostWork is how often a point may be looked at. Real maps need some million looks.
const mostWork = 30_000_000

// simplified returns the rings of a constituency with the fewest points from which no point is farther than the
// tolerance. Islands and holes that are smaller are left out; a constituency that would vanish is a small square.
func (w *work) simplified(rings [][]spot, tolerance float64, width, height int) (shown [][]spot) {
	largest := 0
	for i := range rings {
		if area(rings[i]) > area(rings[largest]) {
			largest = i
		}
	}
	for i, ring := range rings {
		if i != largest && area(ring) < 2+4*tolerance*tolerance {
			continue
		}
		line := w.simplify(ring, tolerance)
		switch {
		case len(line) >= 3 && area(line) > 0:
			shown = append(shown, line)
		case i == largest:
			shown = append(shown, square(ring[0], width, height))
		}
	}
	return shown
}

// square is a mark for a constituency that is too small for an outline.
func square(at spot, width, height int) []spot {
	const half = 4
	left, right := max(0, at.x-half), min(width, at.x+half)
	top, bottom := max(0, at.y-half), min(height, at.y+half)
	return []spot{{left, top}, {right, top}, {right, bottom}, {left, bottom}}
}

// area is the area within a ring.
func area(ring []spot) float64 {
	sum := 0
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += p.x*q.y - q.x*p.y
	}
	return math.Abs(float64(sum)) / 2
}

// steps returns a line as its first point and the steps from there.
func steps(line []spot) []int {
	numbers := make([]int, 0, 2*len(line))
	var last spot
	for _, p := range line {
		numbers = append(numbers, p.x-last.x, p.y-last.y)
		last = p
	}
	return numbers
}

// simplify simplifies a ring between its junctions. A ring with fewer than two is parted at its outermost points.
func (w *work) simplify(ring []spot, tolerance float64) (line []spot) {
	if len(ring) < 3 {
		return ring
	}
	var fixed []int
	for i, p := range ring {
		if w.meets[p] {
			fixed = append(fixed, i)
		}
	}
	if len(fixed) == 0 {
		fixed = append(fixed, slices.Index(ring, slices.MinFunc(ring, compare)))
	}
	if len(fixed) == 1 {
		far := farthest(ring, ring[fixed[0]])
		fixed = append(fixed, far)
		slices.Sort(fixed)
	}
	for i, from := range fixed {
		to := fixed[(i+1)%len(fixed)]
		if to <= from {
			to += len(ring)
		}
		arc := make([]spot, 0, to-from+1)
		for at := from; at <= to; at++ {
			arc = append(arc, ring[at%len(ring)])
		}
		line = append(line, w.between(arc, tolerance)...)
	}
	return line
}

func compare(a, b spot) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) }

// farthest returns the place of the point that is the farthest from another one; of several, the smallest.
func farthest(ring []spot, from spot) (at int) {
	best := -1
	for i, p := range ring {
		d := (p.x-from.x)*(p.x-from.x) + (p.y-from.y)*(p.y-from.y)
		if d > best || d == best && compare(p, ring[at]) < 0 {
			best, at = d, i
		}
	}
	return at
}

// between simplifies a line (Douglas and Peucker 1973) and leaves its last point out. The same line backwards gives the
// same points.
func (w *work) between(arc []spot, tolerance float64) []spot {
	backwards := compare(arc[len(arc)-1], arc[0]) < 0
	if backwards {
		slices.Reverse(arc)
	}
	keep := make([]bool, len(arc))
	keep[0], keep[len(arc)-1] = true, true
	open := [][2]int{{0, len(arc) - 1}}
	for len(open) > 0 && w.left > 0 {
		from, to := open[len(open)-1][0], open[len(open)-1][1]
		open = open[:len(open)-1]
		w.left -= to - from
		at, most := 0, tolerance
		for i := from + 1; i < to; i++ {
			if d := distance(arc[i], arc[from], arc[to]); d > most {
				at, most = i, d
			}
		}
		if at > 0 {
			keep[at] = true
			open = append(open, [2]int{from, at}, [2]int{at, to})
		}
	}
	kept := make([]spot, 0, len(arc))
	for i, p := range arc {
		if keep[i] {
			kept = append(kept, p)
		}
	}
	if backwards {
		slices.Reverse(kept)
	}
	return kept[:len(kept)-1]
}

// distance is that of a point from a stretch.
func distance(p, a, b spot) float64 {
	dx, dy := float64(b.x-a.x), float64(b.y-a.y)
	px, py := float64(p.x-a.x), float64(p.y-a.y)
	length := dx*dx + dy*dy
	if length == 0 {
		return math.Hypot(px, py)
	}
	t := min(max((px*dx+py*dy)/length, 0), 1)
	return math.Hypot(px-t*dx, py-t*dy)
}
