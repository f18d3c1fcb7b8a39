package pages

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
)

// correctedCouncil is a certified correction of the council in two constituencies, which moved a seat, and one that was
// ended.
func correctedCouncil() (*elections.Election, []elections.Correction, results.Comparison) {
	e := council()
	south := e.Constituencies[0]
	e.Constituencies[0].Name, e.Constituencies[0].HasStations = "North", true
	south.ID, south.Name = 8, "South"
	e.Constituencies = append(e.Constituencies, south)
	ended := moment
	found := []elections.Correction{
		{
			Number: 2, Reason: "A sealed bag of ballots was found behind the stage of the school.", OrderedBy: "District court, decision 7/2027 of 2 April",
			Figures: strings.Repeat("ab", 32), OpenedBy: "Ada Byron <ada@example.org>", ApprovedBy: "Grace Hopper <grace@example.org>", OpenedAt: moment,
			CertifiedAt: &ended, Constituencies: []int64{8}, Stations: []elections.CorrectedStation{
				{StationID: 1, ConstituencyID: 7, Act: elections.Recount}, {StationID: 2, ConstituencyID: 7, Act: elections.Annul}, {ConstituencyID: 8, Act: elections.Repeat},
			},
		},
		{
			Number: 3, Reason: "A voter complained.", OrderedBy: "The commission", Figures: strings.Repeat("cd", 32), OpenedBy: "Ada Byron", OpenedAt: moment,
			EndedAt: &ended, EndedBy: "Ada Byron", EndReason: "The complaint was withdrawn.", Stations: []elections.CorrectedStation{{StationID: 1, ConstituencyID: 7, Act: elections.Recount}},
		},
	}
	figures := func(alder, birch int64, seats int) *results.Figures {
		b := results.BallotFigures{Valid: alder + birch, Cast: alder + birch + 30, Invalid: 30}
		return &results.Figures{
			Ballots: b,
			Participants: []results.ParticipantFigure{
				{ParticipantID: 1, Name: "Alder & Friends", Votes: alder, Seats: seats},
				{ParticipantID: 2, Name: "Birch", Votes: birch, Seats: 10 - seats},
				{ParticipantID: 3, Name: "<Cedar>", Votes: 500},
			},
			Constituencies: []results.ConstituencyFigure{
				{ID: 7, Name: "North", Ballots: b, Candidacies: []results.CandidacyFigure{
					{PollNumber: 1, ParticipantID: 1, Name: "Alder & Friends", Votes: alder, Seats: seats}, {PollNumber: 2, ParticipantID: 2, Name: "Birch", Votes: birch, Seats: 10 - seats},
				}},
				{ID: 8, Name: "South"},
			},
		}
	}
	c := results.Compare(figures(16_500, 12_400, 6), figures(14_100, 12_950, 5))
	c.Correction, c.Before, c.After = found[0], elections.CertificationRecord{Number: 1}, elections.CertificationRecord{Number: 2, Figures: strings.Repeat("ef", 32), At: moment}
	return e, found, *c
}

// correctionPages are the public page of two corrections, and the administrators' page of an open one.
func correctionPages(t *testing.T, p *Pages) map[string]templ.Component {
	t.Helper()
	e, found, changes := correctedCouncil()
	stations := map[int64]elections.Station{1: {ID: 1, Number: "12", Name: "Primary school", ConstituencyID: 7}, 2: {ID: 2, Number: "13", ConstituencyID: 7}}
	page := p.page(request(nil), view.SectionElections, messages.CorrectionsHeading())
	views := correctionViewsOf(e, found, []results.Comparison{changes}, stations)
	return map[string]templ.Component{
		"corrections": view.Corrections(view.CorrectionsPage{Page: page, Title: e.Title, Back: "/elections/4", Corrections: views}),
	}
}

// TestCorrections_OnlyWhatChangedIsInTheTable wants no row without a change, and a sign before each difference.
func TestCorrections_OnlyWhatChangedIsInTheTable(t *testing.T) {
	e, _, changes := correctedCouncil()
	table := changesTable(e, &changes)
	if len(table.Groups) != 2 || len(table.Groups[0].Rows) != 4 || !table.Seats {
		t.Fatalf("want all and North, with two lists, cast and valid ballots, got %+v", table)
	}
	if row := table.Groups[0].Rows[0]; !sameCells(row.Votes, 16_500, 14_100, -2_400) || !sameCells(row.Seats, 6, 5, -1) {
		t.Errorf("want the loss of the first list, got %+v %+v", row.Votes, row.Seats)
	}
	if row := table.Groups[0].Rows[1]; row.Votes.Difference.String() != "+550" || row.Seats.Difference.String() != "+1" {
		t.Errorf("want the gain of the second list, got %+v %+v", row.Votes, row.Seats)
	}
	same := results.Compare(&results.Figures{}, &results.Figures{})
	if table := changesTable(e, same); len(table.Groups) != 0 || !table.Winner.IsZero() {
		t.Errorf("want no row if nothing changed, got %+v", table)
	}
	same.Participants = []results.ParticipantChange{{ParticipantID: 5, Name: "Vera"}}
	same.WinnerAfter = 5
	if table := changesTable(e, same); table.Winner.String() != "Elected before: no candidate. Elected after: Vera." {
		t.Errorf("want another winner named, got %q", table.Winner)
	}
}

func sameCells(cells *view.ChangeCells, before, after, difference int64) bool {
	return cells.Before.Equal(messages.Integer(before)) && cells.After.Equal(messages.Integer(after)) && cells.Difference.Equal(messages.Change(difference))
}
