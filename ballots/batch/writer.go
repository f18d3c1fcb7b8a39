package batch

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"urna/ballots"
	"urna/internal/sqlite"
)

// A group is bounded, so that its first batch does not wait long for the last.
const (
	groupLength = queueLength
	groupLines  = 4_000_000
	// groupSpread is how many times as long as the shortest a group's longest batch may be.
	groupSpread = 16
)

// write applies batches in order, several that wait together where they are alike: walking through the
// ledger once for all of them costs hardly more than once for each.
func (q *queue) write() {
	for q.ctx.Err() == nil {
		group := q.group()
		if group == nil {
			return
		}
		q.count(group)
		for _, j := range group {
			q.release(j)
		}
	}
}

// group waits for the next batch, and takes those along that are ready behind it; nil when the queue stops.
func (q *queue) group() []*job {
	if q.next == nil {
		select {
		case q.next = <-q.order:
		case <-q.ctx.Done():
			return nil
		}
	}
	select {
	case <-q.next.ready:
	case <-q.ctx.Done():
		return nil
	}
	group := []*job{q.next}
	q.next = nil
	for {
		select {
		case q.next = <-q.order:
		default:
			return group
		}
		if !q.joins(group, q.next) {
			return group
		}
		group = append(group, q.next)
		q.next = nil
	}
}

// joins reports whether a batch is ready to be counted together with those before it.
func (q *queue) joins(group []*job, j *job) bool {
	select {
	case <-j.ready:
	default:
		return false
	}
	if group[0].err != nil || j.err != nil || group[0].row.moves() || j.row.moves() {
		return false
	}
	shortest, longest, lines := j.row.Lines, j.row.Lines, j.row.Lines
	for _, other := range group {
		shortest, longest, lines = min(shortest, other.row.Lines), max(longest, other.row.Lines), lines+other.row.Lines
	}
	alike := longest <= groupSpread*shortest || lines <= int64(q.service.chunkLines())
	return alike && lines <= groupLines && len(group) < groupLength
}

// longestWait bounds the growing waits after a fault of the machine, in first waits.
const longestWait = 64

// count applies a group. What does not work out together is counted batch by batch; the one that fails by
// itself says so, and is tried again until it is counted, while later ones wait behind it.
func (q *queue) count(group []*job) {
	err := q.apply(group)
	if err == nil || q.ctx.Err() != nil {
		return
	}
	if len(group) > 1 {
		slog.Error("counting batches together failed; counting them one by one", "first", group[0].row.ID, "batches", len(group), "error", err)
		for _, j := range group {
			q.countAlone(j.row)
		}
		return
	}
	first := q.service.options.RetryAfter
	q.fail(group[0].row, first, err)
	if q.pause(first) {
		q.countAlone(group[0].row)
	}
}

// countAlone counts a batch from the last committed chunk on, as the database has it, until it is counted
// or the queue stops. An earlier job is never taken up: its chunks may not begin where the ledger ends.
func (q *queue) countAlone(row batchRow) {
	first := q.service.options.RetryAfter
	for wait := first; q.ctx.Err() == nil; wait = min(2*wait, longestWait*first) {
		err := q.tryAlone(row.ID)
		if err == nil || q.ctx.Err() != nil {
			return
		}
		q.fail(row, wait, err)
		q.pause(wait)
	}
}

func (q *queue) tryAlone(id int64) error {
	row, err := findBatch(q.service.db.Reader(q.ctx), id)
	if err != nil || row.settled() {
		return err
	}
	j := newJob(row)
	defer j.close()
	q.service.prepare(q.ctx, j)
	return q.apply([]*job{j})
}

// fail says of a batch that it waits for the machine to recover.
func (q *queue) fail(row batchRow, wait time.Duration, err error) {
	slog.Error("counting a batch failed; trying again", "batch", row.ID, "wait", wait, "error", err)
	q.mark(row.ID, true)
	q.service.recordFailure(row)
}

// step is what one transaction counts: a chunk of each batch of a group, nil for one without lines in it,
// with the number of lines that were done of each before; or the error that ended the packing.
type step struct {
	chunks []*ballots.Chunk
	before []int64
	err    error
}

// apply counts the batches of a group, which are ready. The next step is packed while one is written.
func (q *queue) apply(group []*job) error {
	sorted, electorates, before := make([]*ballots.Sorted, len(group)), make([]ballots.Electorate, len(group)), make([]int64, len(group))
	for i, j := range group {
		if j.err != nil {
			return j.err
		}
		sorted[i], electorates[i], before[i] = j.sorted, j.electorate, j.row.done()
	}
	ctx, cancel := context.WithCancel(q.ctx)
	steps := make(chan step)
	q.running.Go(func() {
		defer close(steps)
		q.pack(ctx, steps, ballots.Merge(sorted), electorates, before)
	})
	defer func() { // the packer is gone before the files it reads are closed
		cancel()
		for range steps {
		}
	}()
	for s := range steps {
		if s.err != nil {
			return s.err
		}
		if err := q.service.commit(group, s); err != nil {
			return err
		}
	}
	return q.ctx.Err()
}

// pack sends the steps of a group, until its end or until the writer takes no more.
func (q *queue) pack(ctx context.Context, steps chan<- step, merged *ballots.Sorted, electorates []ballots.Electorate, before []int64) {
	for {
		chunks, err := merged.NextChunks(electorates, q.service.chunkLines())
		if err == nil && chunks == nil {
			return
		}
		select {
		case steps <- step{chunks: chunks, before: before, err: err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		after := make([]int64, len(before))
		for i, c := range chunks {
			after[i] = before[i]
			if c != nil {
				after[i] += c.Lines()
			}
		}
		before = after
	}
}

// chunkLines returns how many lines the next transaction should count.
func (s *Service) chunkLines() int {
	if s.options.WantedLines != nil {
		return max(1, min(s.options.WantedLines(), s.options.ChunkLines))
	}
	return s.options.ChunkLines
}

// commit puts a step into the ledger together with the progress of its batches. The transaction is not
// cancelled by a stop: the step in hand is committed.
func (s *Service) commit(group []*job, p step) error {
	ctx := context.Background()
	elections := map[int64]bool{}
	err := s.db.Write(ctx, func(tx *sqlite.Tx) error {
		for i, c := range p.chunks {
			if c == nil {
				continue
			}
			if err := s.advance(ctx, tx, group[i], p.before[i], c); err != nil {
				return err
			}
			elections[group[i].row.ElectionID] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, c := range p.chunks {
		if c != nil {
			s.queue.mark(group[i].row.ID, false)
		}
	}
	for id := range elections {
		s.options.OnCommit(id)
	}
	return nil
}

// advance puts one batch's chunk into the ledger, or takes it out. One that does not begin where the batch
// stands is refused, whatever the job believes.
func (s *Service) advance(ctx context.Context, tx *sqlite.Tx, j *job, before int64, c *ballots.Chunk) error {
	row, err := findBatch(tx.Gorm(), j.row.ID)
	if err != nil {
		return err
	}
	if row.settled() || row.leaves() != j.row.leaves() || row.done() != before {
		return fmt.Errorf("batch: a chunk of batch %d comes after %d lines, and %d are done in the state %s", row.ID, before, row.done(), row.State)
	}
	put := ballots.Append
	if row.leaves() {
		put = ballots.Retract
	}
	o, err := put(ctx, tx, row.ID, c)
	if err != nil {
		return err
	}
	row.Valid += o.Valid
	row.Invalid += o.Invalid
	row.Duplicates += o.Duplicates
	row.move(c.Lines(), s.options.Now())
	return advance(tx, &row)
}
