package results

import (
	"io"

	"urna/elections"
	"urna/results/apportion"
)

// Explain writes down how the seats of a constituency came about, as apportion.Explain does; nothing where
// there are no seats to explain: in a presidential election, without a vote, for an unknown constituency.
// The errors are those of w.
func (r *Results) Explain(w io.Writer, constituencyID int64) error {
	for i := range r.Constituencies {
		result := &r.Constituencies[i]
		if result.ID != constituencyID || result.Allocation == nil || r.Election.Kind != elections.Parliamentary {
			continue
		}
		in, err := allocationInput(r.Election, &r.Election.Constituencies[i], *result, r.Threshold)
		if err != nil {
			return err
		}
		if result.Lot != nil {
			in.Lots = []apportion.Lot{drawn(result.Lot, result.Candidacies)}
		}
		return apportion.Explain(w, in, *result.Allocation)
	}
	return nil
}
