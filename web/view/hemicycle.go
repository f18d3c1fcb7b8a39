package view

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"urna/internal/messages"
)

// Bloc is one participant's part of a hemicycle.
type Bloc struct {
	Name  messages.Message
	Color string // "#rrggbb"; "" for seats without a holder
	Seats int
}

// Hemicycle is a half circle of seats, filled from the left in the order of its blocs.
type Hemicycle struct {
	Title messages.Message // says in words what the picture shows
	Seats int
	Blocs []Bloc // those with seats
	Dots  []Dot
}

// Dot is one seat of the drawing, in the units of its view box.
type Dot struct {
	X, Y, Radius string
	Color        string
}

// The drawing's view box is 400 wide and 210 high; the middle of the circle is at (200, 200).
const (
	hemicycleMiddle = 200.0
	hemicycleOuter  = 184.0
	hemicycleInner  = 0.42 // the inner radius as a part of the outer one
)

// NewHemicycle lays out the seats of all blocs. It returns nil if there are no seats.
func NewHemicycle(title messages.Message, blocs []Bloc) *Hemicycle {
	h := &Hemicycle{Title: title}
	for _, bloc := range blocs {
		if bloc.Seats > 0 {
			h.Blocs = append(h.Blocs, bloc)
			h.Seats += bloc.Seats
		}
	}
	if h.Seats == 0 {
		return nil
	}
	places, radius := arrange(h.Seats)
	h.Dots = make([]Dot, 0, h.Seats)
	for _, bloc := range h.Blocs {
		for range bloc.Seats {
			place := places[len(h.Dots)]
			h.Dots = append(h.Dots, Dot{
				X:      coordinate(hemicycleMiddle - place.radius*math.Cos(place.angle)),
				Y:      coordinate(hemicycleMiddle - place.radius*math.Sin(place.angle)),
				Radius: coordinate(radius),
				Color:  bloc.Color,
			})
		}
	}
	return h
}

// place is a seat in polar coordinates; angle 0 is the left end.
type place struct{ angle, radius float64 }

// arrange spreads seats over as few rows as hold them, so that the dots are as large as they can be,
// and returns them from left to right.
func arrange(seats int) ([]place, float64) {
	rows, gap := fewestRows(seats)
	counts := spread(seats, rows)
	places := make([]place, 0, seats)
	for row, count := range counts {
		radius := rowRadius(row, rows)
		for i := range count {
			angle := math.Pi / 2
			if count > 1 {
				angle = math.Pi * float64(i) / float64(count-1)
			}
			places = append(places, place{angle, radius})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int {
		switch {
		case a.angle < b.angle-1e-9:
			return -1
		case a.angle > b.angle+1e-9:
			return 1
		case a.angle < math.Pi/2: // at both ends the seats of one angle go round the corner from the outermost
			return cmp.Compare(b.radius, a.radius)
		default:
			return cmp.Compare(a.radius, b.radius)
		}
	})
	return places, min(gap*0.42, 14)
}

// fewestRows returns how many rows hold the seats, and how far apart these then are.
func fewestRows(seats int) (rows int, gap float64) {
	for rows = 1; ; rows++ {
		gap = hemicycleOuter * (1 - hemicycleInner) / max(float64(rows-1), 0.8)
		capacity := 0
		for row := range rows {
			capacity += rowCapacity(rowRadius(row, rows), gap)
		}
		if capacity >= seats {
			return rows, gap
		}
	}
}

// rowRadius returns the radius of a row; row 0 is the outermost.
func rowRadius(row, rows int) float64 {
	if rows == 1 {
		return hemicycleOuter
	}
	inner := hemicycleOuter * hemicycleInner
	return hemicycleOuter - float64(row)*(hemicycleOuter-inner)/float64(rows-1)
}

func rowCapacity(radius, gap float64) int { return 1 + int(math.Pi*radius/gap) }

// spread gives each row its part of the seats, by the row's length and then by largest remainders.
func spread(seats, rows int) []int {
	total := 0.0
	for row := range rows {
		total += rowRadius(row, rows)
	}
	counts := make([]int, rows)
	order := make([]int, rows)
	remainders := make([]float64, rows)
	left := seats
	for row := range rows {
		part := float64(seats) * rowRadius(row, rows) / total
		counts[row] = int(part)
		remainders[row] = part - float64(counts[row])
		order[row] = row
		left -= counts[row]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case remainders[a] > remainders[b]:
			return -1
		case remainders[a] < remainders[b]:
			return 1
		default:
			return 0
		}
	})
	for i := range left {
		counts[order[i%rows]]++
	}
	return counts
}

func coordinate(v float64) string { return fmt.Sprintf("%.1f", v) }
