package cache

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/results"
)

// env is a cache over a source that a test changes. Versions are those of a results service over a real database; the
// number of acts is the test's own.
type env struct {
	*Cache

	results *results.Service
	clock   *clock.Clock
	events  atomic.Int64
	draws   atomic.Int64
	looked  func() // is called after the number of events was read
	commit  func()
}

// Version implements source.
func (e *env) Version(ctx context.Context) (results.Version, error) { return e.results.Version(ctx) }

// Unchanged implements source.
func (e *env) Unchanged(v results.Version) bool { return e.results.Unchanged(v) }

// Acts implements source.
func (e *env) Acts(context.Context) (int64, error) {
	events := e.events.Load()
	if e.looked != nil {
		e.looked()
	}
	return events, nil
}

func newEnv(t *testing.T) *env {
	t.Helper()
	db := databasetest.Open(t)
	e := &env{clock: clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	e.results = results.New(db, nil, nil, nil, nil, e.clock.Now)
	e.Cache = New(e, e.clock.Now)
	e.commit = func() {
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), "UPDATE elections SET title = title")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// get asks for the answer of a key, which tells how often answers were drawn.
func (e *env) get(t *testing.T, key Key, until time.Time) string {
	t.Helper()
	answer, err := e.Get(t.Context(), key, func(context.Context) (Drawing, error) {
		return Drawing{ContentType: "text/plain", Body: fmt.Appendf(nil, "drawing %d", e.draws.Add(1)), Until: until}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(answer.Body())
}

func (e *env) want(t *testing.T, what string, drawing int, until time.Time) {
	t.Helper()
	if got := e.get(t, Key{Page: "home"}, until); got != fmt.Sprintf("drawing %d", drawing) {
		t.Errorf("%s: want drawing %d, got %s", what, drawing, got)
	}
}

func TestCache_DrawsOnceForEachChange(t *testing.T) {
	e := newEnv(t)
	e.want(t, "the first request", 1, time.Time{})
	e.clock.Move(time.Hour)
	e.want(t, "without a change", 1, time.Time{})
	e.commit()
	e.want(t, "after ballots were counted", 2, time.Time{})
	for range 3 {
		e.commit()
		e.clock.Move(pace / 4)
		e.want(t, "ballots within the second", 2, time.Time{})
	}
	e.clock.Move(pace / 4)
	e.want(t, "ballots after the second", 3, time.Time{})
	time.Sleep(2 * askEvery)
	e.events.Add(1)
	e.commit()
	e.want(t, "an act within the second", 4, time.Time{})
	e.want(t, "without a change after it", 4, time.Time{})
}

// TestCache_AnActShowsDuringAnEarlierLook holds the look of one request at the log, and commits an act. The request after
// the act waits for a look of its own.
func TestCache_AnActShowsDuringAnEarlierLook(t *testing.T) {
	e := newEnv(t)
	e.want(t, "the first request", 1, time.Time{})
	e.commit()
	e.want(t, "after ballots were counted", 1, time.Time{})
	e.commit()
	time.Sleep(2 * askEvery)
	var once sync.Once
	looking, release := make(chan struct{}), make(chan struct{})
	e.looked = func() {
		once.Do(func() {
			close(looking)
			<-release
		})
	}
	var first sync.WaitGroup
	first.Go(func() { e.get(t, Key{Page: "home"}, time.Time{}) })
	<-looking
	time.Sleep(2 * askEvery)
	e.events.Add(1)
	e.commit()
	time.AfterFunc(20*time.Millisecond, func() { close(release) })
	e.want(t, "after the act", 2, time.Time{})
	first.Wait()
}

func TestCache_TheClockEndsAnAnswer(t *testing.T) {
	e := newEnv(t)
	begin := e.clock.Now()
	e.want(t, "before the end", 1, begin.Add(time.Minute))
	e.clock.Move(time.Minute - time.Millisecond)
	e.want(t, "just before the end", 1, begin.Add(time.Minute))
	e.clock.Move(time.Millisecond)
	e.want(t, "at the end", 2, time.Time{})
	e.clock.Move(-time.Millisecond)
	e.want(t, "after the clock was set back", 3, time.Time{})
}

func TestCache_AHundredRequestsDrawOnce(t *testing.T) {
	e := newEnv(t)
	release := make(chan struct{})
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			answer, err := e.Get(t.Context(), Key{Page: "home"}, func(context.Context) (Drawing, error) {
				e.draws.Add(1)
				<-release
				return Drawing{Body: []byte("one for all")}, nil
			})
			if err != nil || string(answer.Body()) != "one for all" {
				t.Errorf("want the one drawing, got %v", err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(release)
	all.Wait()
	if n := e.draws.Load(); n != 1 {
		t.Errorf("want one drawing, got %d", n)
	}
}

func TestCache_RefusalsAndPanicsAreNotKept(t *testing.T) {
	e := newEnv(t)
	refusal := errors.New("refused")
	if _, err := e.Get(t.Context(), Key{}, func(context.Context) (Drawing, error) { return Drawing{}, refusal }); !errors.Is(err, refusal) {
		t.Errorf("want the refusal, got %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = e.Get(t.Context(), Key{}, func(context.Context) (Drawing, error) { panic("while drawing") })
		t.Error("want the panic handed on")
	}()
	if n, size := e.Len(); n != 0 || size != 0 {
		t.Errorf("want nothing kept, got %d answers", n)
	}
	e.want(t, "afterwards", 1, time.Time{})
}

// TestCache_DrawsWithoutTheRequest looks for a request's values and cancellation in the context of the drawing.
func TestCache_DrawsWithoutTheRequest(t *testing.T) {
	e := newEnv(t)
	type person struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), person{}, "Ada"))
	cancel()
	_, err := e.Get(ctx, Key{}, func(ctx context.Context) (Drawing, error) {
		if ctx.Value(person{}) != nil || ctx.Err() != nil {
			t.Errorf("want nothing of the request, got %v, %v", ctx.Value(person{}), ctx.Err())
		}
		return Drawing{}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestCache_ClocksAreComparedByTheirHands has readings of the real clock, which count on while the clock is set back.
func TestCache_ClocksAreComparedByTheirHands(t *testing.T) {
	e := newEnv(t)
	e.Cache = New(e, time.Now)
	e.want(t, "at first", 1, time.Time{})
	kept := e.entries[Key{Page: "home"}]
	if readings := kept.begun.String() + kept.drawn.String() + e.now().String(); strings.Contains(readings, "m=") {
		t.Errorf("want readings that a clock set back is before, got %s", readings)
	}
}

// TestCache_SlowDrawings has drawings that take longer than the pace while ballots are counted all the time.
func TestCache_SlowDrawings(t *testing.T) {
	e := newEnv(t)
	const requests = 20
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			_, err := e.Get(t.Context(), Key{Page: "home"}, func(context.Context) (Drawing, error) {
				e.draws.Add(1)
				time.Sleep(20 * time.Millisecond) // until all requests wait
				e.commit()
				e.clock.Move(2 * pace)
				return Drawing{}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := e.draws.Load(); n > 3 {
		t.Errorf("want no request to wait for more than the second drawing after it came, got %d drawings for %d requests", n, requests)
	}
}

func TestCache_MemoryIsBounded(t *testing.T) {
	e := newEnv(t)
	e.limit = 100_000
	draw := func(size int) Draw {
		return func(context.Context) (Drawing, error) {
			return Drawing{Body: []byte(strings.Repeat("x", size))}, nil
		}
	}
	for i := range 200 {
		if _, err := e.Get(t.Context(), Key{Page: "home"}, draw(1000)); err != nil { // which stays in use
			t.Fatal(err)
		}
		if i%20 == 0 {
			time.Sleep(110 * time.Millisecond) // longer than uses are told apart
		}
		if _, err := e.Get(t.Context(), Key{Page: "seats", Part: int64(i)}, draw(10_000)); err != nil {
			t.Fatal(err)
		}
		if n, size := e.Len(); size > e.limit || n > 10 {
			t.Fatalf("want at most %d bytes, got %d in %d answers", e.limit, size, n)
		}
	}
	if e.entries[Key{Page: "home"}] == nil {
		t.Error("want the answer that is in use kept")
	}
	if _, err := e.Get(t.Context(), Key{Page: "huge"}, draw(200_000)); err != nil {
		t.Fatal(err)
	}
	if n, size := e.Len(); e.entries[Key{Page: "huge"}] != nil || n == 0 || size > e.limit {
		t.Errorf("want an answer above the limit not kept, and the others kept, got %d answers", n)
	}
	for k := range e.entries {
		e.mutex.Lock()
		e.remove(k)
		e.mutex.Unlock()
	}
	if n, size := e.Len(); n != 0 || size != 0 {
		t.Errorf("want the sizes to add up, got %d bytes in %d answers", size, n)
	}
}
