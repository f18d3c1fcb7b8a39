package pages

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
)

func TestResultsLive_SaysWhatATieIsAbout(t *testing.T) {
	live := resultsLive(councilResults())
	want := "The last seat is undecided between Alder and <Cedar>"
	if got := live.Overall.Tie.String(); !strings.HasPrefix(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
	if live.Outcome.Class != view.OutcomeTied {
		t.Errorf("want an undecided outcome while a tie is open, got %+v", live.Outcome)
	}
}

func TestResultsLive_SeatsOfTheHouseAddUp(t *testing.T) {
	live := resultsLive(councilResults())
	bar := live.SeatBar
	if bar.Seats != 10 || bar.Majority != 6 || len(bar.Segments) != 3 {
		t.Fatalf("want ten seats of two lists and one that is tied, got %+v", bar)
	}
	if last := bar.Segments[2]; last.Color != "" || last.X != "90.000%" || last.Width != "10.000%" {
		t.Errorf("want the tied seat without a colour at the end, got %+v", last)
	}
}

// TestResultsLive_HalfCircleFromSixtySeats draws parliaments of several sizes: a bar always, a half circle if it has seats
// enough.
func TestResultsLive_HalfCircleFromSixtySeats(t *testing.T) {
	for _, seats := range []int{1, 59, 60, 250} {
		r := councilResults()
		r.Constituencies[0].Tie, r.Constituencies[0].Seats = nil, seats
		r.Participants[0].Seats, r.Participants[1].Seats = seats, 0
		live := resultsLive(r)
		page := render(t, view.LiveFragment(live))
		if live.SeatBar == nil || !strings.Contains(page, `data-testid="seat-bar"`) || !strings.Contains(page, "majority: "+strconv.Itoa(seats/2+1)+" seat") {
			t.Errorf("%d seats: want a bar with its majority", seats)
		}
		if got := strings.Contains(page, `data-testid="hemicycle"`); got != (seats >= 60) || (live.Seats != nil) != got {
			t.Errorf("%d seats: want a half circle from 60 on, got %t", seats, got)
		}
	}
}

// ofPart is the page of the first constituency.
func ofPart(r *results.Results) view.Live {
	live := newLive(r.Election, r.State)
	addConstituency(&live, r, &r.Constituencies[0])
	return live
}

// A count may have more ballots than voters were registered: the page says so beside the turnout, without a reproach.
func TestTurnout_AboveTheRegisteredIsRemarkedOn(t *testing.T) {
	const remark = "more ballots than registered voters"
	turnout, counted := councilTurnout(), provinces()
	quiet := map[string]templ.Component{
		"home":    view.Home(view.HomePage{Elections: []view.ElectionCard{electionCard(&results.Public{Election: turnout.Election, State: turnout.State, Turnout: turnout})}}),
		"turnout": view.LiveFragment(turnoutLive(turnout)), "results": view.LiveFragment(tabled(counted)), "constituency": view.LiveFragment(ofPart(counted)),
	}
	drawn := map[string]string{}
	for name, page := range quiet {
		drawn[name] = render(t, page)
	}
	turnout.Ballots.RegisteredVoters = turnout.Ballots.Cast - 1
	turnout.Constituencies[0].Ballots.RegisteredVoters = turnout.Constituencies[0].Ballots.Cast - 1
	counted.Ballots.RegisteredVoters = counted.Ballots.Cast - 1
	part := &counted.Constituencies[0]
	part.Ballots.RegisteredVoters = part.Ballots.Cast - 1
	for name, want := range map[string]struct {
		page  templ.Component
		times int
	}{
		"home":         {view.Home(view.HomePage{Elections: []view.ElectionCard{electionCard(&results.Public{Election: turnout.Election, State: turnout.State, Turnout: turnout})}}), 1},
		"turnout":      {view.LiveFragment(turnoutLive(turnout)), 2}, // of the election and of North
		"results":      {view.LiveFragment(tabled(counted)), 1 + 1},  // and of the constituency, in the table
		"constituency": {view.LiveFragment(ofPart(counted)), 1},
	} {
		if got := strings.Count(drawn[name], remark); got != 0 {
			t.Errorf("%s: want no remark on a turnout of 100 %% or less, got %d", name, got)
		}
		if got := strings.Count(render(t, want.page), remark); got != want.times {
			t.Errorf("%s: want %d remarks, got %d", name, want.times, got)
		}
	}
	for _, b := range []results.Ballots{{Cast: 5, RegisteredVoters: 5}, {Cast: 5}} {
		if got := aboveRegistered(b); !got.IsZero() {
			t.Errorf("want no remark on 100 %% or without a number of registered voters, got %q", got)
		}
	}
}

// Between two points nothing is known, so the picture goes in steps; what was not shown is not drawn.
func TestTimeline_DrawsWhatIsKnown(t *testing.T) {
	drawn := timeline(counted(true), []line{{id: 1, name: "Alder"}}, time.UTC)
	if want := "M0,155H100V133H200V110H300V80H400V18V170H0Z"; drawn.Area != want {
		t.Errorf("want all ballots at %s, got %s", want, drawn.Area)
	}
	if want := "M300,125H400V95"; drawn.Lines[0].Path != want {
		t.Errorf("want the list from its first known point on, %s, got %s", want, drawn.Lines[0].Path)
	}
	if rows := drawn.Rows; len(rows) != 5 || rows[4].Cells[1].String() != "–" || !rows[0].Cells[0].Equal(messages.Integer(10050)) {
		t.Errorf("want the same in the table, newest first, got %v", rows)
	}
	for n := range 5 {
		if timeline(counted(true)[:n], nil, time.UTC) != nil {
			t.Errorf("want no picture of %d moments", n)
		}
	}
}

// TestTimeline_LeftOutUntilItHasALine has voting that showed the turnout only end: no list has a line yet, and a legend
// would promise some.
func TestTimeline_LeftOutUntilItHasALine(t *testing.T) {
	var count []results.Point
	for minute, votes := range []map[int64]int64{nil, nil, nil, nil, nil, {1: 60, 2: 30}, {1: 70, 2: 40}} {
		count = append(count, results.Point{At: moment.Add(time.Duration(minute) * time.Minute), Cast: int64(10 + 30*minute), Votes: votes})
	}
	lines := []line{{id: 1, name: "Alder"}, {id: 2, name: "Birch"}, {id: 3, name: "Cedar"}}
	if timeline(count[:5], nil, time.UTC) == nil {
		t.Error("want all ballots drawn while voting goes on")
	}
	for n, what := range map[int]string{5: "none is known", 6: "their votes are known at one moment"} {
		if drawn := timeline(count[:n], lines, time.UTC); drawn != nil {
			t.Errorf("want no picture where %s, got the lines %v", what, drawn.Lines)
		}
	}
	drawn := timeline(count, lines, time.UTC)
	if drawn == nil || len(drawn.Lines) != 2 || len(drawn.Columns) != 4 {
		t.Errorf("want the lines of the two whose votes are known, got %v", drawn)
	}
}

func certify(r *results.Results) { r.State, r.Provisional = elections.Certified, false }

// TestOutcome_SaysWhetherTheLargestListHasAMajority goes through what ten seats can come to.
func TestOutcome_SaysWhetherTheLargestListHasAMajority(t *testing.T) {
	for name, c := range map[string]struct {
		seats      [3]int
		tied, rest int
		change     func(*results.Results)
		lead       string
		class      view.OutcomeClass
		says       string
	}{
		"majority":            {[3]int{6, 4, 0}, 0, 0, certify, "Alder & Friends has a majority with 6 of 10 seats.", view.OutcomeDecided, ""},
		"half is none":        {[3]int{5, 4, 1}, 0, 0, certify, "No list has a majority. Alder & Friends leads with 5 seats, 1 short.", view.OutcomeOpen, ""},
		"two are the largest": {[3]int{4, 4, 2}, 0, 0, certify, "No list has a majority. Alder & Friends and <Cedar> lead with 4 seats each, 2 short.", view.OutcomeOpen, ""},
		"not certified":       {[3]int{6, 4, 0}, 0, 0, nil, "Alder & Friends has a majority with 6 of 10 seats.", view.OutcomeProvisional, "The result is not certified yet."},
		"none, not certified": {[3]int{5, 4, 1}, 0, 0, nil, "No list has a majority. Alder & Friends leads with 5 seats, 1 short.", view.OutcomeProvisional, "not certified yet"},
		"running":             {[3]int{6, 4, 0}, 0, 0, func(r *results.Results) { r.State = elections.Open }, "Alder & Friends has a majority so far, with 6 of 10 seats.", view.OutcomeProvisional, ""},
		"none, running":       {[3]int{5, 4, 1}, 0, 0, func(r *results.Results) { r.State = elections.Open }, "No list has a majority so far. Alder & Friends leads with 5 seats, 1 short.", view.OutcomeProvisional, ""},
		"tied":                {[3]int{5, 4, 0}, 1, 0, nil, "A lot must settle 1 seat. No list has a majority. Alder & Friends leads with 5 seats, 1 short.", view.OutcomeTied, ""},
		"tied, yet majority":  {[3]int{6, 3, 0}, 1, 0, nil, "Alder & Friends has a majority with 6 of 10 seats.", view.OutcomeTied, "A lot must settle 1 seat. The majority does not depend on the tie."},
		"unassigned seats":    {[3]int{3, 2, 0}, 0, 5, certify, "No list has a majority. Alder & Friends leads with 3 seats, 3 short.", view.OutcomeOpen, "5 seats are not assigned."},
		"no seat at all":      {[3]int{0, 0, 0}, 0, 10, certify, "No list has a seat.", view.OutcomeOpen, "10 seats are not assigned."},
	} {
		t.Run(name, func(t *testing.T) {
			r := councilResults()
			for i := range r.Participants {
				r.Participants[i].Seats = c.seats[i]
			}
			r.Constituencies[0].Tie, r.Constituencies[0].Unassigned = nil, c.rest
			if c.tied > 0 {
				r.Constituencies[0].Tie = &results.Tie{Seats: c.tied, Participants: []int64{1, 3}}
			}
			if c.change != nil {
				c.change(r)
			}
			got := outcome(r)
			if got == nil || got.Lead.String() != c.lead || got.Class != c.class || !strings.Contains(messages.Sentences(got.More, got.Later).String(), c.says) {
				t.Errorf("want %q, %q, %q; got %+v", c.lead, c.class, c.says, got)
			}
		})
	}
	silent := councilResults()
	silent.Ballots = results.Ballots{}
	certify(silent)
	if got := outcome(silent); got == nil || got.Class != view.OutcomeOpen || got.Lead.String() != "No seat is assigned." {
		t.Errorf("want it said that there are no votes, got %+v", got)
	}
}

// A person must read at once whether a figure can still change.
func TestOutcome_ClaimsNothingBeforeTheCountIsIn(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*results.Results)
		want   string
		class  view.OutcomeClass
	}{
		"second round":            {func(r *results.Results) {}, "Second round between Alder & Friends and <Cedar>.", view.OutcomeProvisional},
		"second round, certified": {certify, "Second round between Alder & Friends and <Cedar>.", view.OutcomeOpen},
		"batches wait":            {func(r *results.Results) { r.BatchesWaiting = 1 }, "So far: second round between Alder & Friends and <Cedar>.", view.OutcomeProvisional},
		"voting goes on":          {func(r *results.Results) { r.State = elections.Open }, "So far: second round between Alder & Friends and <Cedar>.", view.OutcomeProvisional},
		"winner":                  {func(r *results.Results) { r.Winner, r.SecondRound = 1, nil }, "Alder & Friends has more than half of the valid votes.", view.OutcomeProvisional},
		"winner, certified":       {func(r *results.Results) { r.Winner, r.SecondRound = 1, nil; certify(r) }, "Alder & Friends is elected.", view.OutcomeDecided},
		"winner, batches wait":    {func(r *results.Results) { r.Winner, r.SecondRound, r.BatchesWaiting = 1, nil, 1 }, "Alder & Friends leads so far.", view.OutcomeProvisional},
		"most votes": {func(r *results.Results) {
			r.Winner, r.SecondRound, r.Election.Rules.Majority = 1, nil, elections.Plurality
		}, "Alder & Friends has the most votes.", view.OutcomeProvisional},
		"tie": {func(r *results.Results) {
			r.Constituencies[0].Tie = &results.Tie{Seats: 1, Participants: []int64{1, 3}}
		}, "Undecided: a tie.", view.OutcomeTied},
	} {
		t.Run(name, func(t *testing.T) {
			r := presidential()
			c.change(r)
			got := outcome(r)
			if got == nil || got.Lead.String() != c.want || got.Class != c.class {
				t.Errorf("want %q, %q; got %+v", c.want, c.class, got)
			}
		})
	}
	empty := presidential()
	empty.Ballots = results.Ballots{}
	if got := outcome(empty); got == nil || got.Lead.String() != "No vote is counted yet." || got.Class != view.OutcomeProvisional {
		t.Errorf("want it said that nothing is counted, got %+v", got)
	}
}

func TestOverallTable_FoldsManyListsWithoutSeats(t *testing.T) {
	r := provinces()
	for id := range int64(12) {
		r.Participants = append(r.Participants, results.Participant{ID: 100 + id, Name: "list", Votes: 1})
	}
	all, rest := overallTable(r, newLook(r))
	if rest == nil || len(all.Rows) != 2 || len(rest.Rows) != 13 {
		t.Fatalf("want 2 lists with seats and 13 without, got %d and %v", len(all.Rows), rest)
	}
}
