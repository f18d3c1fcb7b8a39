package verify

import (
	"context"

	"urna/ballots"
)

// checkDatabase has the engine look for damage, and compares the schema with the program's.
func checkDatabase(ctx context.Context, r *run) error {
	faults, err := r.tx.Check(ctx)
	if err != nil {
		return err
	}
	r.checked(nil, "database: its pages, indexes and references were checked, and its tables and triggers compared with the program's")
	for _, f := range faults {
		r.differs(ballots.Difference{Table: f.Table, Sentence: f.Sentence})
	}
	return nil
}
