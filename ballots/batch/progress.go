package batch

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"urna/internal/database"
	"urna/internal/messages"
)

// settled reports whether nothing is left to do for the batch.
func (r *batchRow) settled() bool { return State(r.State) == Counted || State(r.State) == Retracted }

// leaves reports whether the batch is being retracted.
func (r *batchRow) leaves() bool { return State(r.State) == Retracting }

// moves reports whether the batch goes out of the count or comes back into it.
func (r *batchRow) moves() bool { return r.leaves() || State(r.State) == Restoring }

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

// recordFailure tells people that counting a batch waits for the machine to recover.
func (s *Service) recordFailure(stopped batchRow) {
	err := s.db.Write(context.Background(), func(tx *database.Tx) error {
		row, err := findBatch(tx, stopped.ID)
		if err != nil || row.settled() {
			return err
		}
		row.Failure = messages.RefusalCountingStopped().String()
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

// mark remembers whether a batch waits for the machine to recover: on a full disk its row cannot say so.
func (q *queue) mark(id int64, stopped bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if stopped {
		q.stopped[id] = true
	} else {
		delete(q.stopped, id)
	}
}

// waiting returns a look at the batches that wait for the machine to recover. It is taken before their rows
// are read, so that a stop is never told of a row from before it.
func (q *queue) waiting() map[int64]bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return maps.Clone(q.stopped)
}

// markStopped adds to a batch what its row may be unable to say.
func (b *Batch) markStopped(stopped map[int64]bool) {
	if !stopped[b.ID] || b.Settled() {
		return
	}
	b.Failure = messages.RefusalCountingStopped().String()
	if b.State == Queued || b.State == Processing {
		b.State = Failed
	}
}
