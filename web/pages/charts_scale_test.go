package pages

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/results/apportion"
	"urna/web/view"
)

func TestScale_EndsAtAStepAboveTheLargest(t *testing.T) {
	for _, c := range []struct {
		largest results.Fraction
		ticks   string
	}{
		{0, "0 % 1 %"},
		{49_000, "0 % 1 % 2 % 3 % 4 % 5 %"},
		{50_000, "0 % 1 % 2 % 3 % 4 % 5 %"},
		{50_001, "0 % 2 % 4 % 6 %"},
		{243_000, "0 % 5 % 10 % 15 % 20 % 25 %"},
		{310_000, "0 % 10 % 20 % 30 % 40 %"},
		{505_051, "0 % 20 % 40 % 60 %"},
		{1_000_000, "0 % 20 % 40 % 60 % 80 % 100 %"},
	} {
		r := councilResults()
		r.Constituencies[0].ThresholdVotes = 0
		for i := range r.Constituencies[0].Candidacies {
			r.Constituencies[0].Candidacies[i].Share = min(r.Constituencies[0].Candidacies[i].Share, c.largest)
		}
		for i := range r.Participants {
			r.Participants[i].Share = min(r.Participants[i].Share, c.largest)
		}
		r.Participants[0].Share = c.largest
		var got []string
		for _, tick := range newScale(r).ticks() {
			got = append(got, tick.Text.String())
		}
		if strings.Join(got, " ") != c.ticks {
			t.Errorf("%d: want the ticks %s, got %s", c.largest, c.ticks, got)
		}
	}
}

// allocated computes the results of an election as package results does, from the votes of each constituency.
func allocated(t *testing.T, e *elections.Election, votes map[int64][]int64) *results.Results {
	t.Helper()
	r := &results.Results{Election: e, State: elections.Counting, Provisional: true}
	sums := map[int64]int64{}
	for i := range e.Constituencies {
		c := &e.Constituencies[i]
		part := results.Constituency{ID: c.ID, Name: c.Name, Seats: c.Seats, Unassigned: c.Seats}
		in := apportion.Input{Method: apportion.DHondt, Seats: c.Seats, Eligible: 1000, Threshold: apportion.Threshold{
			Base: apportion.Base(e.Rules.ThresholdBase), Comparison: apportion.Comparison(e.Rules.ThresholdComparison),
		}}
		in.Threshold.Percent, _ = apportion.ParseRatio(e.Rules.ThresholdPercent)
		for k, n := range votes[c.ID] {
			list := apportion.List{Votes: n, Exempt: c.Candidacies[k].Exempt}
			if own := c.Candidacies[k].ThresholdPercent; own != "" {
				ratio, _ := apportion.ParseRatio(own)
				list.ThresholdPercent = &ratio
			}
			in.Lists = append(in.Lists, list)
			part.Ballots.Valid += n
		}
		in.Invalid = 40
		a, err := apportion.Allocate(in)
		if err != nil {
			t.Fatal(err)
		}
		part.Allocation, part.ThresholdVotes, part.Unassigned = &a, a.ThresholdVotes, a.Unassigned
		for k, n := range votes[c.ID] {
			part.Candidacies = append(part.Candidacies, results.Candidacy{
				Candidacy: c.Candidacies[k], Votes: n, Share: results.NewFraction(n, part.Ballots.Valid), Seats: a.Seats[k], BelowThreshold: a.BelowThreshold[k],
			})
			sums[c.Candidacies[k].ParticipantID] += n
		}
		r.Ballots.Valid += part.Ballots.Valid
		r.Constituencies = append(r.Constituencies, part)
	}
	for id := int64(1); sums[id] > 0; id++ {
		r.Participants = append(r.Participants, results.Participant{ID: id, Name: fmt.Sprint("List ", id), Votes: sums[id], Share: results.NewFraction(sums[id], r.Ballots.Valid)})
	}
	return r
}

// TestThreshold_TheLineSaysWhoIsOut compares bars with lines as a reader does, for every base and comparison, with
// lists that are exempt or have a threshold of their own: a bar ends before its line exactly where the list is out.
func TestThreshold_TheLineSaysWhoIsOut(t *testing.T) {
	met := map[bool]int{}
	for _, base := range []string{"valid-party-votes", "valid-including-blank", "votes-cast", "eligible", "quota", "none"} {
		for _, comparison := range []string{">=", ">"} {
			for _, percentage := range []string{"5", "1/3", "12.5", "40"} {
				e := council()
				e.Rules = elections.Rules{Method: "dhondt", ThresholdPercent: percentage, ThresholdBase: base, ThresholdComparison: comparison}
				e.Constituencies[0].Candidacies = nil
				for i, c := range []elections.Candidacy{{}, {}, {}, {ThresholdPercent: "30"}, {Exempt: true}, {}, {}} {
					c.PollNumber, c.ParticipantID, c.Name = i+1, int64(i+1), fmt.Sprint("List ", i+1)
					e.Constituencies[0].Candidacies = append(e.Constituencies[0].Candidacies, c)
				}
				r := allocated(t, e, map[int64][]int64{7: {200, 100, 50, 45, 4, 3, 38}})
				table := resultsLive(r).Overall
				for i, row := range table.Rows {
					candidacy := byVotes(r.Constituencies[0].Candidacies)[i]
					switch {
					case row.Line == "": // exempt, no threshold, or one above all votes
						if candidacy.BelowThreshold && r.Constituencies[0].ThresholdVotes <= r.Ballots.Valid && candidacy.ThresholdPercent == "" {
							t.Errorf("%s %s %s %%: want a line that says why %s is out", base, comparison, percentage, row.Name)
						}
					case (length(t, row.Bar) < length(t, row.Line)) != candidacy.BelowThreshold:
						t.Errorf("%s %s %s %%: %s has a bar of %s and a line at %s, and below the threshold is %t", base, comparison, percentage, row.Name,
							row.Bar, row.Line, candidacy.BelowThreshold)
					default:
						met[candidacy.BelowThreshold]++
					}
				}
			}
		}
	}
	if met[true] < 50 || met[false] < 50 {
		t.Errorf("want many bars on both sides of lines, got %v", met)
	}
}

