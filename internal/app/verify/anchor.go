package verify

import (
	"context"

	"urna/ballots"
)

// checkAnchor compares the database with the anchor beside it, which says how far the database had come when it last
// answered.
func checkAnchor(ctx context.Context, r *run) error {
	if r.Options.Database != "" {
		r.notChecked("whether the database is the last one: a PostgreSQL database has no anchor; compare the head of the log with one that was written down elsewhere (--head)")
		return nil
	}
	lacks, first, err := r.anchor.Compare(ctx, r.tx.SQL())
	if err != nil {
		return err
	}
	for _, sentence := range lacks {
		r.differs(ballots.Difference{Sentence: "anchor: " + sentence})
	}
	switch {
	case first:
		r.notChecked("whether the database is the last one of this folder: no anchor was made yet; the next start of the server makes it")
	case len(lacks) == 0:
		r.checked(nil, "anchor: the database has all that urna.anchor knows of")
	}
	return nil
}
