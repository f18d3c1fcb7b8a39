package pages

import (
	"fmt"
	"strings"
	"time"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/turnout"
	"urna/results"
	"urna/web/view"
)

// moment is when the samples were taken.
var moment = time.Date(2027, 3, 27, 19, 30, 7, 0, time.UTC)

// council is a small parliamentary election with every special rule.
func council() *elections.Election {
	return &elections.Election{
		ID: 4, Title: "Council", Kind: elections.Parliamentary, TimeZone: "Europe/Belgrade", PublicView: elections.TurnoutOnly,
		StartsAt: time.Date(2027, 3, 27, 6, 0, 0, 0, time.UTC), EndsAt: time.Date(2027, 3, 27, 19, 0, 0, 0, time.UTC),
		Channels: []elections.Channel{elections.Batches}, Rehearsal: true,
		Rules: elections.Rules{Method: "dhondt", ThresholdPercent: "5", ThresholdBase: "votes-cast", ThresholdComparison: ">=", BlankBallots: true, TieBreak: []elections.TieBreak{elections.ByLot}},
		Constituencies: []elections.Constituency{{
			ID: 7, ElectionID: 4, Name: "Nationwide", Seats: 10, RegisteredVoters: 20000,
			Candidacies: []elections.Candidacy{
				{PollNumber: 1, ParticipantID: 1, Name: "Alder & Friends", ShortName: "Alder", Color: "#1a7f37"},
				{PollNumber: 2, ParticipantID: 2, Name: "Birch"},
				{PollNumber: 3, ParticipantID: 3, Name: "<Cedar>", Exempt: true, Weight: "27/20", MaxSeats: 2},
			},
		}},
	}
}

func councilBallots() results.Ballots {
	return results.Ballots{Valid: 10000, Blank: 100, Invalid: 50, Duplicates: 3, Cast: 10050, RegisteredVoters: 20000}
}

func councilTurnout() *results.Turnout {
	return &results.Turnout{
		Election: council(), State: elections.Open, UpdatedAt: moment, BatchesWaiting: 2, Count: counted(false),
		Ballots: results.Ballots{Cast: 10050, RegisteredVoters: 20000},
		Constituencies: []results.ConstituencyTurnout{
			{ID: 7, Name: "North", Ballots: results.Ballots{Cast: 10000, RegisteredVoters: 20000}}, {ID: 8, Name: "South", Ballots: results.Ballots{Cast: 50}},
		},
	}
}

// counted is how the council's count went, the votes of each list from the fourth moment on.
func counted(votes bool) []results.Point {
	points := []results.Point{
		{At: moment.Add(-2 * time.Hour), Cast: 1000},
		{At: moment.Add(-90 * time.Minute), Cast: 2500},
		{At: moment.Add(-time.Hour), Cast: 4000},
		{At: moment.Add(-30 * time.Minute), Cast: 6000},
		{At: moment, Cast: 10050},
	}
	if votes {
		points[3].Votes, points[4].Votes = map[int64]int64{1: 3000, 2: 200, 3: 2700}, map[int64]int64{1: 5000, 2: 400, 3: 4500}
	}
	return points
}

// councilResults have a tie for the last seat and a list below the threshold.
func councilResults() *results.Results {
	election := council()
	candidacies := election.Constituencies[0].Candidacies
	return &results.Results{
		Election: election, State: elections.Counting, Provisional: true, UpdatedAt: moment, Ballots: councilBallots(), Count: counted(true),
		Constituencies: []results.Constituency{{
			ID: 7, Name: "Nationwide", Seats: 10, Ballots: councilBallots(), ThresholdVotes: 503, Tie: &results.Tie{Seats: 1, Participants: []int64{1, 3}},
			Candidacies: []results.Candidacy{
				{Candidacy: candidacies[0], Votes: 5000, Share: results.NewFraction(5000, 9900), Seats: 7},
				{Candidacy: candidacies[1], Votes: 400, Share: results.NewFraction(400, 9900), BelowThreshold: true},
				{Candidacy: candidacies[2], Votes: 4500, Share: results.NewFraction(4500, 9900), Seats: 2},
			},
		}},
		Participants: []results.Participant{
			{ID: 1, Name: "Alder & Friends", ShortName: "Alder", Votes: 5000, Share: results.NewFraction(5000, 9900), Seats: 7},
			{ID: 3, Name: "<Cedar>", Votes: 4500, Share: results.NewFraction(4500, 9900), Seats: 2},
			{ID: 2, Name: "Birch", Votes: 400, Share: results.NewFraction(400, 9900)},
		},
	}
}

