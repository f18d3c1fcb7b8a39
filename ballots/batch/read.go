package batch

import (
	"context"

	"urna/ballots"
	"urna/internal/audit"
	"urna/internal/database"
)

// Batch returns one batch, or ballots.ErrUnknownBatch.
func (s *Service) Batch(ctx context.Context, id int64) (Batch, error) {
	stopped := s.queue.waiting()
	r, err := findBatch(s.db.Reader(ctx), id)
	b := r.batch()
	b.markStopped(stopped)
	return b, err
}

// Batches returns batches, newest first.
func (s *Service) Batches(ctx context.Context, f Filter) ([]Batch, error) {
	stopped := s.queue.waiting()
	return listBatches(s.db.Reader(ctx), f, stopped)
}

// Numbers returns how many batches have each state, and how many ballots of batches are counted, in all elections together.
func (s *Service) Numbers(ctx context.Context) (byState map[State]int64, counted int64, err error) {
	rows, counted, err := countBatches(s.db.Reader(ctx))
	byState = map[State]int64{}
	for _, state := range []State{Waiting, Queued, Processing, Counted, Retracting, Retracted, Restoring, Failed} {
		byState[state] = rows[string(state)]
	}
	return byState, counted, err
}

// Officials returns everybody who has uploaded a batch, by name.
func (s *Service) Officials(ctx context.Context) ([]Official, error) {
	return listOfficials(s.db.Reader(ctx))
}

// InvalidLines returns a batch's lines that do not count, with numbers above after, in the order of
// lines, at most limit. Their poll numbers are votes: while the election shows no counts, they are returned to
// the official who uploaded the batch only. For any other reader shown is false and every poll
// number is NoPollNumber. The error for an unknown id is ballots.ErrUnknownBatch.
func (s *Service) InvalidLines(ctx context.Context, reader audit.Actor, batchID, after int64, limit int) (lines []ballots.InvalidLine, shown bool, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		b, err := findBatch(tx, batchID)
		if err != nil {
			return err
		}
		e, err := s.elections.Within(tx, b.ElectionID)
		if err != nil {
			return err
		}
		shown = reader.ID != 0 && reader.ID == b.OfficialID || e.ShowsCount(s.options.Transitions())
		lines, err = ballots.InvalidLines(ctx, tx, batchID, after, limit)
		return err
	})
	if !shown {
		for i := range lines {
			lines[i].PollNumber = NoPollNumber
		}
	}
	return lines, shown, err
}

// NoPollNumber is in place of a poll number that the reader may not see.
const NoPollNumber = -1
