package participants

import (
	"context"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
)

// MarkCandidates records, within the caller's writing transaction, that participants are candidates in an election that
// is public. What was recorded before stays.
func (s *Service) MarkCandidates(tx *database.Tx, ids []int64) error {
	return markCandidates(tx, ids, s.now())
}

// Delete deletes a participant that was never a candidate in a published election. The log keeps what it was. Refusals:
// ErrUnknown, ErrWasCandidate, ErrInDraft.
func (s *Service) Delete(ctx context.Context, actor audit.Actor, id int64) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := find(tx, id)
		if err != nil {
			return err
		}
		if err := s.deletable(tx, row); err != nil {
			return err
		}
		if err := remove(tx, id); err != nil {
			return err
		}
		before := Draft{Name: row.Name, ShortName: row.ShortName, Kind: Kind(row.Kind), Color: row.Color}
		return s.log.Append(ctx, tx.SQL(), actor, "participant-deleted", subject(id), map[string]any{"before": before})
	})
}

// Deletable returns why a participant cannot be deleted, as Delete does; nil if it can.
func (s *Service) Deletable(ctx context.Context, id int64) error {
	return s.db.Read(ctx, func(tx *database.Tx) error {
		row, err := find(tx, id)
		if err != nil {
			return err
		}
		return s.deletable(tx, row)
	})
}

func (s *Service) deletable(tx *database.Tx, r row) error {
	if r.CandidateSince != nil {
		return ErrWasCandidate
	}
	found, err := s.standing(tx, r.ID)
	if err != nil {
		return err
	}
	if len(found) > 0 { // drafts: a published election would be recorded
		return ErrInDraft.With(messages.RefusalParticipantInDraftNamed(found[0].Title))
	}
	return nil
}
