package view

import (
	"strconv"

	"urna/internal/messages"
)

// HalfCircleFrom is the number of seats from which a half circle says more than the bar.
const HalfCircleFrom = 60

// SeatBar shows all seats side by side on one line, from the participant with the most seats on. Its middle is where a
// majority begins. Lengths across are parts of its width, such as "86.64%".
type SeatBar struct {
	Title    messages.Message // says in words what the picture shows
	Seats    int
	Majority int // the number of seats that is one
	Segments []SeatSegment
}

// SeatSegment is one participant's part.
type SeatSegment struct {
	Bloc
	X, Width string
}

// NewSeatBar lays out the seats of all blocs. It returns nil if there are no seats.
func NewSeatBar(title messages.Message, blocs []Bloc) *SeatBar {
	b := &SeatBar{Title: title}
	for _, bloc := range blocs {
		b.Seats += bloc.Seats
	}
	if b.Seats == 0 {
		return nil
	}
	b.Majority = b.Seats/2 + 1
	from := 0
	for _, bloc := range blocs {
		if bloc.Seats > 0 {
			b.Segments = append(b.Segments, SeatSegment{bloc, percentOf(from, b.Seats), percentOf(bloc.Seats, b.Seats)})
			from += bloc.Seats
		}
	}
	return b
}

func percentOf(part, whole int) string {
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 3, 64) + "%"
}
