package outlines

import (
	"encoding/json"
	"math"
	"slices"

	"urna/internal/messages"
)

// spot is a point of the grid.
type spot struct{ x, y int }

// draw projects rings to the grid and simplifies them until the map is small enough.
func draw(rings [][][]point, places []Place, plane bool) (Map, error) {
	width, height, ok := project(rings, plane)
	if !ok {
		return Map{}, refuse(messages.MapNoArea())
	}
	grid := make([][][]spot, len(rings))
	for i := range rings {
		for _, ring := range rings[i] {
			grid[i] = append(grid[i], onGrid(ring))
		}
	}
	for _, meets := range []map[spot]bool{junctions(grid), nil} { // without junctions, if there are too many
		if m, ok, err := small(grid, places, width, height, meets); ok || err != nil {
			return m, err
		}
	}
	return Map{}, refuse(messages.MapTooDetailed())
}

// small simplifies more and more until the map is small. Each try begins with the lines of the one before, so that a detailed file is
// read once alone. It is not ok if that takes too long, or loses all shapes.
func small(grid [][][]spot, places []Place, width, height int, meets map[spot]bool) (m Map, ok bool, err error) {
	w := work{meets: meets, left: mostWork}
	lines := slices.Clone(grid)
	const first, step, last = 0.7, 1.5, 60
	for tolerance := first; tolerance < last && w.left > 0; tolerance *= step {
		m = Map{Width: width, Height: height}
		for i, p := range places {
			if len(lines[i]) == 0 {
				continue
			}
			lines[i] = w.simplified(lines[i], tolerance, width, height)
			o := Outline{ConstituencyID: p.ID, Name: p.Name}
			for _, ring := range lines[i] {
				o.Rings = append(o.Rings, steps(ring))
			}
			m.Outlines = append(m.Outlines, o)
		}
		stored, err := json.Marshal(m)
		if err != nil {
			return m, false, err
		}
		if len(stored) <= maxMap && w.left > 0 {
			return m, true, m.check()
		}
	}
	return m, false, nil
}

// project replaces degrees, or places on a plane, by places on the grid, and returns its size. It is not ok if all points are in one
// line.
func project(rings [][][]point, plane bool) (width, height int, ok bool) {
	least, most := bounds(rings)
	if !plane && most.x-least.x > 180 { // the map crosses the antimeridian if it is narrower on the other side
		turn(rings, 360)
		if l, m := bounds(rings); m.x-l.x < most.x-least.x {
			least, most = l, m
		} else {
			turn(rings, -360)
		}
	}
	narrow := 1.0
	if !plane {
		narrow = math.Cos((least.y + most.y) / 2 * math.Pi / 180)
	}
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

// owners are the constituencies on whose border a step is: one or two, by place from 1 on.
type owners struct{ a, b int }

func (o owners) with(place int) owners {
	switch {
	case o.a == 0:
		o.a = place
	case o.a != place:
		o.b = place
	}
	return o
}

// junctions are the points at which steps of different owners meet, such as the end of a common border. They stay. A coast or a
// river that comes back to a point has no junction there.
func junctions(grid [][][]spot) map[spot]bool {
	steps := map[[2]spot]owners{}
	for place, part := range grid {
		for _, ring := range part {
			for i, from := range ring {
				to := ring[(i+1)%len(ring)]
				if compare(to, from) < 0 {
					from, to = to, from
				}
				step := [2]spot{from, to}
				steps[step] = steps[step].with(place + 1)
			}
		}
	}
	meets, of := map[spot]bool{}, map[spot]owners{}
	for step, by := range steps {
		for _, at := range step {
			if before := of[at]; before.a != 0 && before != by {
				meets[at] = true
			}
			of[at] = by
		}
	}
	return meets
}
