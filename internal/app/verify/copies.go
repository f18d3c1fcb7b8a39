package verify

import (
	"context"

	"urna/ballots/online"
	"urna/internal/database"
)

// checkCopies says which copies of the log of changes were out of reach of a close: no program can see whether they exist.
func checkCopies(ctx context.Context, r *run) error {
	for _, e := range r.elections {
		left, err := online.LeftCopies(ctx, r.tx, e.ID)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			r.notChecked("whether these copies of the log of changes were destroyed, which the close of election %d could not reach and which tell "+
				"which votes and voter keys came together: %s", e.ID, database.Described(left))
		}
	}
	open, err := online.Unerased(ctx, r.tx.SQL(), r.Elections.Now())
	if err != nil || len(open) == 0 {
		return err
	}
	now, err := r.tx.LogCopies(ctx)
	if err == nil && len(now) > 0 {
		r.notChecked("what these copies of the log of changes tell, which the close of votes will not reach: %s", database.Described(now))
	}
	return err
}
