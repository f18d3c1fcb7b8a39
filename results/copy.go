package results

import (
	"context"

	"urna/ballots"
	"urna/internal/audit"
	"urna/internal/database"
)

// Copy is all that anyone may see of an election at one moment, for a copy of it in another program.
type Copy struct {
	*Public

	// Stations are the polling stations in the order of the election; none in an election without any. Their states are
	// public at any time.
	Stations []ballots.StationRecord
	// Counts has the counts of the polling stations. It is nil without Results, and without polling stations.
	Counts *StationTable
	// Log is the hash of the first event of the audit log. It is the same for as long as a data folder exists.
	Log string
}

// Copy returns the copy of an election, from one snapshot of the database. Errors: elections.ErrUnknownElection, also for
// a draft, and ErrAltered if the figures of a certified election are not those that were certified.
func (s *Service) Copy(ctx context.Context, electionID int64) (c *Copy, err error) {
	begun := s.now()
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		f, err := s.figuresWithin(ctx, tx, electionID)
		if err != nil {
			return err
		}
		c = &Copy{}
		if c.Public, err = s.publicWithin(ctx, tx, f, begun, true); err != nil {
			return err
		}
		if c.Results != nil && c.Results.Altered {
			return ErrAltered
		}
		stations, err := ballots.StationRecordsOf(ctx, tx, []int64{electionID})
		if err != nil {
			return err
		}
		c.Stations = stations[electionID]
		if c.Results != nil && len(c.Stations) > 0 {
			c.Counts = &StationTable{Results: c.Results, Until: c.Until}
			if err := c.Counts.read(ctx, tx, c.Results); err != nil {
				return err
			}
		}
		return audit.EachHash(ctx, tx.SQL(), 1, 1, func(_ int64, hash string) error {
			c.Log = hash
			return nil
		})
	})
	return c, err
}
