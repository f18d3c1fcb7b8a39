package results_test

import (
	"pgregory.net/rapid"

	"urna/results"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// verifierAgrees fails the test unless the verifier of bundles, which has its own computation, comes to the same figures
// to the last byte.
func verifierAgrees(t *rapid.T, p results.Parts, want *results.Figures, second bool) {
	definition, _, err := results.EncodeDefinition(p.Election)
	if err != nil {
		t.Fatal(err)
	}
	election, err := format.ReadDefinition(definition)
	if err != nil {
		t.Fatal(err)
	}
	parts := verify.Parts{Format: want.Format, Election: election, Tallies: map[int64]verify.Tally{}, Batches: want.Batches, Sums: want.Sums, Seed: want.Seed}
	for id, tally := range p.Tallies {
		parts.Tallies[id] = verify.Tally{Votes: tally.Votes, Online: tally.Online, Invalid: tally.Invalid, Duplicates: tally.Duplicates}
	}
	for _, l := range p.Lots {
		parts.Lots = append(parts.Lots, format.LotFigure{
			ID: l.ID, ConstituencyID: l.ConstituencyID, Seats: l.Seats, Participants: l.Participants, Votes: l.Votes, Seeded: l.Seeded, Formula: l.Formula,
		})
	}
	got, err := parts.Figures(second)
	if err != nil {
		t.Fatal(err)
	}
	wanted, _, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	written, _, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if string(wanted) != string(written) {
		t.Fatalf("want the verifier to agree (second %v). %s", second, format.Difference(wanted, written))
	}
}
