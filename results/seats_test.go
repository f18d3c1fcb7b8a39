package results_test

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"urna/ballots"
	"urna/elections"
	"urna/results"
)

// drawParts draws an election of any kind with any rules beside the method, and ballots that need not be there: none at all, only
// blank or invalid ones, votes that leave every list below the threshold, and counts so small that they tie.
func drawParts(t *rapid.T, method string) results.Parts {
	e := &elections.Election{ID: 1, Title: "Drawn", Kind: elections.Parliamentary, Confirmations: 1}
	e.Rules = elections.Rules{
		Method:           method,
		ThresholdPercent: rapid.SampledFrom([]string{"0", "5", "1/3", "50", "100"}).Draw(t, "percent"),
		ThresholdBase: rapid.SampledFrom([]string{"none", "valid-party-votes", "valid-including-blank", "votes-cast", "eligible", "quota"}).
			Draw(t, "base"),
		ThresholdComparison: rapid.SampledFrom([]string{">=", ">"}).Draw(t, "comparison"),
		ThresholdScope:      rapid.SampledFrom([]elections.ThresholdScope{elections.EachConstituency, elections.AllConstituencies}).Draw(t, "scope"),
		Majority:            rapid.SampledFrom([]elections.Majority{elections.Absolute, elections.Plurality}).Draw(t, "majority"),
		MajorityBase:        rapid.SampledFrom([]elections.MajorityBase{elections.MajorityOfValid, elections.MajorityOfVotesCast}).Draw(t, "majority base"),
		BlankBallots:        rapid.Bool().Draw(t, "blank ballots"),
	}
	parts, most := rapid.IntRange(1, 3).Draw(t, "constituencies"), 40
	if e.Rules.ThresholdBase == "quota" {
		e.Rules.ThresholdScope = elections.EachConstituency
	}
	if rapid.IntRange(0, 3).Draw(t, "presidential") == 0 {
		e.Kind, parts, most = elections.Presidential, 1, 1
	}
	e.Rules.TieBreak = rapid.SampledFrom(elections.TieBreaks(e.Kind)).Draw(t, "tie break")
	p := results.Parts{Election: e, Tallies: map[int64]ballots.Tally{}}
	lists := rapid.IntRange(1, 5).Draw(t, "lists")
	for i := range parts {
		c := elections.Constituency{ID: int64(i + 1), Name: "Part " + strconv.Itoa(i+1), Seats: rapid.IntRange(1, most).Draw(t, "seats"), RegisteredVoters: 100}
		tally := ballots.Tally{ConstituencyID: c.ID, Votes: map[int]int64{}, Invalid: rapid.Int64Range(0, 2).Draw(t, "invalid")}
		silent := rapid.Bool().Draw(t, "silent")
		if e.Rules.BlankBallots {
			tally.Votes[0] = rapid.Int64Range(0, 3).Draw(t, "blank")
		}
		for k := range lists {
			candidacy := elections.Candidacy{PollNumber: k + 1, ParticipantID: int64(k + 1), Name: "List " + strconv.Itoa(k+1)}
			if e.Kind == elections.Parliamentary {
				candidacy.Weight = rapid.SampledFrom([]string{"", "27/20"}).Draw(t, "weight")
				candidacy.Exempt = rapid.IntRange(0, 5).Draw(t, "exempt") == 0
				candidacy.MaxSeats = rapid.IntRange(0, 3).Draw(t, "most seats")
				candidacy.ThresholdPercent = rapid.SampledFrom([]string{"", "10"}).Draw(t, "own threshold")
			}
			if !silent {
				tally.Votes[k+1] = rapid.Int64Range(0, 6).Draw(t, "votes")
			}
			c.Candidacies = append(c.Candidacies, candidacy)
		}
		e.Constituencies = append(e.Constituencies, c)
		p.Tallies[c.ID] = tally
	}
	return p
}

// unaccounted returns how many of a constituency's seats are neither given nor tied nor unassigned.
func unaccounted(kind elections.Kind, rules elections.Rules, c results.ConstituencyFigure) int {
	rest := c.Seats - c.Unassigned
	for _, candidacy := range c.Candidacies {
		rest -= candidacy.Seats
	}
	open := c.Tie != nil && c.Tie.SettledBy == nil
	if open && (kind == elections.Parliamentary || rules.Majority == elections.Plurality) { // else places in the second round are tied
		rest -= c.Tie.Seats
	}
	return rest
}

// TestSeats_GivenTiedAndUnassignedAreAll draws elections and counts every constituency's seats, in both ways of
// finding them, before and after lots settle the ties.
func TestSeats_GivenTiedAndUnassignedAreAll(t *testing.T) {
	met := map[string]bool{}
	for _, method := range elections.Methods() {
		rapid.Check(t, func(t *rapid.T) {
			p := drawParts(t, method)
			for range 4 { // a lot can bring up a tie of others
				f := accounted(t, p, met)
				lots := settling(p, f)
				if len(lots) == 0 {
					return
				}
				p.Lots = append(p.Lots, lots...)
			}
		})
	}
	for _, sort := range []string{"no ballot", "no vote", "problem", "tie", "settled", "decided", "all given", "unassigned"} {
		if !met[sort] {
			t.Errorf("want constituencies of the sort %q drawn, got none", sort)
		}
	}
}

// accounted fails the test unless every seat is accounted for, and returns the figures. It notes what it met.
func accounted(t *rapid.T, p results.Parts, met map[string]bool) (f *results.Figures) {
	for _, second := range []bool{false, true} {
		var err error
		if f, err = results.Recompute(results.FiguresFormat, p, second); err != nil {
			t.Fatal(err)
		}
		verifierAgrees(t, p, f, second)
		for _, c := range f.Constituencies {
			if rest := unaccounted(p.Election.Kind, p.Election.Rules, c); rest != 0 || c.Unassigned < 0 {
				t.Fatalf("second way %v: want every seat accounted for, %d are not, in %+v", second, rest, c)
			}
			met[sortOf(p.Tallies[c.ID], c)] = true
		}
	}
	return f
}

// sortOf names what a drawn constituency tries.
func sortOf(t ballots.Tally, c results.ConstituencyFigure) string {
	switch {
	case t.Cast() == 0:
		return "no ballot"
	case t.Valid() == t.Votes[0]:
		return "no vote"
	case c.Problem != "":
		return "problem"
	case c.Tie != nil && c.Tie.SettledBy != nil:
		return "settled"
	case c.Tie == nil && c.DecidedTie != nil:
		return "decided"
	case c.Tie != nil:
		return "tie"
	case c.Unassigned > 0:
		return "unassigned"
	default:
		return "all given"
	}
}

// settling draws a lot for each open tie: in the order of the participants.
func settling(p results.Parts, f *results.Figures) (lots []results.Lot) {
	for _, c := range f.Constituencies {
		if c.Tie == nil || c.Tie.SettledBy != nil {
			continue
		}
		lot := results.Lot{
			ID: int64(len(p.Lots) + len(lots) + 1), ConstituencyID: c.ID, Seats: c.Tie.Seats,
			Participants: slices.Sorted(slices.Values(c.Tie.Participants)),
		}
		for _, id := range lot.Participants {
			lot.Votes = append(lot.Votes, p.Tallies[c.ID].Votes[int(id)]) // poll numbers are the participants'
		}
		lots = append(lots, lot)
	}
	return lots
}
