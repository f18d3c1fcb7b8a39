package view_test

import (
	"math"
	"strconv"
	"testing"
	"time"

	"urna/internal/messages"
	"urna/web/view"
)

func TestNewMoment_KeepsTheZonesOwnTime(t *testing.T) {
	got := view.NewMoment(time.Date(2020, 6, 21, 18, 0, 0, 0, time.UTC), time.FixedZone("Europe/Belgrade", 2*3600))
	want := view.Moment{ISO: "2020-06-21T20:00:00+02:00", Zone: messages.UnitZoneTime("Europe/Belgrade")}
	if got.ISO != want.ISO || got.Text.String() != "21 June 2020, 20:00" || !got.Zone.Equal(want.Zone) {
		t.Errorf("want %v, got %v", want, got)
	}
	if got := view.NewMoment(time.Time{}, time.UTC).Zone.String(); got != "UTC" {
		t.Errorf("want UTC, which is no place, got %q", got)
	}
}

// Every size of house is drawn with all its seats inside the picture, none upon another, from left to
// right in the order of the blocs.
func TestNewHemicycle_SeatsEveryHouse(t *testing.T) {
	for seats := 1; seats <= 760; seats++ {
		h := view.NewHemicycle(messages.Message{}, []view.Bloc{{Name: messages.Verbatim("left"), Color: "#111111", Seats: seats / 3}, {Name: messages.Verbatim("right"), Color: "#222222", Seats: seats - seats/3}})
		if len(h.Dots) != seats || h.Seats != seats {
			t.Fatalf("want %d seats, got %d dots and %d", seats, len(h.Dots), h.Seats)
		}
		checkDots(t, h)
		if t.Failed() {
			t.Fatalf("in a house of %d", seats)
		}
	}
}

func checkDots(t *testing.T, h *view.Hemicycle) {
	t.Helper()
	type point struct{ x, y, r float64 }
	points := make([]point, 0, len(h.Dots))
	for _, dot := range h.Dots {
		points = append(points, point{number(t, dot.X), number(t, dot.Y), number(t, dot.Radius)})
	}
	for i, a := range points {
		if a.x-a.r < 0 || a.x+a.r > 400 || a.y-a.r < 0 || a.y+a.r > 218 {
			t.Errorf("want every seat inside the picture, got %v", a)
		}
		for _, b := range points[i+1:] {
			if math.Hypot(a.x-b.x, a.y-b.y) < 1.5*a.r {
				t.Errorf("want seats apart, got %v and %v", a, b)
				return
			}
		}
	}
}

// TestNewHemicycle_RightAtBothEnds seats parliaments of three lists. Each list is one piece without a hole, and the first
// has the lower left corner, the last the lower right one: from each end on, the seats of a list come before all others.
func TestNewHemicycle_RightAtBothEnds(t *testing.T) {
	for seats := view.HalfCircleFrom; seats <= 760; seats++ {
		small := seats / 50
		h := view.NewHemicycle(messages.Message{}, []view.Bloc{
			{Name: messages.Verbatim("left"), Color: "#111111", Seats: small},
			{Name: messages.Verbatim("middle"), Color: "#222222", Seats: seats - 2*small},
			{Name: messages.Verbatim("right"), Color: "#333333", Seats: small},
		})
		angle := func(d view.Dot) float64 { return math.Atan2(200-number(t, d.Y), 200-number(t, d.X)) }
		outermost := func(color string, left bool) bool { // the seat in the corner
			best, found := 0.0, ""
			for _, d := range h.Dots {
				if x := number(t, d.X) - 200; (x < 0) == left && math.Abs(x) > best && 200-number(t, d.Y) < 1 {
					best, found = math.Abs(x), d.Color
				}
			}
			return found == color
		}
		if !outermost("#111111", true) || !outermost("#333333", false) {
			t.Errorf("%d seats: want the first and the last list in the corners", seats)
		}
		for i := 1; i < len(h.Dots); i++ {
			if angle(h.Dots[i]) < angle(h.Dots[i-1])-0.01 {
				t.Fatalf("%d seats: want the lists from the left to the right, seat %d goes back", seats, i)
			}
		}
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNewHemicycle_EmptyHouse(t *testing.T) {
	if got := view.NewHemicycle(messages.Message{}, []view.Bloc{{Name: messages.Verbatim("nobody")}}); got != nil {
		t.Errorf("want nil for no seats, got %v", got)
	}
}

func TestColorOr_NeverLetsAnythingButAColourThrough(t *testing.T) {
	if got := view.ColorOr("#AbCdEf", "none"); got != "#AbCdEf" {
		t.Errorf("want the own colour, got %q", got)
	}
	for _, bad := range []string{"", "red", "#12345", `#123456"/><script>`, "url(#x)"} {
		if got := view.ColorOr(bad, "none"); got != "none" {
			t.Errorf("%q: want the other, got %q", bad, got)
		}
	}
}
