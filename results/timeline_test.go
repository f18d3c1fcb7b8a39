package results

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"urna/elections"
)

// A day of voting must not become a list of moments: the record stays short, and its points far apart.
func TestTimeline_StaysCoarse(t *testing.T) {
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

// While the public figures stand still, each vote that is committed leaves no moment behind.
func TestTimeline_FiguresThatStandStillAreOnePoint(t *testing.T) {
	r := &record{spacing: firstSpacing}
	for minute, p := range []Point{
		{Cast: 0}, {Cast: 0}, {Cast: 0}, {Cast: 12}, {Cast: 12}, {Cast: 12, Votes: map[int64]int64{1: 12}}, {Cast: 12, Votes: map[int64]int64{1: 12}},
	} {
		p.At = time.Unix(0, 0).Add(time.Duration(minute) * time.Minute)
		r.add(p)
	}
	var minutes []int
	for _, p := range r.points {
		minutes = append(minutes, p.At.Minute())
	}
	if want := []int{0, 3, 5}; !slices.Equal(want, minutes) {
		t.Errorf("want a point where the figures moved, in the minutes %v, got %v", want, minutes)
	}
}

// The first vote since the server's start moves no figure that is shown: its time must not be where the count begins.
func TestTimeline_BeginsWhereTheFiguresMoved(t *testing.T) {
	at := func(minute int) time.Time { return time.Unix(0, 0).Add(time.Duration(minute) * time.Minute) }
	r := &record{spacing: firstSpacing}
	s := newTimeline(time.Now, nil)
	s.elections[1] = r
	r.add(Point{At: at(3), single: true})
	if points := s.points(1, Point{At: at(5), Cast: 10, single: true}); points != nil {
		t.Errorf("want nothing shown that tells of the first vote, got %v", points)
	}
	r.add(Point{At: at(7), Cast: 10, single: true})
	r.add(Point{At: at(9), Cast: 20, single: true})
	points := s.points(1, Point{At: at(10), Cast: 20, single: true})
	var times []time.Time
	for _, p := range points {
		times = append(times, p.At)
	}
	if want := []time.Time{at(7).Add(-firstSpacing), at(7), at(9)}; !slices.Equal(want, times) || points[0].Cast != 0 {
		t.Errorf("want the beginning just before the figures moved, %v, got %v", want, points)
	}
}

func TestTimeline_ManyChangesAreFewPoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // whose end also wants every goroutine gone
		taken := int64(0)
		s := newTimeline(time.Now, func(context.Context, int64) (Point, error) {
			taken++
			return Point{At: time.Now(), Cast: taken}, nil
		})
		for range 600 {
			s.changed(1)
			time.Sleep(2 * time.Millisecond)
		}
		s.stop()
		s.changed(1) // too late
		s.changed(2)
		time.Sleep(time.Minute)
		if taken != 2 {
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
	})
}

func TestStrongest_KeepsTheTwelveWithTheMostVotes(t *testing.T) {
	var e elections.Election
	e.Constituencies = make([]elections.Constituency, 1)
	votes := map[int64]int64{}
	for id := int64(1); id <= 20; id++ {
		e.Constituencies[0].Candidacies = append(e.Constituencies[0].Candidacies, elections.Candidacy{ParticipantID: id})
		votes[id] = id / 2 // as many as a neighbour
	}
	kept := strongest(votes, &e)
	if _, second := kept[9]; len(kept) != 12 || kept[20] != 10 || kept[10] != 5 || kept[8] != 4 || second {
		t.Errorf("want the eleven strongest, and of the equals 8 and 9 the first, got %v", kept)
	}
}
