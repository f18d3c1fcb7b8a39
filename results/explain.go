package results

import (
	"urna/elections"
	"urna/results/apportion"
	"urna/results/explanation"
)

// Explain returns how the seats of a constituency came about; nil if there are no seats to explain: in a presidential
// election, without a vote, for an unknown constituency.
func (r *Results) Explain(constituencyID int64) (*explanation.Text, error) {
	for i := range r.Constituencies {
		result := &r.Constituencies[i]
		if result.ID != constituencyID || result.Allocation == nil || r.Election.Kind != elections.Parliamentary {
			continue
		}
		in, err := allocationInput(r.Election, &r.Election.Constituencies[i], *result, r.Threshold)
		if err != nil {
			return nil, err
		}
		if result.Lot != nil {
			in.Lots = []apportion.Lot{drawn(result.Lot, result.Candidacies)}
		}
		return explanation.New(in, *result.Allocation)
	}
	return nil, nil //nolint:nilnil // nothing to explain is no error
}
