package results_test

import (
	"slices"
	"testing"

	"urna/elections"
)

func TestResults_OwnThreshold(t *testing.T) {
	o := newOffice(t)
	e := o.election(t, elections.Parliamentary, 3, func(d *elections.Draft) {
		d.Constituencies[0].Candidacies[1].ThresholdPercent = "7"
	})
	o.cast(t, e, 0, 88, 6, 6) // 6 % pass the election's 5 %, not the coalition's 7 %
	if got := below(t, o, e, 0); !slices.Equal(got, []bool{false, true, false}) {
		t.Errorf("want the second list alone below its own threshold, got %v", got)
	}
}

// TestResults_ThresholdScope has a list with 60 of 100 votes in the small constituency and none in the
// large one: 6 % of the whole election.
func TestResults_ThresholdScope(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*elections.Draft)
		want   [2][]bool // below the threshold, by constituency and list
	}{
		"each constituency": {func(*elections.Draft) {}, [2][]bool{{false, false}, {false, true}}},
		"nationwide, passed": {func(d *elections.Draft) {
			d.Rules.ThresholdScope = elections.AllConstituencies
		}, [2][]bool{{false, false}, {false, false}}},
		"nationwide, missed": {func(d *elections.Draft) {
			d.Rules.ThresholdScope, d.Rules.ThresholdPercent = elections.AllConstituencies, "7"
		}, [2][]bool{{false, true}, {false, true}}},
		"nationwide, missed by declared votes cast": {func(d *elections.Draft) {
			declared := int64(1400)
			d.Rules.ThresholdScope, d.Rules.ThresholdBase = elections.AllConstituencies, "votes-cast"
			d.Constituencies[1].DeclaredVotesCast = &declared
		}, [2][]bool{{false, true}, {false, true}}},
		"nationwide, missed and exempt in one": {func(d *elections.Draft) {
			d.Rules.ThresholdScope, d.Rules.ThresholdPercent = elections.AllConstituencies, "7"
			d.Constituencies[0].Candidacies[1].Exempt = true
		}, [2][]bool{{false, false}, {false, true}}},
		"nationwide, of its own": {func(d *elections.Draft) {
			d.Rules.ThresholdScope = elections.AllConstituencies
			for i := range d.Constituencies {
				d.Constituencies[i].Candidacies[1].ThresholdPercent = "6.1"
			}
		}, [2][]bool{{false, true}, {false, true}}},
		"nationwide, blank ballots in the base": {func(d *elections.Draft) {
			d.Rules.ThresholdScope, d.Rules.ThresholdBase = elections.AllConstituencies, "valid-including-blank"
			d.Rules.BlankBallots, d.Rules.ThresholdPercent = true, "5.99"
		}, [2][]bool{{false, true}, {false, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
				first := d.Constituencies[0]
				first.Name = "Small"
				second := elections.ConstituencyDraft{
					Name: "Large", Seats: 10, RegisteredVoters: 1000, Candidacies: slices.Clone(first.Candidacies),
				}
				d.Constituencies = []elections.ConstituencyDraft{first, second}
				c.change(d)
			})
			o.castIn(t, e, 0, 0, 40, 60)
			blank := 0
			if e.Rules.BlankBallots {
				blank = 10
			}
			o.castIn(t, e, 1, blank, 900, 0)
			for i, want := range c.want {
				if got := below(t, o, e, i); !slices.Equal(got, want) {
					t.Errorf("%s: want below %v, got %v", e.Constituencies[i].Name, want, got)
				}
			}
		})
	}
}

func TestResults_MajorityOfVotesCast(t *testing.T) {
	for base, elected := range map[elections.MajorityBase]bool{
		elections.MajorityOfValid: true, elections.MajorityOfVotesCast: false,
	} {
		o := newOffice(t)
		e := o.election(t, elections.Presidential, 2, func(d *elections.Draft) {
			d.Rules.MajorityBase, d.Rules.BlankBallots = base, true
		})
		o.cast(t, e, 10, 52, 40, 3) // 52 of 92 valid votes, of 105 cast
		if r := o.get(t, e); (r.Winner != 0) != elected {
			t.Errorf("%s: want elected %v, got winner %d", base, elected, r.Winner)
		}
	}
}

func below(t *testing.T, o *office, e *elections.Election, constituency int) []bool {
	t.Helper()
	var found []bool
	for _, candidacy := range o.get(t, e).Constituencies[constituency].Candidacies {
		found = append(found, candidacy.BelowThreshold)
	}
	return found
}
