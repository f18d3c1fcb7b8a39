package batch

import (
	"context"

	"urna/ballots"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
)

// RetractStation retracts every batch of a polling station within the caller's writing transaction, for a reason, or
// returns ballots.ErrStationBeingCounted and retracts none.
func (s *Service) RetractStation(ctx context.Context, tx *database.Tx, actor audit.Actor, e *elections.Election, stationID int64, reason string) error {
	rows, err := batchesOfStation(tx, stationID)
	if err != nil {
		return err
	}
	for i := range rows {
		if rows[i].state() != Counted {
			return ballots.ErrStationBeingCounted
		}
	}
	for i := range rows {
		if err := s.moveRow(ctx, tx, actor, &rows[i], e, reason, retraction); err != nil {
			return err
		}
	}
	return nil
}
