package outlines

import (
	"encoding/json"
	"math"
	"strconv"

	"urna/internal/messages"
)

// coordinates reads those of a feature from JSON whose syntax was checked. A large file has millions of points: they are read where
// they are.
type coordinates struct {
	data    json.RawMessage
	at      int
	feature *feature
}

// farOut is how far from the origin a point of a plane may be, in metres: the earth is 40,000 km round.
const farOut = 1e8

func (c *coordinates) unreadable() error {
	return refuse(messages.MapCoordinates(int64(c.feature.number)))
}

// polygons reads lists of rings, which are in so many lists more.
func (c *coordinates) polygons(depth int) error {
	return c.list(func() error {
		if depth > 0 {
			return c.polygons(depth - 1)
		}
		return c.ring()
	})
}

// ring reads a ring; its last point, which repeats the first one, is left out.
func (c *coordinates) ring() error {
	var points []point
	err := c.list(func() error {
		p, err := c.point()
		points = append(points, p)
		return err
	})
	switch {
	case err != nil:
		return err
	case len(points) < 4:
		return refuse(messages.MapShortRing(int64(c.feature.number)))
	}
	if points[0] == points[len(points)-1] {
		points = points[:len(points)-1]
	}
	c.feature.rings = append(c.feature.rings, points)
	return nil
}

// point reads a point. What it has besides two numbers, such as a height, is passed over.
func (c *coordinates) point() (p point, err error) {
	n := 0
	err = c.list(func() error {
		v, ok := c.number()
		switch {
		case n > 1: // null for an unknown height, too
		case !ok || math.Abs(v) > farOut:
			return c.unreadable()
		case n == 0:
			p.x = v
		default:
			p.y = v
		}
		n++
		return nil
	})
	if err != nil {
		return p, err
	}
	if n < 2 {
		return p, c.unreadable()
	}
	if math.Abs(p.x) > 360 || math.Abs(p.y) > 90 { // a country across the antimeridian can have a longitude of 190
		if c.feature.beyond == nil {
			c.feature.beyond = &p
		}
	} else {
		c.feature.within = true
	}
	return p, nil
}

// list reads a list, whose entries the function reads.
func (c *coordinates) list(entry func() error) error {
	if c.next() != '[' {
		return c.unreadable()
	}
	c.at++
	if c.next() == ']' {
		c.at++
		return nil
	}
	for {
		if err := entry(); err != nil {
			return err
		}
		switch c.next() {
		case ',':
			c.at++
		case ']':
			c.at++
			return nil
		default:
			return c.unreadable()
		}
	}
}

// next returns the next character that is no blank, 0 at the end.
func (c *coordinates) next() byte {
	for ; c.at < len(c.data); c.at++ {
		switch b := c.data[c.at]; b {
		case ' ', '\t', '\r', '\n':
		default:
			return b
		}
	}
	return 0
}

// number reads a number, or passes over another value that has no parts.
func (c *coordinates) number() (v float64, ok bool) {
	c.next()
	start := c.at
	for c.at < len(c.data) {
		switch c.data[c.at] {
		case ',', ']', '[', '{', ' ', '\t', '\r', '\n':
			v, err := strconv.ParseFloat(string(c.data[start:c.at]), 64)
			return v, err == nil
		}
		c.at++
	}
	return 0, false
}
