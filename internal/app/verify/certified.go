package verify

import (
	"context"
	"errors"
	"fmt"

	"urna/ballots"
	"urna/results"
	bundleverify "urna/results/bundle/verify"
)

// checkCertified compares the stored figures of all certifications with what was certified, and the bundles of those that
// a correction reopened with what was kept. It verifies these bundles.
func checkCertified(ctx context.Context, r *run) error {
	documents, found, err := results.CompareCertified(ctx, r.tx)
	if err != nil {
		return err
	}
	kept, lost, err := r.CompareKeptBundles(ctx, r.tx)
	if err != nil {
		return err
	}
	for _, d := range append(found, lost...) {
		r.differs(d)
	}
	for _, k := range kept {
		report, err := bundleverify.File(k.Path)
		place := ballots.Place(k.ElectionID, 0)
		switch {
		case errors.Is(err, bundleverify.ErrContradiction), err == nil && (report.Figures != k.Figures || report.ElectionID != k.ElectionID):
			r.differs(ballots.Difference{
				Table: "certified_bundles", Row: k.Name(), Place: place, Sentence: fmt.Sprintf("%s: %s: it does not prove its figures: %v", place, k.Name(), err),
			})
		case err != nil:
			return err
		}
	}
	if documents > 0 {
		r.checked(map[string]int64{"figures": documents, "bundles": int64(len(kept))}, "certifications: the stored figures of %d certifications have the SHA-256 "+
			"that was certified; %d bundles of certifications that corrections reopened are the files that were kept, and prove their figures", documents, len(kept))
	}
	return nil
}
