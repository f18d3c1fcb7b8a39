package protocol

import (
	"context"
	"fmt"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// ErrUnknownCoordinator is returned for a coordinator that does not exist.
var ErrUnknownCoordinator = problem.New(problem.NotFound, "unknown-coordinator", messages.RefusalUnknownCoordinator())

// NameCoordinator lets an official settle and explain the protocols of an election, or of one constituency. The caller
// has checked that the account exists and whose name it has. One that is named already stays.
func (s *Service) NameCoordinator(ctx context.Context, by audit.Actor, named Coordinator) (c Coordinator, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, named.ElectionID)
		if err != nil {
			return err
		}
		row := coordinatorRow{ElectionID: e.ID, AccountID: named.AccountID, AccountName: named.Name, NamedAt: s.options.Now().UnixMilli()}
		place := "the whole election"
		if named.ConstituencyID != 0 {
			at := e.Constituency(named.ConstituencyID)
			if at == nil {
				return draftRefusal("constituency_id", messages.FieldChooseConstituencyOfElection())
			}
			row.ConstituencyID, place = &at.ID, at.Name
		}
		before, err := coordinatorsOf(tx, e.ID)
		if err != nil {
			return err
		}
		for i := range before {
			if had := before[i].coordinator(); had.AccountID == named.AccountID && had.ConstituencyID == named.ConstituencyID {
				c = had
				return nil
			}
		}
		if err := insertCoordinator(tx, &row); err != nil {
			return err
		}
		c = row.coordinator()
		return s.log.Append(ctx, tx.SQL(), by, "coordinator-named", fmt.Sprintf("user %d", row.AccountID), map[string]any{
			"election": e.ID, "coordinator": row.ID, "name": row.AccountName, "place": place,
		})
	})
	return c, err
}

// RemoveCoordinator ends what NameCoordinator began. The error for an unknown one is ErrUnknownCoordinator.
func (s *Service) RemoveCoordinator(ctx context.Context, by audit.Actor, id int64) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findCoordinator(tx, id)
		if err == nil && row == nil {
			err = ErrUnknownCoordinator
		}
		if err != nil {
			return err
		}
		return s.removeCoordinator(ctx, tx, by, row)
	})
}

func (s *Service) removeCoordinator(ctx context.Context, tx *database.Tx, by audit.Actor, row *coordinatorRow) error {
	if err := dropCoordinator(tx, row); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), by, "coordinator-removed", fmt.Sprintf("user %d", row.AccountID), map[string]any{
		"election": row.ElectionID, "coordinator": row.ID, "name": row.AccountName,
	})
}

// Coordinators returns the coordinators of an election, by name.
func (s *Service) Coordinators(ctx context.Context, electionID int64) ([]Coordinator, error) {
	rows, err := coordinatorsOf(s.db.Reader(ctx), electionID)
	found := make([]Coordinator, 0, len(rows))
	for i := range rows {
		found = append(found, rows[i].coordinator())
	}
	return found, err
}

// IsCoordinator reports whether an account may settle protocols of a constituency.
func (s *Service) IsCoordinator(ctx context.Context, electionID, constituencyID, accountID int64) (bool, error) {
	return isCoordinator(s.db.Reader(ctx), electionID, constituencyID, accountID)
}

// Moved lets coordinators of constituencies follow them when a change of the election makes them others: became has the
// new id of each, 0 for one that was removed, whose coordinators are removed too.
func (s *Service) Moved(ctx context.Context, tx *database.Tx, by audit.Actor, became map[int64]int64) error {
	rows, err := coordinatorsOfPlaces(tx)
	if err != nil {
		return err
	}
	for i := range rows {
		next, moves := became[*rows[i].ConstituencyID]
		switch {
		case !moves:
		case next == 0:
			err = s.removeCoordinator(ctx, tx, by, &rows[i])
		default:
			rows[i].ConstituencyID = &next
			err = moveCoordinator(tx, &rows[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
