package online

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"urna/internal/sqlite"
)

// mostInTransaction bounds a group, so that the pages it touches fit into SQLite's memory: pages that do
// not are written to the log early, in an order that tells something.
const mostInTransaction = 4096

// waiting is a vote in the box. It holds no more of the voter than the transaction needs.
type waiting struct {
	pair           digest
	electionID     int64
	constituencyID int64
	pollNumber     int
	result         error
	done           chan error
}

// box holds votes until their group is committed. One goroutine empties it.
type box struct {
	service  *Service
	slot     slot
	incoming chan *waiting
	flushes  chan chan struct{} // whoever sends one waits until the box was empty once
	stopping chan struct{}
	stopOnce sync.Once
	spare    sync.Pool

	// Only the goroutine that empties the box knows these.
	groups map[int64]*group // by constituency
	taken  int              // votes in groups
}

// group are the votes of a constituency that wait to be committed together.
type group struct {
	votes []*waiting
	since time.Time // when the first of them came
}

func newBox(s *Service) *box {
	return &box{
		service: s, incoming: make(chan *waiting, s.options.MostWaiting), flushes: make(chan chan struct{}),
		stopping: make(chan struct{}), groups: map[int64]*group{},
		spare: sync.Pool{New: func() any { return &waiting{done: make(chan error, 1)} }},
	}
}

// put leaves a vote in the box; its caller holds the slot, and gets its answer from done.
func (b *box) put(pair digest, f found, pollNumber int) (*waiting, error) {
	w, ok := b.spare.Get().(*waiting)
	if !ok {
		panic("online: a pool of votes holds something else")
	}
	w.pair, w.electionID, w.constituencyID, w.pollNumber = pair, f.electionID, f.constituencyID, pollNumber
	select {
	case <-b.stopping:
		return nil, ErrOverloaded.WithExtra("retry_after", int64(5))
	default:
	}
	select {
	case b.incoming <- w:
		return w, nil
	default:
		b.recycle(w)
		return nil, ErrOverloaded.WithExtra("retry_after", int64(1))
	}
}

// recycle takes a vote back that was answered, with nothing of it left.
func (b *box) recycle(w *waiting) {
	*w = waiting{done: w.done}
	b.spare.Put(w)
}

// flush returns when every vote that was in the box is committed or refused.
func (b *box) flush() {
	done := make(chan struct{})
	select {
	case b.flushes <- done:
		<-done
	case <-b.stopping: // run commits all of them at its end
	}
}

// stop has run commit what is there and end. Whoever comes later is refused.
func (b *box) stop() { b.stopOnce.Do(func() { close(b.stopping) }) }

// run empties the box until it is stopped.
func (b *box) run() {
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	for {
		clock.Reset(b.patience())
		select {
		case w := <-b.incoming:
			b.take(w)
			b.takeAll()
			b.commitRipe(false)
		case <-clock.C:
			b.commitRipe(false)
		case done := <-b.flushes:
			b.takeAll()
			b.commitRipe(true)
			close(done)
		case <-b.stopping:
			b.slot.shutAll()
			b.takeAll()
			b.commitRipe(true)
			return
		}
	}
}

// take puts a vote into its constituency's group.
func (b *box) take(w *waiting) {
	g := b.groups[w.constituencyID]
	if g == nil {
		g = &group{since: b.service.options.Now()}
		b.groups[w.constituencyID] = g
	}
	g.votes = append(g.votes, w)
	b.taken++
}

// takeAll takes what is waiting at this moment.
func (b *box) takeAll() {
	for {
		select {
		case w := <-b.incoming:
			b.take(w)
		default:
			return
		}
	}
}

// patience returns how long nothing needs to happen.
func (b *box) patience() time.Duration {
	least := time.Hour
	now := b.service.options.Now()
	for _, g := range b.groups {
		// A clock that jumps back must not make a voter wait longer than a whole wait.
		least = min(least, max(0, min(b.service.options.GroupWait, g.since.Add(b.service.options.GroupWait).Sub(now))))
	}
	return least
}

// commitRipe commits the groups that are large enough or have waited long enough, or all of them.
func (b *box) commitRipe(all bool) {
	now := b.service.options.Now()
	var ripe []*waiting
	for constituency, g := range b.groups {
		if !all && len(g.votes) < b.service.options.GroupVotes && now.Sub(g.since) < b.service.options.GroupWait {
			continue
		}
		ripe = append(ripe, g.votes...)
		delete(b.groups, constituency)
	}
	b.taken -= len(ripe)
	for len(ripe) > 0 {
		n := min(len(ripe), mostInTransaction)
		b.commit(ripe[:n])
		ripe = ripe[n:]
	}
}

// commit puts votes on disk in one transaction and answers them. It is not cancelled by anything.
func (b *box) commit(votes []*waiting) {
	changed := map[int64]bool{}
	err := b.service.db.WriteFirst(context.Background(), func(tx *sqlite.Tx) error {
		return record(context.Background(), tx, votes, changed)
	})
	if err != nil {
		slog.Error("a group of votes could not be stored; the voters were told", "error", err)
	}
	for election := range changed {
		b.service.options.OnCommit(election)
	}
	for _, w := range votes {
		if err != nil {
			w.done <- err
			continue
		}
		w.done <- w.result
	}
}

// slot is the opening of the box: votes enter for as long as it takes to look at the clock and to drop
// them; the closer shuts it for an election, and waits for those inside.
type slot struct {
	mutex sync.RWMutex
	shut  map[int64]bool
	all   bool
}

// enter reports whether votes of an election are let in; whoever entered must leave.
func (s *slot) enter(electionID int64) bool {
	s.mutex.RLock()
	if s.all || s.shut[electionID] {
		s.mutex.RUnlock()
		return false
	}
	return true
}

func (s *slot) leave() { s.mutex.RUnlock() }

// close shuts the slot for an election and returns when nobody is inside.
func (s *slot) close(electionID int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.shut == nil {
		s.shut = map[int64]bool{}
	}
	s.shut[electionID] = true
}

// open lets votes of an election in again, where the end was moved in the last moment.
func (s *slot) open(electionID int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.shut, electionID)
}

// shutAll shuts the slot for good.
func (s *slot) shutAll() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.all = true
}
