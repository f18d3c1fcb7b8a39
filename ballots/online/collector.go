package online

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"urna/elections"
)

// The group commit of votes: two goroutines, the collector and the committer, and the callers of Cast.
//
//	callers of Cast             collector (collect)                committer (commitGroups)
//	───────────────             ───────────────────                ────────────────────────
//	add ──► incoming ──drain──► look up keys ──► groups
//	    └─► wakeup ───────────► flush ────────── toWriter ───────► one transaction for each flush
//	closer:                     │     ◄───────── idle ◄──────────┤
//	closeElection ─► control ─► │                                  │
//	Service.Stop ─► stopping ─► │ (drains, flushes all,            │
//	                            │  closes toWriter, returns)       │ (commits the last flush, returns)
//	wait on done ◄── refusals ──┘                                  │
//	wait on done ◄── results of the commit ────────────────────────┘
//
// Who owns what:
//
//	mu guards           incoming, closed
//	the collector owns  collector (groups, closedElections, lastFlush, heldSince, committing)
//	the committer owns  the votes of a flush, from toWriter until it has sent on their done channels
//	atomic              pending, flushedAt
//
// At most one flush is with the committer. Meanwhile the groups of the collector grow, so that a slow disk
// gets fewer and larger transactions.

const (
	// maxLookup is how many keys one query looks up.
	maxLookup = 512
	// minGroupDelay is how long the collector holds back ready votes that are fewer than half of the last flush,
	// so that under load two large flushes alternate: one is being committed while the other is collected.
	minGroupDelay = 4 * time.Millisecond
	// lookupDelay is how long new votes wait to be looked up together while the collector could not flush them
	// anyway: a query for each vote costs more than the rest of its work.
	lookupDelay = time.Millisecond
)

// pendingVote is a vote without an answer. It holds no more of the voter than the transaction needs.
type pendingVote struct {
	pair      digest
	candidate string
	byNumber  bool // the candidate is a poll number, even if a candidate has digits for a name
	arrived   time.Time

	electionID     int64
	constituencyID int64
	pollNumber     int
	flag           int64 // of the key
	removals       int64 // of keys, when this one was looked up
	result         error
	done           chan error
}

// voteQueue collects votes into groups and commits them. See the drawing above for its goroutines.
type voteQueue struct {
	service *Service

	mu       sync.Mutex
	incoming []*pendingVote
	closed   bool // by stop; add refuses

	wakeup   chan struct{}       // holds a value while incoming has votes that the collector may not know of
	control  chan controlMessage // to the collector
	toWriter chan []*pendingVote // to the committer, one flush at a time
	idle     chan struct{}       // from the committer, after each flush
	stopping chan struct{}
	stopOnce sync.Once
	pool     sync.Pool

	pending   atomic.Int64 // votes without an answer
	stored    atomic.Int64 // votes since the start
	flushedAt atomic.Int64 // of the last flush, in Unix nanoseconds
	collector collector
}

// collector is the state of the collector's goroutine.
type collector struct {
	groups          groups
	closedElections map[int64]bool
	lastFlush       int       // votes in it
	heldSince       time.Time // since when ready votes are held back; zero if none are
	committing      bool      // a flush is with the committer
}

// controlMessage makes the collector flush everything and then refuse the votes of an election, or accept them
// again. The collector closes done afterwards.
type controlMessage struct {
	electionID int64
	closed     bool
	done       chan struct{}
}

func newVoteQueue(s *Service) *voteQueue {
	return &voteQueue{
		service: s, wakeup: make(chan struct{}, 1), control: make(chan controlMessage),
		toWriter: make(chan []*pendingVote), idle: make(chan struct{}, 1), stopping: make(chan struct{}),
		pool:      sync.Pool{New: func() any { return &pendingVote{done: make(chan error, 1)} }},
		collector: collector{groups: groups{}, closedElections: map[int64]bool{}},
	}
}

// add queues a vote, whose answer comes on its done channel. It returns ErrOverloaded if the queue is full or
// stopped. The caller must release the vote after the answer.
func (q *voteQueue) add(pair digest, candidate string, byNumber bool) (*pendingVote, error) {
	v, ok := q.pool.Get().(*pendingVote)
	if !ok {
		panic("online: a pool of votes holds something else")
	}
	// The clock is read under the lock, so that a drain finds every vote that arrived before it.
	q.mu.Lock()
	v.pair, v.candidate, v.byNumber, v.arrived = pair, candidate, byNumber, q.service.options.Now()
	full := q.pending.Add(1) > int64(q.service.options.MaxWaiting) || q.closed
	if !full {
		q.incoming = append(q.incoming, v)
	}
	first := len(q.incoming) == 1
	q.mu.Unlock()
	if full {
		q.release(v)
		return nil, ErrOverloaded.WithExtra("retry_after", int64(2))
	}
	if first {
		select {
		case q.wakeup <- struct{}{}:
		default: // the collector has not read the last one yet
		}
	}
	return v, nil
}

// release clears an answered vote and returns it to the pool.
func (q *voteQueue) release(v *pendingVote) {
	q.pending.Add(-1)
	*v = pendingVote{done: v.done}
	q.pool.Put(v)
}

