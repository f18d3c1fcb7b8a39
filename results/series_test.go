package results

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// A day of voting must not become a list of moments: the record stays short, and its points far apart.
func TestSeries_StaysCoarse(t *testing.T) {
	r := &record{spacing: firstSpacing}
	at := time.Unix(0, 0)
	for votes := range int64(50_000) {
		at = at.Add(2 * time.Second)
		if n := len(r.points); n > 0 && at.Sub(r.points[n-1].At) < r.spacing {
			continue
		}
		r.add(Point{At: at, Cast: votes})
		if len(r.points) >= mostPoints {
			t.Fatalf("want fewer than %d points, got %d", mostPoints, len(r.points))
		}
	}
	if r.spacing < 10*time.Minute {
		t.Errorf("want the points of a day at least ten minutes apart, got %s", r.spacing)
	}
	if first := r.points[0].Cast; first != 0 {
		t.Errorf("want the first point kept, got the one of %d ballots", first)
	}
	for i := 1; i < len(r.points); i++ {
		if !r.points[i-1].At.Before(r.points[i].At) {
			t.Fatalf("want points in order, got %v before %v", r.points[i-1].At, r.points[i].At)
		}
	}
}

func TestSeries_ManyChangesAreFewPoints(t *testing.T) {
	defer goleak.VerifyNone(t)
	var mutex sync.Mutex
	taken := int64(0)
	s := newSeries(time.Now, func(context.Context, int64) (Point, error) {
		mutex.Lock()
		defer mutex.Unlock()
		taken++
		return Point{At: time.Now(), Cast: taken}, nil
	})
	for range 600 {
		s.changed(1)
		time.Sleep(2 * time.Millisecond)
	}
	s.stop()
	s.changed(1) // too late
	mutex.Lock()
	defer mutex.Unlock()
	if taken < 2 || taken > 3 {
		t.Errorf("want a point at once and one a second later, got %d", taken)
	}
	points := s.points(1, Point{At: time.Now(), Cast: taken})
	if int64(len(points)) != taken {
		t.Errorf("want no present point where nothing has changed since, got %v", points)
	}
	points = s.points(1, Point{At: time.Now(), Cast: taken + 10})
	if int64(len(points)) != taken+1 {
		t.Errorf("want the present point at the end, got %v", points)
	}
	if s.points(2, Point{At: time.Now()}) != nil {
		t.Error("want nothing of an election that has not changed")
	}
}
