package batch

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"urna/ballots"
	"urna/internal/database"
)

// write applies batches in order, several that wait together where they are alike: walking through the
// ledger once for all of them costs hardly more than once for each.
func (q *queue) write() {
	for q.ctx.Err() == nil {
		group := q.coalesce()
		if group == nil {
			return
		}
		q.count(group)
		for _, j := range group {
			q.release(j)
		}
	}
}

// maxRetryFactor bounds the growing waits after a fault of the machine, in first waits.
const maxRetryFactor = 64

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
	for wait := first; q.ctx.Err() == nil; wait = min(2*wait, maxRetryFactor*first) {
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

// step is what one transaction counts: a bundle, with the number of lines that were done of each batch of
// the group before, or the error that ended the packing.
type step struct {
	bundle *ballots.Bundle
	before []int64
	err    error
}

// apply counts the batches of a group, which are ready. The next step is packed while one is written.
func (q *queue) apply(group []*job) error {
	sorted, sources, before := make([]*ballots.Sorted, len(group)), make([]ballots.Source, len(group)), make([]int64, len(group))
	for i, j := range group {
		if j.err != nil {
			return j.err
		}
		sorted[i], before[i] = j.sorted, j.row.done()
		sources[i] = ballots.Source{BatchID: j.row.ID, Slate: j.slate}
	}
	ctx, cancel := context.WithCancel(q.ctx)
	steps := make(chan step)
	q.running.Go(func() {
		defer close(steps)
		q.pack(ctx, steps, ballots.Merge(sorted), sources, before)
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
		if err := q.service.space.mayCount(); err != nil {
			return err
		}
		if err := q.service.commit(group, s); err != nil {
			return err
		}
	}
	return q.ctx.Err()
}

// pack sends the steps of a group, until its end or until the writer takes no more.
func (q *queue) pack(ctx context.Context, steps chan<- step, merged *ballots.Sorted, sources []ballots.Source, before []int64) {
	for {
		bundle, err := merged.NextBundle(sources, q.service.chunkLines())
		if err == nil && bundle == nil {
			return
		}
		select {
		case steps <- step{bundle: bundle, before: before, err: err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		after := make([]int64, len(before))
		for i := range before {
			after[i] = before[i] + bundle.Lines(i)
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

// commit puts a step into the ledger, or takes it out, together with the progress of its batches. The
// transaction is not cancelled by a stop: the step in hand is committed.
func (s *Service) commit(group []*job, p step) error {
	ctx := context.Background()
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		rows, err := readProgress(tx, group, p)
		if err != nil {
			return err
		}
		outcomes, err := applyBundle(ctx, tx, group[0].row, p.bundle)
		if err != nil {
			return err
		}
		for i, row := range rows {
			row.add(outcomes[row.ID])
			delete(outcomes, row.ID)
			row.move(p.bundle.Lines(i), s.options.Now())
			if err := advance(tx, row); err != nil {
				return err
			}
		}
		return addToSums(ctx, tx, outcomes)
	})
	if err != nil {
		return err
	}
	for i, j := range group {
		if p.bundle.Lines(i) > 0 {
			s.queue.mark(j.row.ID, false)
		}
	}
	s.options.OnCommit(group[0].row.ElectionID)
	return nil
}

// readProgress reads, by their places, the batches that have lines in a step. A step that does not begin where they
// end is refused, whatever the jobs hold.
func readProgress(tx *database.Tx, group []*job, p step) (map[int]*batchRow, error) {
	rows := map[int]*batchRow{}
	for i, j := range group {
		if p.bundle.Lines(i) == 0 {
			continue
		}
		row, err := findBatch(tx, j.row.ID)
		if err != nil {
			return nil, err
		}
		if row.settled() || row.leaves() != j.row.leaves() || row.done() != p.before[i] {
			return nil, fmt.Errorf("batch: a chunk of batch %d comes after %d lines, and %d are done in the state %s", row.ID, p.before[i], row.done(), row.State)
		}
		rows[i] = &row
	}
	return rows, nil
}

// applyBundle puts a bundle into the ledger, or takes it out: a batch that leaves is alone in its group. It returns what
// each batch gains, by id.
func applyBundle(ctx context.Context, tx *database.Tx, first batchRow, b *ballots.Bundle) (map[int64]ballots.Outcome, error) {
	if first.leaves() {
		return ballots.Retract(ctx, tx, first.ID, b.Only())
	}
	return ballots.Append(ctx, tx, b)
}
