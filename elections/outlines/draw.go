package outlines

import (
	"encoding/json"
	"math"

	"urna/internal/messages"
)

// spot is a point of the grid.
type spot struct{ x, y int }

// draw projects rings to the grid and simplifies them until the map is small enough.
func draw(rings [][][]point, places []Place) (Map, error) {
	width, height, ok := project(rings)
	if !ok {
		return Map{}, refuse(messages.MapNoArea())
	}
	grid := make([][][]spot, len(rings))
	for i := range rings {
		for _, ring := range rings[i] {
			grid[i] = append(grid[i], onGrid(ring))
		}
	}
	w := work{meets: junctions(grid), left: mostWork}
	const first, step, last = 0.7, 1.5, 60
	for tolerance := first; tolerance < last && w.left > 0; tolerance *= step {
		m := Map{Width: width, Height: height}
		for i, p := range places {
			if len(grid[i]) > 0 {
				m.Outlines = append(m.Outlines, Outline{ConstituencyID: p.ID, Name: p.Name, Rings: w.simplified(grid[i], tolerance, m.Width, m.Height)})
			}
		}
		stored, err := json.Marshal(m)
		if err != nil {
			return Map{}, err
		}
		if len(stored) <= maxMap && w.left > 0 {
			return m, m.check()
		}
	}
	return Map{}, refuse(messages.MapTooDetailed())
}

// project replaces degrees by places on the grid, and returns its size. It is not ok if all points are in one line.
func project(rings [][][]point) (width, height int, ok bool) {
	least, most := bounds(rings)
	if most.x-least.x > 180 { // the map crosses the antimeridian if it is narrower on the other side
		turn(rings, 360)
		if l, m := bounds(rings); m.x-l.x < most.x-least.x {
			least, most = l, m
		} else {
			turn(rings, -360)
		}
	}
	narrow := math.Cos((least.y + most.y) / 2 * math.Pi / 180)
	w, h := (most.x-least.x)*narrow, most.y-least.y
	if w <= 0 || h <= 0 {
		return 0, 0, false
	}
	scale := side / max(w, h)
	for _, part := range rings {
		for _, ring := range part {
			for i, p := range ring {
				ring[i] = point{(p.x - least.x) * narrow * scale, (most.y - p.y) * scale}
			}
		}
	}
	return max(1, int(math.Round(w*scale))), max(1, int(math.Round(h*scale))), true
}

// turn moves the western half of the earth to the east of the eastern one, or back.
func turn(rings [][][]point, by float64) {
	for _, part := range rings {
		for _, ring := range part {
			for i := range ring {
				if by > 0 && ring[i].x < 0 || by < 0 && ring[i].x >= 180 {
					ring[i].x += by
				}
			}
		}
	}
}

func bounds(rings [][][]point) (least, most point) {
	least, most = point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, part := range rings {
		for _, ring := range part {
			for _, p := range ring {
				least = point{min(least.x, p.x), min(least.y, p.y)}
				most = point{max(most.x, p.x), max(most.y, p.y)}
			}
		}
	}
	return least, most
}

// onGrid rounds a ring; points that fall on the one before are left out.
func onGrid(ring []point) (line []spot) {
	for _, p := range ring {
		s := spot{int(math.Round(p.x)), int(math.Round(p.y))}
		if len(line) == 0 || line[len(line)-1] != s {
			line = append(line, s)
		}
	}
	for len(line) > 1 && line[0] == line[len(line)-1] {
		line = line[:len(line)-1]
	}
	return line
}

// junctions are the points at which more than two lines meet. They stay.
func junctions(grid [][][]spot) map[spot]bool {
	type pair struct {
		a, b spot
		n    int
	}
	meets, next := map[spot]bool{}, map[spot]pair{}
	note := func(at, other spot) {
		p := next[at]
		switch {
		case p.n > 0 && p.a == other, p.n > 1 && p.b == other:
			return
		case p.n == 0:
			p.a = other
		case p.n == 1:
			p.b = other
		default:
			meets[at] = true
		}
		p.n++
		next[at] = p
	}
	for _, part := range grid {
		for _, ring := range part {
			for i, at := range ring {
				other := ring[(i+1)%len(ring)]
				note(at, other)
				note(other, at)
			}
		}
	}
	return meets
}
