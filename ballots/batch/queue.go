package batch

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"urna/ballots"
	"urna/internal/sqlite"
)

// queueLength is how many batches wait in memory; the rest wait in the database.
const queueLength = 16

// queue counts batches in the order of acceptance. Its goroutines: a dispatcher that reads the queue
// from the database, workers that parse and sort ahead, and the one writer. All end when the context
// is cancelled, the writer after the chunk in hand.
type queue struct {
	service *Service
	news    chan struct{} // a batch was accepted
	jobs    chan *job     // to the workers, in order
	order   chan *job     // to the writer, in the same order
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	mutex   sync.Mutex
	moving  map[int64]bool // batches handed out in the states retracting and restoring
	stopped map[int64]bool // batches that wait for the machine to recover
}

// job is one batch on its way: the worker sends its chunks, the writer takes them.
type job struct {
	row    batchRow
	chunks chan prepared
	ctx    context.Context
	cancel context.CancelFunc // by the writer, when it takes no more chunks
}

// prepared is a chunk that is ready for the ledger, with the number of the batch's lines before it; or
// the error that ended the worker's run. A channel that is closed without one ends a batch.
type prepared struct {
	chunk  *ballots.Chunk
	before int64
	err    error
}

func newQueue(s *Service) *queue {
	q := &queue{
		service: s, news: make(chan struct{}, 1),
		jobs: make(chan *job, queueLength), order: make(chan *job, queueLength), moving: map[int64]bool{}, stopped: map[int64]bool{},
	}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

func (q *queue) newJob(row batchRow) *job {
	j := &job{row: row, chunks: make(chan prepared, 1)}
	j.ctx, j.cancel = context.WithCancel(q.ctx)
	return j
}

func (q *queue) start() {
	q.running.Go(q.dispatch)
	for range q.service.options.Workers {
		q.running.Go(q.work)
	}
	q.running.Go(q.write)
	q.running.Go(q.expire)
}

// expire lets uploads go whose time is over, now and then.
func (q *queue) expire() {
	for q.pause(time.Hour) {
		if err := q.service.expire(q.ctx); err != nil {
			slog.Error("let expired uploads go", "error", err)
		}
	}
}

func (q *queue) stop() {
	q.cancel()
	q.running.Wait()
}

// wake tells the dispatcher to look for new batches.
func (q *queue) wake() {
	select {
	case q.news <- struct{}{}:
	default: // it has been told already
	}
}

// pause waits and reports whether there is time to go on.
func (q *queue) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-q.ctx.Done():
		return false
	}
}

// dispatch hands out the waiting batches by id, and those that are to leave the count or to come back as
// they are asked for. The database is the queue: ids are given in the one writing transaction, so a lower
// id is never seen later than a higher one.
func (q *queue) dispatch() {
	var last int64
	for q.ctx.Err() == nil {
		rows, err := q.due(last)
		if err != nil {
			if q.ctx.Err() == nil {
				slog.Error("read the queue of batches; trying again", "error", err)
			}
			q.pause(q.service.options.RetryAfter)
			continue
		}
		for _, row := range rows {
			if !q.hand(q.newJob(row)) {
				return
			}
			last = max(last, row.ID)
		}
		if len(rows) > 0 {
			continue
		}
		select {
		case <-q.news:
		case <-q.ctx.Done():
		}
	}
}

