package online

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"urna/elections"
	"urna/internal/database"
)

// The bounds of what is done at once.
const (
	// mostInTransaction bounds a group, so that the pages it touches fit into SQLite's memory: pages that
	// do not are written to the log early, in an order that tells something.
	mostInTransaction = 4096
	// mostLookedUp is how many keys are looked up at once.
	mostLookedUp = 512
	// gathering is how long a large group waits for another half as large as the one before it: under load,
	// two such groups take turns, one on its way to the disk and one on its way here.
	gathering = 4 * time.Millisecond
	// calling is how long votes wait to be looked up together with others while there is no hurry: a query
	// for each costs more than all the rest of a vote.
	calling = time.Millisecond
)

// waiting is a vote on its way. It holds no more of the voter than the transaction needs.
type waiting struct {
	pair      digest
	candidate string
	byNumber  bool // the candidate is a poll number, whatever anybody is called
	arrived   time.Time

	electionID     int64
	constituencyID int64
	pollNumber     int
	flag           int64 // of the key
	removals       int64 // of keys, when this one was looked up
	result         error
	done           chan error
}

// box takes votes in and has them committed. Two goroutines work for it: the clerk, who looks keys up,
// refuses, and puts what is good into groups, and the writer, who commits one set of groups after the
// other. While the writer is at work, groups grow.
type box struct {
	service  *Service
	slot     sync.Mutex    // held while a vote is dropped in or taken out
	closed   bool          // nothing is dropped in any more
	incoming []*waiting    // nobody has looked at them
	bell     chan struct{} // rung by the first of them
	orders   chan order
	ripe     chan []*waiting // to the writer
	idle     chan struct{}   // from the writer, when it has done what it got
	stopping chan struct{}
	stopOnce sync.Once
	spare    sync.Pool
	inside   atomic.Int64 // votes that wait for their answer
	handed   atomic.Int64 // when votes were last given to the writer, in nanoseconds since 1970
	clerk    clerk
}

// clerk is what the clerk alone knows.
type clerk struct {
	groups  map[int64]*group // by constituency
	shut    map[int64]bool   // elections that take nothing more
	last    int              // votes in the last commit
	waiting time.Time        // since when ripe votes are kept for more to come
	writing bool
}

// group are the votes of a constituency that wait to be committed together.
type group struct {
	votes []*waiting
	since time.Time // when the first of them came
}

// order tells the clerk to commit everything at once and, where an election is named, to take nothing
// more of it, or again.
type order struct {
	electionID int64
	shut       bool
	done       chan struct{}
}

func newBox(s *Service) *box {
	return &box{
		service: s, bell: make(chan struct{}, 1), orders: make(chan order),
		ripe: make(chan []*waiting), idle: make(chan struct{}, 1), stopping: make(chan struct{}),
		spare: sync.Pool{New: func() any { return &waiting{done: make(chan error, 1)} }},
		clerk: clerk{groups: map[int64]*group{}, shut: map[int64]bool{}},
	}
}

// put drops a vote in and returns where its answer comes; ErrOverloaded where there is no room.
func (b *box) put(pair digest, candidate string, byNumber bool) (*waiting, error) {
	w, ok := b.spare.Get().(*waiting)
	if !ok {
		panic("online: a pool of votes holds something else")
	}
	// The slot is held while the clock is looked at, so that whoever takes the votes out finds in the box
	// whatever came before.
	b.slot.Lock()
	w.pair, w.candidate, w.byNumber, w.arrived = pair, candidate, byNumber, b.service.options.Now()
	full := b.inside.Add(1) > int64(b.service.options.MaxWaiting) || b.closed
	if !full {
		b.incoming = append(b.incoming, w)
	}
	first := len(b.incoming) == 1
	b.slot.Unlock()
	if full {
		b.recycle(w)
		return nil, ErrOverloaded.WithExtra("retry_after", int64(2))
	}
	if first {
		select {
		case b.bell <- struct{}{}:
		default: // it rings already
		}
	}
	return w, nil
}

// recycle takes a vote back that was answered, with nothing of it left.
func (b *box) recycle(w *waiting) {
	b.inside.Add(-1)
	*w = waiting{done: w.done}
	b.spare.Put(w)
}

// shut has every vote committed or refused that came before, and all later ones of the election refused.
func (b *box) shut(electionID int64) { b.tell(order{electionID: electionID, shut: true}) }

// reopen lets votes of an election in again; its state decides.
func (b *box) reopen(electionID int64) { b.tell(order{electionID: electionID}) }

func (b *box) tell(o order) {
	o.done = make(chan struct{})
	select {
	case b.orders <- o:
		<-o.done
	case <-b.stopping: // at its end the clerk commits everything
	}
}

// stop has both commit what is there and end. Whoever comes later is refused.
func (b *box) stop() {
	b.stopOnce.Do(func() {
		b.slot.Lock()
		b.closed = true
		b.slot.Unlock()
		close(b.stopping)
	})
}

// run is the clerk's work until the box is stopped.
func (b *box) run() {
	defer close(b.ripe)
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	var called <-chan time.Time
	for {
		clock.Reset(b.offer())
		select {
		case <-b.bell:
			if b.clerk.writing || !b.clerk.waiting.IsZero() {
				called = time.After(calling)
				continue
			}
		case <-called:
		case <-clock.C:
		case <-b.idle:
			b.clerk.writing = false
		case o := <-b.orders:
			b.takeIn()
			b.commitAll()
			b.clerk.shut[o.electionID] = o.shut
			close(o.done)
		case <-b.stopping:
			b.takeIn()
			b.commitAll()
			return
		}
		b.takeIn()
	}
}