// closeElection returns when every earlier vote is answered. Later votes of the election are refused.
func (q *voteQueue) closeElection(electionID int64) {
	q.send(controlMessage{electionID: electionID, closed: true})
}

// reopenElection accepts votes of an election again, as far as its state allows.
func (q *voteQueue) reopenElection(electionID int64) { q.send(controlMessage{electionID: electionID}) }

func (q *voteQueue) send(m controlMessage) {
	m.done = make(chan struct{})
	select {
	case q.control <- m:
		<-m.done
	case <-q.stopping: // the collector flushes everything before it returns
	}
}

// stop makes the collector and the committer flush all pending votes and return. Later votes are refused. It is
// idempotent and does not wait.
func (q *voteQueue) stop() {
	q.stopOnce.Do(func() {
		q.mu.Lock()
		q.closed = true
		q.mu.Unlock()
		close(q.stopping)
	})
}

// collect is the collector's goroutine. It returns after stop, when the committer has all votes.
func (q *voteQueue) collect() {
	defer close(q.toWriter)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var lookup <-chan time.Time
	for {
		timer.Reset(q.flushReady())
		select {
		case <-q.wakeup:
			if q.collector.committing || !q.collector.heldSince.IsZero() {
				lookup = time.After(lookupDelay)
				continue
			}
		case <-lookup:
		case <-timer.C:
		case <-q.idle:
			q.collector.committing = false
		case m := <-q.control:
			q.drain()
			q.flushAll()
			q.collector.closedElections[m.electionID] = m.closed
			close(m.done)
		case <-q.stopping:
			q.drain()
			q.flushAll()
			return
		}
		q.drain()
	}
}

// drain empties incoming: it looks the votes up, answers those that are refused and groups the others.
func (q *voteQueue) drain() {
	q.mu.Lock()
	votes := q.incoming
	q.incoming = nil
	q.mu.Unlock()
	for some := range slices.Chunk(votes, maxLookup) {
		q.group(some)
	}
}

// group looks votes up with one query, answers those that are refused and adds the others to their groups.
func (q *voteQueue) group(votes []*pendingVote) {
	founds, err := findAll(context.Background(), q.service.db.Rows, votes)
	if err != nil {
		slog.Error("voter keys could not be looked up; the voters were told", "error", err)
	}
	now := q.service.options.Now()
	for i, v := range votes {
		refusal := err
		if err == nil {
			refusal = q.check(v, founds[i])
		}
		if refusal != nil {
			v.done <- refusal
			continue
		}
		q.collector.groups.add(v, now)
	}
}

// check checks the key, the period and the candidate, in this order.
func (q *voteQueue) check(v *pendingVote, f found) error {
	switch {
	case !f.known():
		return ErrInvalidKey
	case f.used:
		return ErrKeyUsed
	}
	p, err := q.service.polls.get(context.Background(), f.electionID, v.arrived)
	if err != nil {
		return err
	}
	closed := q.collector.closedElections[f.electionID]
	if closed || p.election.StateAt(v.arrived) != elections.Open || !p.election.Takes(elections.Online) || waitsToOpen(p, q.service) {
		return ErrVotingClosed
	}
	v.electionID, v.constituencyID, v.flag, v.removals = f.electionID, f.constituencyID, f.flag, f.removals
	v.pollNumber, err = p.pollNumber(f.constituencyID, v.candidate, v.byNumber)
	return err
}

// flushReady flushes the ready groups unless a flush is being committed, and returns when to call it again at the
// latest.
func (q *voteQueue) flushReady() time.Duration {
	c := &q.collector
	if c.committing || len(c.groups) == 0 {
		return time.Hour
	}
	now := q.service.options.Now()
	votes, next := c.groups.countReady(now, q.service.options)
	if votes == 0 {
		return next
	}
	if votes < c.lastFlush/2 {
		if c.heldSince.IsZero() {
			c.heldSince = now
		}
		if left := minGroupDelay - now.Sub(c.heldSince); left > 0 && left <= minGroupDelay {
			return left
		}
	}
	q.flush(c.groups.popReady(now, q.service.options))
	return time.Hour
}

// flush sends votes to the committer, which must be idle.
func (q *voteQueue) flush(votes []*pendingVote) {
	q.collector.lastFlush, q.collector.heldSince, q.collector.committing = len(votes), time.Time{}, true
	q.flushedAt.Store(q.service.options.Now().UnixNano())
	q.toWriter <- votes
}

// flushAll flushes every group, ready or not, and returns when all are committed.
func (q *voteQueue) flushAll() {
	for {
		if q.collector.committing {
			<-q.idle
			q.collector.committing = false
		}
		if len(q.collector.groups) == 0 {
			return
		}
		q.flush(q.collector.groups.popAny())
	}
}

// waitsToOpen reports whether an election whose start has passed must not open yet, because the time is in doubt.
func waitsToOpen(p *poll, s *Service) bool {
	return p.election.StateAt(s.options.Transitions()) == elections.Scheduled
}
