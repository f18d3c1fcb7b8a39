package results

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"urna/elections"
	"urna/internal/database"
)

const (
	// mostPoints bounds an election's count over time. When it is reached, every second point goes and
	// points come half as often from then on: a day's count ends with one every few minutes.
	mostPoints = 120
	// firstSpacing is the least time between two points at the beginning.
	firstSpacing = time.Second
	// mostLines is how many participants a point tells of, the strongest ones.
	mostLines = 12
	// sampling bounds how long taking a point may take.
	sampling = 10 * time.Second
)

// Point is what was public of a count at one moment.
type Point struct {
	At   time.Time
	Cast int64
	// Votes by participant id, of the strongest twelve; nil where counts were embargoed.
	Votes map[int64]int64
	// single is set where one online vote alone may have been why the point was taken.
	single bool
}

// shows reports whether two points have the same figures.
func (p Point) shows(other Point) bool {
	return p.Cast == other.Cast && maps.Equal(p.Votes, other.Votes)
}

// timeline remembers how the public figures of elections moved. It lives in memory only: nothing of it is
// stored, since the times of online votes must not be kept, and figures that are not public at a moment are
// not in it either.
type timeline struct {
	now     func() time.Time
	sample  func(ctx context.Context, electionID int64) (Point, error)
	running sync.WaitGroup
	version atomic.Uint64 // changes after every new point

	mutex     sync.Mutex
	stopped   bool
	elections map[int64]*record
}

// record is one election's.
type record struct {
	points  []Point
	sampled time.Time // when the last point began to be read
	spacing time.Duration
	timer   *time.Timer // of the next point; nil if none is scheduled
}

func newTimeline(now func() time.Time, sample func(context.Context, int64) (Point, error)) *timeline {
	return &timeline{now: now, sample: sample, elections: map[int64]*record{}}
}

// changed has a point taken, at once or when the last one is old enough.
func (t *timeline) changed(electionID int64) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	r := t.elections[electionID]
	if r == nil {
		r = &record{spacing: firstSpacing}
		t.elections[electionID] = r
	}
	if r.timer != nil || t.stopped {
		return
	}
	wait := time.Duration(0)
	if n := len(r.points); n > 0 {
		wait = max(0, r.spacing-t.now().Sub(r.points[n-1].At))
	}
	if !r.sampled.IsZero() { // a point that is read at the moment is not among the points yet
		wait = max(wait, r.spacing-t.now().Sub(r.sampled))
	}
	t.running.Add(1)
	r.timer = time.AfterFunc(wait, func() {
		defer t.running.Done()
		t.addPoint(electionID, r)
	})
}

// addPoint reads the current figures and adds a point.
func (t *timeline) addPoint(electionID int64, r *record) {
	t.mutex.Lock()
	r.timer, r.sampled = nil, t.now() // a change from now on may not be in the point
	t.mutex.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), sampling)
	defer cancel()
	p, err := t.sample(ctx, electionID)
	if err != nil {
		slog.Warn("a point of the count over time is missing", "election_id", electionID, "error", err)
		return
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	r.add(p)
	t.version.Add(1)
}

// add appends a point, and thins the record where it is full. Public figures move in steps of several votes: a point
// at which they did not move would tell when a single vote came, and nothing else.
func (r *record) add(p Point) {
	if n := len(r.points); n > 0 && (!r.points[n-1].At.Before(p.At) || r.points[n-1].shows(p)) {
		return // of two that were taken at once the later one is kept
	}
	// The first point may be there because of a single vote, whose time must not be known. Its figures held until the
	// second one, so it moves up to that.
	if len(r.points) == 1 && r.points[0].single {
		r.points[0].At = p.At.Add(-firstSpacing)
	}
	r.points = append(r.points, p)
	if len(r.points) < mostPoints {
		return
	}
	kept := r.points[:0]
	for i := 0; i < len(r.points); i += 2 { // the first one always stays
		kept = append(kept, r.points[i])
	}
	r.points, r.spacing = kept, 2*r.spacing
}

// points returns an election's points so far, and at their end the present one where it is another.
func (t *timeline) points(electionID int64, present Point) []Point {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	r := t.elections[electionID]
	if r == nil || len(r.points) == 0 || len(r.points) == 1 && r.points[0].single {
		return nil
	}
	points := slices.Clone(r.points)
	last := points[len(points)-1]
	if last.At.Before(present.At) && !last.shows(present) {
		points = append(points, present)
	}
	return points
}

// stop takes no more points, and returns when none is being taken.
func (t *timeline) stop() {
	t.mutex.Lock()
	t.stopped = true
	for _, r := range t.elections {
		if r.timer != nil && r.timer.Stop() {
			t.running.Done()
		}
	}
	t.mutex.Unlock()
	t.running.Wait()
}

// point returns the public figures of an election at this moment.
func (s *Service) point(ctx context.Context, electionID int64) (p Point, err error) {
	begun := s.now()
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		f, err := s.shownWithin(ctx, tx, electionID)
		if err != nil {
			return err
		}
		now := s.now()
		p = newPoint(f, now)
		// This notes changes between reads. The first change of an election without a read may be a single vote, whose
		// time must not be kept.
		if !storable(f) && !s.changes.knows(electionID) {
			return nil
		}
		prints, err := printsOf(f)
		if err == nil {
			_, err = s.lastChange(tx, f, prints, begun, now)
		}
		return err
	})
	return p, err
}

// at returns the point with another time.
func (p Point) at(t time.Time) Point {
	p.At = t
	return p
}

// newPoint holds votes by participant only where they may be shown.
func newPoint(f figures, now time.Time) Point {
	p := Point{At: now, single: f.election.Takes(elections.Online) && f.election.StateAt(now) == elections.Open}
	votes := map[int64]int64{}
	for i := range f.election.Constituencies {
		c := &f.election.Constituencies[i]
		t := f.tallies[c.ID]
		p.Cast += sums(c, t).Cast
		for _, candidacy := range c.Candidacies {
			votes[candidacy.ParticipantID] += t.Votes[candidacy.PollNumber]
		}
	}
	if f.election.ShowsCount(now) {
		p.Votes = strongest(votes, f.election)
	}
	return p
}

// strongest keeps the twelve participants with the most votes; of equals, those who stand first.
func strongest(votes map[int64]int64, e *elections.Election) map[int64]int64 {
	if len(votes) <= mostLines {
		return votes
	}
	var order []int64
	seen := map[int64]bool{}
	for _, c := range e.Constituencies {
		for _, candidacy := range c.Candidacies {
			if id := candidacy.ParticipantID; !seen[id] {
				seen[id] = true
				order = append(order, id)
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int64) int { return cmp.Compare(votes[b], votes[a]) })
	kept := make(map[int64]int64, mostLines)
	for _, id := range order[:mostLines] {
		kept[id] = votes[id]
	}
	return kept
}