// takeIn looks up the votes that have come and puts the good ones into groups.
func (b *box) takeIn() {
	b.slot.Lock()
	votes := b.incoming
	b.incoming = nil
	b.slot.Unlock()
	for some := range slices.Chunk(votes, mostLookedUp) {
		b.sort(some)
	}
}

// sort answers the votes that cannot be counted and puts the others into groups.
func (b *box) sort(votes []*waiting) {
	founds, err := findAll(context.Background(), b.service.db.Rows, votes)
	if err != nil {
		slog.Error("voter keys could not be looked up; the voters were told", "error", err)
	}
	for i, w := range votes {
		refusal := err
		if err == nil {
			refusal = b.decide(w, founds[i])
		}
		if refusal != nil {
			w.done <- refusal
			continue
		}
		g := b.clerk.groups[w.constituencyID]
		if g == nil {
			g = &group{since: b.service.options.Now()}
			b.clerk.groups[w.constituencyID] = g
		}
		g.votes = append(g.votes, w)
	}
}

// decide checks the key, the period and the candidate, in this order.
func (b *box) decide(w *waiting, f found) error {
	switch {
	case !f.known():
		return ErrInvalidKey
	case f.used:
		return ErrKeyUsed
	}
	p, err := b.service.polls.get(context.Background(), f.electionID, w.arrived)
	if err != nil {
		return err
	}
	if b.clerk.shut[f.electionID] || p.election.StateAt(w.arrived) != elections.Open || !p.election.Takes(elections.Online) {
		return ErrVotingClosed
	}
	w.electionID, w.constituencyID, w.flag, w.removals = f.electionID, f.constituencyID, f.flag, f.removals
	w.pollNumber, err = p.pollNumber(f.constituencyID, w.candidate, w.byNumber)
	return err
}

// offer hands the groups that are ripe to the writer where that is idle, and returns how long nothing
// needs to happen.
func (b *box) offer() time.Duration {
	c := &b.clerk
	if c.writing || len(c.groups) == 0 {
		return time.Hour
	}
	now := b.service.options.Now()
	votes, next := c.count(now, b.service.options)
	if votes == 0 {
		return next
	}
	if votes < c.last/2 {
		if c.waiting.IsZero() {
			c.waiting = now
		}
		if left := gathering - now.Sub(c.waiting); left > 0 && left <= gathering {
			return left
		}
	}
	b.hand(c.takeRipe(now, b.service.options, false))
	return time.Hour
}

// ripe reports whether a group need not wait for more.
func (g *group) ripe(now time.Time, o Options) bool {
	// A clock that jumps back must not make a voter wait longer.
	waited := now.Sub(g.since)
	return len(g.votes) >= o.GroupVotes || waited >= o.GroupWait || waited < 0
}

// count returns how many votes are in ripe groups, and when the next group will be.
func (c *clerk) count(now time.Time, o Options) (votes int, next time.Duration) {
	next = time.Hour
	for _, g := range c.groups {
		if g.ripe(now, o) {
			votes += len(g.votes)
		} else {
			next = min(next, g.since.Add(o.GroupWait).Sub(now))
		}
	}
	return votes, next
}

// takeRipe takes the groups that are ripe, or all of them, at most one transaction's worth of votes.
func (c *clerk) takeRipe(now time.Time, o Options, all bool) []*waiting {
	var votes []*waiting
	for constituency, g := range c.groups {
		if !all && !g.ripe(now, o) {
			continue
		}
		room := mostInTransaction - len(votes)
		if len(g.votes) > room {
			votes, g.votes = append(votes, g.votes[:room]...), g.votes[room:]
			break
		}
		votes = append(votes, g.votes...)
		delete(c.groups, constituency)
	}
	return votes
}

// hand gives votes to the writer, which must be idle.
func (b *box) hand(votes []*waiting) {
	b.clerk.last, b.clerk.waiting, b.clerk.writing = len(votes), time.Time{}, true
	b.handed.Store(b.service.options.Now().UnixNano())
	b.ripe <- votes
}

// commitAll returns when everything in the box is committed.
func (b *box) commitAll() {
	for {
		if b.clerk.writing {
			<-b.idle
			b.clerk.writing = false
		}
		if len(b.clerk.groups) == 0 {
			return
		}
		b.hand(b.clerk.takeRipe(time.Time{}, b.service.options, true))
	}
}

// write is the writer's work until the clerk ends.
func (b *box) write() {
	for votes := range b.ripe {
		b.commit(votes)
		b.idle <- struct{}{}
	}
}

// commit puts votes on disk in one transaction and answers them. It is not cancelled by anything.
func (b *box) commit(votes []*waiting) {
	ctx := context.Background()
	var changed map[int64]bool
	err := b.service.db.WritePriority(ctx, func(tx *database.Tx) (err error) {
		changed, err = record(ctx, tx, votes)
		return err
	})
	if err != nil {
		slog.Error("a group of votes could not be stored; the voters were told", "error", err)
	}
	for _, w := range votes {
		if err != nil {
			w.done <- err
			continue
		}
		w.done <- w.result
	}
	for election := range changed {
		b.service.options.OnCommit(election)
	}
}
