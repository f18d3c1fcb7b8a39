package outlines

import (
	"errors"
	"strconv"
	"strings"

	"urna/internal/text/strictjson"
)

// Map is a map of constituencies on a grid of whole numbers, with (0, 0) at its upper left.
type Map struct {
	Width    int       `json:"width"`
	Height   int       `json:"height"`
	Outlines []Outline `json:"outlines"`
}

// Outline is the land of a constituency.
type Outline struct {
	ConstituencyID int64  `json:"constituency_id"`
	Name           string `json:"name"` // of the constituency, when the map was made
	// Rings are closed lines. Each begins with a point; the other pairs are steps from one point to the next. A ring within
	// another one is a hole.
	Rings [][]int `json:"rings"`
}

const (
	side      = 1000 // the longer side of a map
	maxMap    = 40_000
	maxPoints = 20_000
)

// ErrStored is returned for a map that Read did not make.
var ErrStored = errors.New("outlines: this is no map as Read makes it")

// Parse reads a map that was stored as JSON, and checks it.
func Parse(stored []byte) (m Map, err error) {
	if len(stored) > 2*maxMap {
		return m, ErrStored
	}
	if err := strictjson.UnmarshalStored(stored, &m); err != nil {
		return m, errors.Join(ErrStored, err)
	}
	return m, m.check()
}

// check compares each point with the bounds.
func (m *Map) check() error {
	if m.Width < 1 || m.Width > side || m.Height < 1 || m.Height > side || len(m.Outlines) == 0 {
		return ErrStored
	}
	points := 0
	for _, o := range m.Outlines {
		if o.ConstituencyID < 1 || o.Name == "" || len(o.Name) > 1000 || len(o.Rings) == 0 {
			return ErrStored
		}
		for _, ring := range o.Rings {
			if points += len(ring) / 2; points > maxPoints || !m.holds(ring) {
				return ErrStored
			}
		}
	}
	return nil
}

// holds reports whether a ring is one, within the map.
func (m *Map) holds(ring []int) bool {
	if len(ring) < 6 || len(ring)%2 != 0 {
		return false
	}
	x, y := 0, 0
	for i := 0; i < len(ring); i += 2 {
		if max(ring[i], -ring[i], ring[i+1], -ring[i+1]) > side {
			return false
		}
		x, y = x+ring[i], y+ring[i+1]
		if x < 0 || x > m.Width || y < 0 || y > m.Height {
			return false
		}
	}
	return true
}

// Path returns the rings as the path of an SVG: numbers and letters of its own alone.
func (o *Outline) Path() string {
	var b strings.Builder
	for _, ring := range o.Rings {
		for i, n := range ring {
			switch {
			case i == 0:
				b.WriteByte('M')
			case i == 2:
				b.WriteByte('l')
			case n >= 0:
				b.WriteByte(' ')
			}
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteByte('z')
	}
	return b.String()
}
