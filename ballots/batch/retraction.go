package batch

import (
	"context"
	"fmt"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// maxReason is the longest reason in characters.
const maxReason = 500

// Retract takes a whole batch out of the count, for a reason that stays with it: its ballots go to the next
// lines that claim them, if there are any. Nothing of the batch is deleted. It happens in chunks, in the state
// Retracting. Refusals: ErrNotCounted, ballots.ErrUnknownBatch, a missing reason, and
// ErrElectionTakesNoBatches once the election is certified.
func (s *Service) Retract(ctx context.Context, actor audit.Actor, id int64, reason string) (Batch, error) {
	return s.move(ctx, actor, id, reason, Counted, Retracting, ErrNotCounted)
}

// Restore puts a retracted batch back in its place, by its file: it takes the GUIDs back that later lines
// hold meanwhile. Refusals are those of Retract, with ErrNotRetracted.
func (s *Service) Restore(ctx context.Context, actor audit.Actor, id int64, reason string) (Batch, error) {
	return s.move(ctx, actor, id, reason, Retracted, Restoring, ErrNotRetracted)
}

func (s *Service) move(ctx context.Context, actor audit.Actor, id int64, reason string, from, to State, refusal error) (Batch, error) {
	reason = text.Trim(reason)
	var c problem.Checks
	switch mistake := problem.InTextWithin(reason, maxReason); {
	case reason == "":
		c.Add("reason", messages.FieldReasonNeeded())
	case !mistake.IsZero():
		c.Add("reason", mistake)
	}
	if err := c.Err(); err != nil {
		return Batch{}, err
	}
	var row batchRow
	err := s.db.Write(ctx, func(tx *database.Tx) (err error) {
		if row, err = findBatch(tx, id); err != nil {
			return err
		}
		e, err := s.elections.Within(tx, row.ElectionID)
		if err != nil {
			return err
		}
		switch {
		case e.StateAt(s.options.Now()) == elections.Certified:
			return ErrElectionTakesNoBatches.With(messages.RefusalElectionTakesNoBatchesCountFinal())
		case row.State != string(from):
			return refusal
		}
		row.State, row.Reason = string(to), reason
		switch { // a batch without lines is there at once
		case row.Lines == 0 && to == Retracting:
			row.State = string(Retracted)
		case row.Lines == 0:
			row.State = string(Counted)
		}
		if err := request(tx, id, State(row.State), reason); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			s.queue.wake()
			s.options.OnCommit(row.ElectionID)
		})
		return s.log.Append(ctx, tx.SQL(), actor, "batch-"+string(to), fmt.Sprintf("batch %d", id),
			map[string]any{"election": row.ElectionID, "reason": reason})
	})
	return row.batch(), err
}
