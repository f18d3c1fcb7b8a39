package verify

import (
	"context"

	"urna/ballots"
	"urna/ballots/batch"
)

// checkFiles compares the batches' files with what was accepted.
func checkFiles(ctx context.Context, r *run) error {
	n, differences, err := batch.VerifyFiles(ctx, r.tx, r.SpoolFolder())
	if err != nil {
		return err
	}
	r.checked(map[string]int64{"files": int64(n)}, "files: %d accepted files were read and their SHA-256 compared", n)
	for _, sentence := range differences {
		r.differs(ballots.Difference{Sentence: sentence})
	}
	unknown, err := batch.UnknownFiles(ctx, r.DB, r.SpoolFolder())
	for _, name := range unknown {
		r.checked(nil, "files: spool/%s is not known to the database; it was accepted with another one, or its upload was cut", name)
	}
	return err
}