// due returns the batches above last that wait to be counted, else those that are to leave the count or
// to come back and are not on their way yet.
func (q *queue) due(last int64) ([]batchRow, error) {
	db := q.service.db.Reader(q.ctx)
	rows, err := waiting(db, last, queueLength)
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	// Read under the lock: the writer commits first and then takes a batch from the list, so that a batch
	// which is not on the list is never seen as it was before the writer came to its end.
	q.mutex.Lock()
	defer q.mutex.Unlock()
	all, err := leaving(db)
	if err != nil {
		return nil, err
	}
	for _, row := range all {
		if !q.moving[row.ID] {
			q.moving[row.ID] = true
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// hand gives a job to the writer's order and then to the workers; false when the queue stops. A full
// channel makes it wait: what is not handed out is safe in the database.
func (q *queue) hand(j *job) bool {
	for _, to := range []chan *job{q.order, q.jobs} {
		select {
		case to <- j:
		case <-q.ctx.Done():
			return false
		}
	}
	return true
}

// work parses and sorts batches ahead of the writer.
func (q *queue) work() {
	for {
		select {
		case j := <-q.jobs:
			q.service.prepare(j)
		case <-q.ctx.Done():
			return
		}
	}
}

// write applies batches strictly in order.
func (q *queue) write() {
	for q.ctx.Err() == nil {
		select {
		case j := <-q.order:
			q.count(j)
			q.mutex.Lock()
			delete(q.moving, j.row.ID)
			q.mutex.Unlock()
			// The batch may have been asked to move again already, while it was still on the list.
			q.wake()
		case <-q.ctx.Done():
		}
	}
}

// longestWait bounds the growing waits after a fault of the machine, in first waits.
const longestWait = 64

// count applies one batch. After a fault of the machine it says so on the batch, waits, and goes on
// from the last committed chunk; later batches wait behind it.
func (q *queue) count(j *job) {
	first := q.service.options.RetryAfter
	for wait := first; ; wait = min(2*wait, longestWait*first) {
		err := q.apply(j)
		j.cancel()
		if err == nil || q.ctx.Err() != nil {
			return
		}
		slog.Error("counting a batch failed; trying again", "batch", j.row.ID, "wait", wait, "error", err)
		q.mark(j.row.ID, true)
		q.service.recordFailure(j.row)
		again, ok := q.again(j.row.ID, wait)
		if !ok {
			return
		}
		q.running.Go(func() { q.service.prepare(again) })
		j = again
	}
}

// mark remembers whether a batch waits for the machine to recover: on a full disk its row cannot say so.
func (q *queue) mark(id int64, stopped bool) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if stopped {
		q.stopped[id] = true
	} else {
		delete(q.stopped, id)
	}
}

// waiting returns a look at the batches that wait for the machine to recover. It is taken before their rows
// are read, so that a stop is never told of a row from before it.
func (q *queue) waiting() map[int64]bool {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return maps.Clone(q.stopped)
}

// tell adds to a batch what its row may be unable to say.
func (b *Batch) tell(stopped map[int64]bool) {
	if !stopped[b.ID] || b.Settled() {
		return
	}
	b.Failure = machineFault
	if b.State == Queued || b.State == Processing {
		b.State = Failed
	}
}

// again waits, and returns a fresh job that goes on from the last committed chunk as the database has
// it, or false where nothing is left to do. The old job is never taken up: its chunks may not begin
// where the ledger ends.
func (q *queue) again(id int64, wait time.Duration) (*job, bool) {
	for q.pause(wait) {
		row, err := findBatch(q.service.db.Reader(q.ctx), id)
		if err == nil {
			return q.newJob(row), !row.settled()
		}
		slog.Error("reading a failed batch failed; trying again", "batch", id, "wait", wait, "error", err)
	}
	return nil, false
}

// apply takes a job's chunks until the batch is counted.
func (q *queue) apply(j *job) error {
	for {
		select {
		case p, more := <-j.chunks:
			switch {
			case !more:
				return j.ctx.Err()
			case p.err != nil:
				return p.err
			}
			if err := q.service.commit(&j.row, p); err != nil {
				return err
			}
		case <-j.ctx.Done():
			return j.ctx.Err()
		}
	}
}

// commit puts one chunk into the ledger together with the batch's progress. The transaction is not
// cancelled by a stop: the chunk in hand is committed. A chunk that does not begin where the batch stands
// is refused, whatever the job believes.
func (s *Service) commit(row *batchRow, p prepared) error {
	ctx := context.Background()
	var next batchRow
	err := s.db.Write(ctx, func(tx *sqlite.Tx) (err error) {
		if next, err = findBatch(tx.Gorm(), row.ID); err != nil {
			return err
		}
		if next.settled() || next.leaves() != row.leaves() || next.done() != p.before {
			return fmt.Errorf("batch: a chunk of batch %d comes after %d lines, and %d are done in the state %s", row.ID, p.before, next.done(), next.State)
		}
		step := ballots.Append
		if next.leaves() {
			step = ballots.Retract
		}
		o, err := step(ctx, tx, row.ID, p.chunk)
		if err != nil {
			return err
		}
		next.Valid += o.Valid
		next.Invalid += o.Invalid
		next.Duplicates += o.Duplicates
		next.move(p.chunk.Lines(), s.options.Now())
		return advance(tx, &next)
	})
	if err != nil {
		return err
	}
	*row = next
	s.queue.mark(row.ID, false)
	s.options.OnCommit(row.ElectionID)
	return nil
}

// settled reports whether nothing is left to do for the batch.
func (r *batchRow) settled() bool { return State(r.State) == Counted || State(r.State) == Retracted }

// leaves reports whether the batch is on its way out of the count.
func (r *batchRow) leaves() bool { return State(r.State) == Retracting }

// done returns how many of the batch's lines are on the side where it goes.
func (r *batchRow) done() int64 {
	if r.leaves() {
		return r.Lines - r.Processed
	}
	return r.Processed
}

// move records that so many lines went into the count, or out of it.
func (r *batchRow) move(lines int64, now time.Time) {
	r.Failure = ""
	if r.leaves() {
		if r.Processed -= lines; r.Processed == 0 {
			r.State, r.CountedAt = string(Retracted), nil
		}
		return
	}
	r.Processed += lines
	switch {
	case r.Processed == r.Lines:
		counted := now.UnixMilli()
		r.State, r.CountedAt = string(Counted), &counted
	case r.State != string(Restoring):
		r.State = string(Processing)
	}
}

// machineFault is what people read of a batch that waits for the machine to recover.
const machineFault = "Counting stopped because of a fault of this machine, such as a full disk. " +
	"It is tried again by itself; nothing is lost. The server's log has the details."

// recordFailure tells people that counting a batch waits for the machine to recover.
func (s *Service) recordFailure(stopped batchRow) {
	err := s.db.Write(context.Background(), func(tx *sqlite.Tx) error {
		row, err := findBatch(tx.Gorm(), stopped.ID)
		if err != nil || row.settled() {
			return err
		}
		row.Failure = machineFault
		if row.State != string(Retracting) && row.State != string(Restoring) {
			row.State = string(Failed)
		}
		return advance(tx, &row)
	})
	if err != nil {
		slog.Error("record a batch's failure", "batch", stopped.ID, "error", err)
	}
	s.options.OnCommit(stopped.ElectionID)
}
