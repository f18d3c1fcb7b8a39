package batch

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"urna/ballots"
)

// maxQueuedBatches is how many batches wait in memory, and maxQueuedLines how many lines they may have together,
// unless it is a single one; the rest wait in the database.
const (
	maxQueuedBatches = 256
	maxQueuedLines   = 20_000_000
)

// lookEvery is how often the dispatcher looks for acts of other programs on the folder, such as urna approve. A look
// reads two indexes, on a reading connection.
const lookEvery = time.Second

// queue counts batches in the order of acceptance. Its goroutines: a dispatcher that reads the queue
// from the database, workers that parse and sort ahead, and the one writer with a packer of its own. All
// end when the context is cancelled, the writer after the chunk in hand.
type queue struct {
	service *Service
	wakeup  chan struct{} // a batch was accepted
	woken   atomic.Int64  // calls of wake
	looked  atomic.Int64  // what woken was before the dispatcher's last look; set when the batches of that look are handed out
	jobs    chan *job     // to the workers, in order
	order   chan *job     // to the writer, in the same order
	next    *job          // the writer's: taken from order, not counted yet
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	freed   chan struct{}  // a batch left memory
	mu      sync.Mutex     // guards what follows
	lines   int64          // of the batches in memory
	moving  map[int64]bool // batches handed out in the states retracting and restoring
	stopped map[int64]bool // batches that wait for the machine to recover
}

// job is one batch, passed from the dispatcher to a worker and then to the writer.
type job struct {
	row   batchRow
	moves bool // handed out to leave the count or to come back, so that it is on the queue's list of those

	// The worker's, and once ready is closed the writer's.
	ready  chan struct{}
	slate  ballots.Slate
	sorter *ballots.Sorter
	sorted *ballots.Sorted // what the ledger does not have yet; read by the packer
	err    error
}

func newJob(row batchRow) *job { return &job{row: row, ready: make(chan struct{})} }

// close deletes the job's sorted lines.
func (j *job) close() {
	if j.sorter == nil {
		return
	}
	if err := j.sorter.Close(); err != nil {
		slog.Warn("closing a sorted batch failed", "batch", j.row.ID, "error", err)
	}
}

func newQueue(s *Service) *queue {
	q := &queue{
		service: s, wakeup: make(chan struct{}, 1),
		jobs: make(chan *job, maxQueuedBatches), order: make(chan *job, maxQueuedBatches), freed: make(chan struct{}, 1),
		moving: map[int64]bool{}, stopped: map[int64]bool{},
	}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

func (q *queue) start() {
	q.running.Go(q.dispatch)
	for range q.service.options.Workers {
		q.running.Go(q.work)
	}
	q.running.Go(q.write)
	q.running.Go(q.expire)
}

// expire deletes expired uploads once an hour.
func (q *queue) expire() {
	for q.pause(time.Hour) {
		if err := q.service.expire(q.ctx); err != nil {
			slog.Error("deleting expired uploads failed", "error", err)
		}
	}
}

func (q *queue) stop() {
	q.cancel()
	q.running.Wait()
	q.service.spool.presort.close()
	for j := q.next; ; { // what was handed out and is not counted waits in the database
		if j != nil {
			j.close()
		}
		select {
		case j = <-q.order:
		default:
			q.next = nil
			return
		}
	}
}

// wake tells the dispatcher to look for new batches.
func (q *queue) wake() {
	q.woken.Add(1)
	select {
	case q.wakeup <- struct{}{}:
	default: // it has been told already
	}
}

// undispatched reports whether a batch was accepted that the dispatcher has not handed out yet and is about to.
func (q *queue) undispatched() bool { return q.looked.Load() < q.woken.Load() }

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
// they are asked for, by this program or by another one beside it. The database is the queue: ids are given in the one
// writing transaction, so a lower id is never seen later than a higher one.
func (q *queue) dispatch() {
	var last int64
	for q.ctx.Err() == nil {
		woken := q.woken.Load()
		jobs, err := q.due(last)
		if err != nil {
			if q.ctx.Err() == nil {
				slog.Error("read the queue of batches; trying again", "error", err)
			}
			q.pause(q.service.options.RetryAfter)
			continue
		}
		for _, j := range jobs {
			if !q.enqueue(j, woken) {
				return
			}
			last = max(last, j.row.ID)
		}
		q.looked.Store(woken)
		if len(jobs) > 0 {
			continue
		}
		q.rest()
	}
}

// rest waits until something is to be done, at most until the next look.
func (q *queue) rest() {
	look := time.NewTimer(lookEvery)
	defer look.Stop()
	select {
	case <-q.wakeup:
	case <-look.C:
	case <-q.ctx.Done():
	}
}

// due returns the batches above last that wait to be counted, else those that are to leave the count or
// to be retried and are not in the pipeline yet.
func (q *queue) due(last int64) (jobs []*job, err error) {
	db := q.service.db.Reader(q.ctx)
	rows, err := waiting(db, last, maxQueuedBatches)
	if err != nil || len(rows) > 0 {
		for _, row := range rows {
			jobs = append(jobs, newJob(row))
		}
		return jobs, err
	}
	// Read under the lock: the writer commits first and then takes a batch from the list, so that a batch
	// which is not on the list is never seen as it was before the writer came to its end.
	q.mu.Lock()
	defer q.mu.Unlock()
	all, err := leaving(db)
	if err != nil {
		return nil, err
	}
	for _, row := range all {
		if !q.moving[row.ID] {
			q.moving[row.ID] = true
			j := newJob(row)
			j.moves = true
			jobs = append(jobs, j)
		}
	}
	return jobs, nil
}

// enqueue gives a job to the writer's order and then to the workers; false when the queue stops. Where memory
// holds enough it waits, and a group waits no longer for the batches of this look: they are safe in the database.
func (q *queue) enqueue(j *job, look int64) bool {
	for !q.reserve(j.row.Lines) {
		q.looked.Store(look)
		select {
		case <-q.freed:
		case <-q.ctx.Done():
			return false
		}
	}
	for _, to := range []chan *job{q.order, q.jobs} {
		select {
		case to <- j:
		case <-q.ctx.Done():
			return false
		}
	}
	return true
}

// reserve makes room for a batch, if there is some.
func (q *queue) reserve(lines int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.lines > 0 && q.lines+lines > maxQueuedLines {
		return false
	}
	q.lines += lines
	return true
}

// release gives up what a batch took that the writer is done with.
func (q *queue) release(j *job) {
	j.close()
	q.mu.Lock()
	q.lines -= j.row.Lines
	if j.moves { // a batch that was just counted may be on the list already, to be retracted
		delete(q.moving, j.row.ID)
	}
	q.mu.Unlock()
	select {
	case q.freed <- struct{}{}:
	default:
	}
	q.wake() // it may have been asked to move again already, while it was still on the list
}

// work parses and sorts batches ahead of the writer.
func (q *queue) work() {
	for {
		select {
		case j := <-q.jobs:
			q.service.prepare(q.ctx, j)
		case <-q.ctx.Done():
			return
		}
	}
}
