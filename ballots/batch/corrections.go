package batch

import (
	"context"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// What this package refuses while a correction of the election is open, beside elections.ErrNotReopened.
var (
	// ErrShared is returned for the retraction of a batch whose ballots a polling station sent too that the correction does
	// not name: they would count there.
	ErrShared = problem.New(problem.Conflict, "ballots-shared", messages.RefusalBallotsShared())
	// ErrOutsideCorrection is returned for the restoration of a batch that the open correction did not move.
	ErrOutsideCorrection = problem.New(problem.Conflict, "batch-outside-correction", messages.RefusalBatchOutsideCorrection())
)

// openCorrection returns the number of an election's open correction, 0 if none is open.
func openCorrection(e *elections.Election) int {
	if !e.Correcting {
		return 0
	}
	return e.Correction
}

// refuseNotReopened refuses, while a correction is open, batches of a place that it does not have counted again.
func (s *Service) refuseNotReopened(tx *database.Tx, e *elections.Election, constituencyID, stationID int64) error {
	if !e.Correcting {
		return nil
	}
	act, err := s.elections.CorrectionAct(tx, e, constituencyID, stationID)
	if err == nil && act == elections.Annul {
		err = elections.ErrNotReopened
	}
	return err
}

// refuseRestoration refuses to bring a batch back whose polling station takes none by now. While a correction is open, it
// brings back only what it moved itself: other batches were not in the certified count, and their ballots may be held by
// stations that the correction does not name. So an annulment that a correction orders can be undone, too, which lets the
// correction end without a change.
func (s *Service) refuseRestoration(tx *database.Tx, e *elections.Election, row *batchRow) error {
	if e.Correcting {
		if _, err := s.elections.CorrectionAct(tx, e, row.ConstituencyID, idOf(row.StationID)); err != nil {
			return err
		}
		if row.Correction != e.Correction {
			return ErrOutsideCorrection
		}
	}
	return s.refuseStation(tx, row)
}

// refuseShared refuses a retraction by which ballots would begin to count in a place that the open correction does not name.
func refuseShared(ctx context.Context, tx *database.Tx, row *batchRow) error {
	shared, err := ballots.HeldForOthers(ctx, tx, row.ElectionID, row.ID)
	if err == nil && shared {
		err = ErrShared
	}
	return err
}
