package results_test

import (
	"slices"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/database"
)

func TestResults_OwnThreshold(t *testing.T) {
	o := newEnv(t)
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
			o := newEnv(t)
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
		o := newEnv(t)
		e := o.election(t, elections.Presidential, 2, func(d *elections.Draft) {
			d.Rules.MajorityBase, d.Rules.BlankBallots = base, true
		})
		o.cast(t, e, 10, 52, 40, 3) // 52 of 92 valid votes, of 105 cast
		if r := o.get(t, e); (r.Winner != 0) != elected {
			t.Errorf("%s: want elected %v, got winner %d", base, elected, r.Winner)
		}
	}
}

func below(t *testing.T, o *env, e *elections.Election, constituency int) []bool {
	t.Helper()
	var found []bool
	for _, candidacy := range o.get(t, e).Constituencies[constituency].Candidacies {
		found = append(found, candidacy.BelowThreshold)
	}
	return found
}

// TestResults_EachThresholdBase measures 10 % of each base, in each constituency and over the whole election.
// The north has 500 votes for lists, 50 blank and 30 invalid ballots and 1,000 voters; the south 1,200, 20, 10
// and 3,000.
func TestResults_EachThresholdBase(t *testing.T) {
	declared := int64(700)
	for _, c := range []struct {
		base                     string
		declared                 *int64
		north, south, nationwide int64
	}{
		{"none", nil, 0, 0, 0},
		{"valid-party-votes", nil, 50, 120, 170},
		{"valid-including-blank", nil, 55, 122, 177},
		{"votes-cast", nil, 58, 123, 181},
		{"votes-cast", &declared, 70, 123, 193},
		{"eligible", nil, 100, 300, 400},
		{"quota", nil, 63, 600, 170}, // 500 ÷ 8, 1200 ÷ 2, 1700 ÷ 10
	} {
		for _, scope := range []elections.ThresholdScope{elections.EachConstituency, elections.AllConstituencies} {
			o := newEnv(t)
			e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
				d.Rules.ThresholdPercent, d.Rules.ThresholdBase, d.Rules.ThresholdScope, d.Rules.BlankBallots = "10", c.base, scope, true
				north := d.Constituencies[0]
				north.Name, north.Seats, north.RegisteredVoters, north.DeclaredVotesCast = "North", 8, 1000, c.declared
				south := elections.ConstituencyDraft{Name: "South", Seats: 2, RegisteredVoters: 3000, Candidacies: slices.Clone(north.Candidacies)}
				d.Constituencies = []elections.ConstituencyDraft{north, south}
			})
			o.castIn(t, e, 0, 50, 400, 100, 0, 30)
			o.castIn(t, e, 1, 20, 1000, 200, 0, 10)
			r := o.get(t, e)
			got := [3]int64{r.Constituencies[0].ThresholdVotes, r.Constituencies[1].ThresholdVotes, 0}
			want := [3]int64{c.north, c.south, 0}
			if scope == elections.AllConstituencies {
				got, want = [3]int64{0, 0, r.Threshold.Votes}, [3]int64{0, 0, c.nationwide}
			}
			if got != want {
				t.Errorf("%s, %s, declared %v: want thresholds of %v votes, got %v", c.base, scope, c.declared != nil, want, got)
			}
			if final, err := o.results.Final(t.Context(), e.ID); err != nil || len(final.Document) == 0 {
				t.Errorf("want figures, got %v", err)
			}
		}
	}
}

// TestResults_ThresholdOfVotersThatNobodyCounted says so, rather than measure against some of them.
func TestResults_ThresholdOfVotersThatNobodyCounted(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.Rules.ThresholdBase, d.Rules.ThresholdScope = "eligible", elections.AllConstituencies
		d.Constituencies[0].Name = "North"
		south := d.Constituencies[0]
		south.Name = "South"
		d.Constituencies = append(d.Constituencies, south)
	})
	o.cast(t, e, 0, 5, 3)
	err := o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `UPDATE constituencies SET registered_voters = 0 WHERE name = 'South'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.results.Results(t.Context(), e.ID); err == nil || !strings.Contains(err.Error(), "eligible voters is missing") {
		t.Errorf("want the missing number named, got %v", err)
	}
}

// TestResults_MajorityOfDeclaredVotesCast has 52 of 92 valid votes, where the protocols declare more.
func TestResults_MajorityOfDeclaredVotesCast(t *testing.T) {
	for declared, elected := range map[int64]bool{103: true, 104: false} {
		o := newEnv(t)
		e := o.election(t, elections.Presidential, 2, func(d *elections.Draft) {
			d.Rules.MajorityBase, d.Constituencies[0].DeclaredVotesCast = elections.MajorityOfVotesCast, &declared
		})
		o.cast(t, e, 0, 52, 40)
		if r := o.get(t, e); (r.Winner != 0) != elected {
			t.Errorf("%d declared: want elected %v, got winner %d", declared, elected, r.Winner)
		}
	}
}

func TestResults_AnExhaustedListPassesItsSeatsOn(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) { d.Constituencies[0].Candidacies[0].MaxSeats = 3 })
	o.cast(t, e, 0, 90, 10)
	if got := seats(o.get(t, e).Constituencies[0]); !slices.Equal(got, []int{3, 7}) {
		t.Errorf("want no more than 3 seats for a list of three, got %v", got)
	}
}