func length(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestThreshold_OnlyWhereItIsMeasured draws an election of two constituencies, with a threshold in each of them or
// over both.
func TestThreshold_OnlyWhereItIsMeasured(t *testing.T) {
	e := council()
	e.Rules.ThresholdBase = "valid-party-votes"
	second := e.Constituencies[0]
	second.ID, second.Name = 8, "South"
	e.Constituencies = append(e.Constituencies, second)
	votes := map[int64][]int64{7: {600, 300, 100}, 8: {500, 450, 50}}
	inEach := allocated(t, e, votes)
	each := resultsLive(inEach)
	if each.Overall.Line != nil || each.Parts[0].Table.Line == nil {
		t.Errorf("want a line in each constituency and none over both, got %+v, %+v", each.Overall, each.Parts[0].Table)
	}
	if want := "The threshold is measured in each constituency"; !strings.Contains(each.Overall.Note.String(), want) {
		t.Errorf("want it said that %q, got %q", want, each.Overall.Note)
	}
	if want := "The threshold is 50 votes (5.00 % of the valid votes). The dashed line marks it."; !strings.HasPrefix(each.Parts[0].Table.Note.String(), want) {
		t.Errorf("want %q, got %q", want, each.Parts[0].Table.Note)
	}
	e.Rules.ThresholdScope = elections.AllConstituencies
	r := allocated(t, e, votes)
	r.Threshold = &results.Threshold{Base: 2000, Votes: 100}
	for i := range r.Constituencies {
		r.Constituencies[i].ThresholdVotes = 0
	}
	all := resultsLive(r)
	if all.Overall.Line == nil || all.Overall.Line.Text.String() != "threshold 5.00 %" || all.Parts[0].Table.Line != nil {
		t.Errorf("want a line over both and none in each, got %+v, %+v", all.Overall.Line, all.Parts[0].Table.Line)
	}
	if want := "The threshold is measured over the whole election, not in this constituency."; all.Parts[0].Table.Note.String() != want {
		t.Errorf("want %q, got %q", want, all.Parts[0].Table.Note)
	}
	// The bars of a page share one scale.
	if !reflect.DeepEqual(all.Overall.Ticks, all.Parts[1].Table.Ticks) {
		t.Error("want one scale for all bars of the page")
	}
	if exempt := all.Overall.Rows[2]; exempt.Line != "" || all.Overall.Rows[0].Line == "" {
		t.Errorf("want no line at the bar of an exempt list, got %+v", exempt)
	}
	// A threshold above all votes has no place on the scale; the page says so.
	r.Threshold.Votes = 3000
	if beyond := resultsLive(r).Overall; beyond.Line != nil || !strings.Contains(beyond.Note.String(), "more than all valid votes") {
		t.Errorf("want it said that no list can pass, got %+v", beyond)
	}
}

// TestMajority_TheLineIsHalfOfWhatTheLawSays draws a presidential count whose majority is of the valid votes, or of all
// votes cast.
func TestMajority_TheLineIsHalfOfWhatTheLawSays(t *testing.T) {
	r := presidential()
	r.MajorityBase = 9900
	table := resultsLive(r).Overall
	if table.Line == nil || table.Line.Text.String() != "majority: more than 50.00 %" || table.Rows[0].Line != "83.33%" || table.Rows[0].Bar != "84.18%" {
		t.Errorf("want the line at half of the valid votes, below the leader's bar, got %+v, %+v", table.Line, table.Rows[0])
	}
	r.MajorityBase, r.Election.Rules.MajorityBase = 12_000, elections.MajorityOfVotesCast
	table = resultsLive(r).Overall
	if table.Line == nil || table.Line.Text.String() != "majority: more than 60.61 %" || !strings.Contains(table.Note.String(), "more than half of the votes cast: more than "+messages.Integer(6000).String()+" votes") {
		t.Errorf("want the line at half of the votes cast, got %+v, %q", table.Line, table.Note)
	}
	r.Election.Rules.Majority, r.MajorityBase = elections.Plurality, 0
	if table := resultsLive(r).Overall; table.Line != nil {
		t.Errorf("want no line where the most votes win, got %+v", table.Line)
	}
}

// TestBars_NoTrackReadsAsEverything looks at the drawn page: axes with percentages, and no bar behind a bar.
func TestBars_NoTrackReadsAsEverything(t *testing.T) {
	for name, page := range map[string]string{
		"one constituency": render(t, view.LiveFragment(resultsLive(councilResults()))), "several": render(t, view.LiveFragment(resultsLive(provinces()))),
		"presidential": render(t, view.LiveFragment(resultsLive(presidential()))),
	} {
		if strings.Contains(page, `class="track"`) {
			t.Errorf("%s: want no track behind the bars", name)
		}
		tables, axes := strings.Count(page, `<table class="result-table in-3`), strings.Count(page, `class="axis"`)
		if tables == 0 || tables != axes || !regexp.MustCompile(`(?s)class="axis".*?>60 %</text>`).MatchString(page) {
			t.Errorf("%s: want an axis in each of %d tables, got %d", name, tables, axes)
		}
	}
}