// provinces are the council's results in four constituencies, certified.
func provinces() *results.Results {
	r := councilResults()
	one := r.Constituencies[0]
	one.Tie = nil
	place := r.Election.Constituencies[0]
	r.Constituencies, r.Election.Constituencies = nil, nil
	for i := range 4 {
		one.ID, one.Name, one.Unassigned = int64(i+1), fmt.Sprintf("Province %d", i+1), 1
		place.ID, place.Name = one.ID, one.Name
		r.Constituencies, r.Election.Constituencies = append(r.Constituencies, one), append(r.Election.Constituencies, place)
	}
	r.State, r.Provisional = elections.Certified, false
	return r
}

// tabled is the page of results with the table of its constituencies.
func tabled(r *results.Results) view.Live {
	live := resultsLive(r)
	addConstituencies(&live, &results.Public{Election: r.Election, State: r.State, Results: r, Turnout: &results.Turnout{}})
	return live
}

// presidential results go to a second round.
func presidential() *results.Results {
	election := council()
	election.Kind = elections.Presidential
	election.Rules = elections.Rules{Majority: elections.Absolute, TieBreak: []elections.TieBreak{elections.ByLot}}
	r := councilResults()
	r.Election = election
	r.SecondRound = []int64{1, 3}
	r.Constituencies[0].Tie, r.Constituencies[0].ThresholdVotes, r.Constituencies[0].Seats = nil, 0, 1
	for i := range r.Constituencies[0].Candidacies {
		c := &r.Constituencies[0].Candidacies[i]
		c.Seats, c.BelowThreshold = 0, false
	}
	for i := range r.Participants {
		r.Participants[i].Seats = 0
	}
	return r
}

// waitingFiles are three: one that is compared, one that was uploaded before, one that is being compared.
func waitingFiles() view.UploadList {
	u := batch.Upload{
		ID: 3, ElectionID: 4, ConstituencyID: 7, FileName: "<station> 7.csv", SHA256: strings.Repeat("cd", 32), Bytes: 41_200, Lines: 1000,
		ReceivedAt: moment, ExpiresAt: moment.Add(24 * time.Hour),
	}
	coming := u
	coming.ID, coming.FileName, coming.Compared = 5, "station 9.csv", 400
	line := func(number int64, poll int32, heldBy int64) ballots.DryRunLine {
		return ballots.DryRunLine{Line: ballots.Line{Number: number, GUID: ballots.GUID{15: byte(number)}, PollNumber: poll}, HeldBy: heldBy}
	}
	u.DryRun = &batch.DryRun{Lines: 1000, AsOf: moment, Waiting: 1, DryRun: ballots.DryRun{
		Outcome: ballots.Outcome{Valid: 980, Invalid: 5, Duplicates: 15}, Repeated: 3,
		ValidLines: []ballots.DryRunLine{line(1, 3, 0), line(2, 0, 0)}, InvalidLines: []ballots.DryRunLine{line(9, 77, 0)},
		DuplicateLines: []ballots.DryRunLine{line(4, 1, 12), line(7, 2, 0)},
	}}
	known := u
	known.ID, known.SameAs, known.FileName = 4, 12, "station 8.csv"
	list := view.UploadList{
		PollURL: "/official/uploads/progress", Items: []view.UploadItem{uploadItem(u, council(), nil), uploadItem(known, council(), nil), uploadItem(coming, council(), nil)},
		All: []string{"3:0", "6:0"}, LeftOut: true,
	}
	list.Items[1].Same = view.SameFile{Batch: 12, Href: "/batches/12"}
	return list
}

// reportedCouncil is a council whose officials have reported for one of two hours, for two of three places.
func reportedCouncil() *turnout.Summary {
	e := council()
	first := turnout.Hour{At: moment, Places: 3, Reported: 2, Voters: 1200, Registered: 4000}
	second := turnout.Hour{At: moment.Add(6 * time.Hour), Places: 3}
	return &turnout.Summary{Election: e, Hours: []turnout.Hour{first, second}, Constituencies: []turnout.Constituency{
		{ID: 7, Name: "North", Hours: []turnout.Hour{first, second}}, {ID: 8, Name: "<South>", Hours: []turnout.Hour{second, second}},
	}}
}
