package auth

import (
	"context"
	"runtime"
	"slices"
	"sync"
)

// How password hashes share the machine. A hash of the default cost takes 64 MiB and some 50 ms.
const (
	leastHashesAtOnce    = 2
	mostHashesAtOnce     = 4
	hashesOfAddress      = 2   // at once
	mostWaiting          = 100 // in each lane: with two hashes at once a wait of two to three seconds
	mostFamiliarInARow   = 3   // while others wait
	secondsUntilTryAgain = int64(5)
)

// turns decides which password hash runs next. Requests wait in two lanes: familiar addresses, from which an account
// has signed in before, come before all others, but not more than mostFamiliarInARow times in a row while others wait.
// Within a lane the addresses take turns, so that an address with many requests delays its own. Each lane is bounded: a
// request too many is refused, or pushes out the newest request of the address that has the most.
type turns struct {
	mutex   sync.Mutex
	atOnce  int
	running map[string]int // hashes by place
	inAll   int
	lanes   [2]lane
	streak  int // familiar turns in a row
}

// The lanes, in the order of their precedence.
const (
	familiarLane = iota
	strangersLane
)

// lane is a queue for each place; the places take turns in the order of the slice.
type lane struct {
	queues  []*placeQueue
	waiting int
}

type placeQueue struct {
	place   string
	waiters []*waiter
}

// waiter is a request that waits for its turn.
type waiter struct {
	turn chan error // receives nil for the turn, or the refusal
}

// caller is the account, address or command that needs a password hash.
type caller struct {
	place    string // place of the address; "" for commands on the machine
	familiar bool
}

func newTurns() *turns {
	return &turns{
		atOnce:  min(max(runtime.GOMAXPROCS(0), leastHashesAtOnce), mostHashesAtOnce),
		running: map[string]int{},
	}
}

// take waits for the caller's turn and returns the function that ends it. ErrSignInsBusy is returned if too many
// requests wait.
func (t *turns) take(ctx context.Context, c caller) (done func(), err error) {
	w, which := &waiter{turn: make(chan error, 1)}, strangersLane
	if c.familiar {
		which = familiarLane
	}
	t.mutex.Lock()
	if !t.lanes[which].makeRoom(c.place) {
		t.mutex.Unlock()
		return nil, ErrSignInsBusy
	}
	t.lanes[which].push(c.place, w)
	t.next()
	t.mutex.Unlock()

	select {
	case err = <-w.turn:
	case <-ctx.Done():
		err = t.leave(which, c.place, w, ctx.Err())
	}
	if err != nil {
		return nil, err
	}
	return func() { t.end(c.place) }, nil
}

// leave removes a waiter whose request has ended. If its turn has come meanwhile, leave ends the turn.
func (t *turns) leave(which int, place string, w *waiter, reason error) error {
	t.mutex.Lock()
	removed := t.lanes[which].remove(place, w)
	t.mutex.Unlock()
	if !removed && <-w.turn == nil {
		t.end(place)
	}
	return reason
}

// end frees the place of a hash and starts the next ones.
func (t *turns) end(place string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.inAll--
	if t.running[place]--; t.running[place] == 0 {
		delete(t.running, place)
	}
	t.next()
}

// next gives turns to waiters while hashes may start.
func (t *turns) next() {
	for t.inAll < t.atOnce {
		order := []int{familiarLane, strangersLane}
		if t.streak >= mostFamiliarInARow {
			slices.Reverse(order)
		}
		place, w, which := "", (*waiter)(nil), 0
		for _, which = range order {
			if place, w = t.lanes[which].pop(t.running); w != nil {
				break
			}
		}
		if w == nil {
			return
		}
		t.streak++
		if which == strangersLane || t.lanes[strangersLane].waiting == 0 {
			t.streak = 0
		}
		t.running[place]++
		t.inAll++
		w.turn <- nil
	}
}

// makeRoom reports whether one more request of a place may wait. In a full lane it refuses the newest request of the
// place that has the most, if that has at least two more than this one.
func (l *lane) makeRoom(place string) bool {
	if l.waiting < mostWaiting {
		return true
	}
	own, longest := 0, (*placeQueue)(nil)
	for _, q := range l.queues {
		if q.place == place {
			own = len(q.waiters)
		}
		if longest == nil || len(q.waiters) > len(longest.waiters) {
			longest = q
		}
	}
	if len(longest.waiters) < own+2 {
		return false
	}
	newest := longest.waiters[len(longest.waiters)-1]
	longest.waiters = longest.waiters[:len(longest.waiters)-1]
	l.waiting--
	newest.turn <- ErrSignInsBusy
	return true
}

func (l *lane) push(place string, w *waiter) {
	l.waiting++
	if i := l.index(place); i >= 0 {
		l.queues[i].waiters = append(l.queues[i].waiters, w)
		return
	}
	l.queues = append(l.queues, &placeQueue{place, []*waiter{w}})
}

// pop removes the oldest waiter of the first place that may have one more hash. The place goes to the end.
func (l *lane) pop(running map[string]int) (string, *waiter) {
	i := slices.IndexFunc(l.queues, func(q *placeQueue) bool { return running[q.place] < hashesOfAddress })
	if i < 0 {
		return "", nil
	}
	q := l.queues[i]
	w := q.waiters[0]
	l.queues = slices.Delete(l.queues, i, i+1)
	if q.waiters = q.waiters[1:]; len(q.waiters) > 0 {
		l.queues = append(l.queues, q)
	}
	l.waiting--
	return q.place, w
}

// remove removes a waiter that has neither a turn nor a refusal yet.
func (l *lane) remove(place string, w *waiter) bool {
	i := l.index(place)
	if i < 0 {
		return false
	}
	q := l.queues[i]
	at := slices.Index(q.waiters, w)
	if at < 0 {
		return false
	}
	l.waiting--
	if q.waiters = slices.Delete(q.waiters, at, at+1); len(q.waiters) == 0 {
		l.queues = slices.Delete(l.queues, i, i+1)
	}
	return true
}

func (l *lane) index(place string) int {
	return slices.IndexFunc(l.queues, func(q *placeQueue) bool { return q.place == place })
}
