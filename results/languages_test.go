package results

import (
	"testing"

	"urna/elections"
)

// TestPublic_InALanguageIsACopy shows a value in a language and wants the plain names, which decide and are compared, where
// they were.
func TestPublic_InALanguageIsACopy(t *testing.T) {
	maple := elections.Candidacy{PollNumber: 1, ParticipantID: 3, Name: "Maple", ShortName: "MP", Names: `{"ka":"ნეკერჩხალი"}`}
	e := &elections.Election{Title: "Council", Constituencies: []elections.Constituency{{ID: 7, Name: "North", Names: `{"ka":"ჩრდილოეთი"}`, Candidacies: []elections.Candidacy{maple}}}}
	r := &Results{
		Election: e, Participants: []Participant{{ID: 3, Name: "Maple", ShortName: "MP"}},
		Constituencies: []Constituency{{ID: 7, Name: "North", Candidacies: []Candidacy{{Candidacy: maple, Votes: 5}}}},
	}
	p := &Public{
		Election: e, Results: r, Final: &Final{Results: r}, Turnout: &Turnout{Election: e, Constituencies: []ConstituencyTurnout{{ID: 7, Name: "North"}}},
		Corrected: []Comparison{{
			Participants:   []ParticipantChange{{ParticipantID: 3, Name: "Maple"}},
			Constituencies: []ConstituencyChange{{ID: 7, Name: "North", Candidacies: []CandidacyChange{{ParticipantID: 3, Name: "Maple"}}}},
		}},
	}
	names := func(p *Public) []string {
		part, changed := p.Results.Constituencies[0], p.Corrected[0]
		return []string{
			p.Election.Title, p.Election.Constituencies[0].Name, part.Name, part.Candidacies[0].Name, part.Candidacies[0].ShortName, p.Results.Participants[0].Name,
			p.Turnout.Constituencies[0].Name, changed.Participants[0].Name, changed.Constituencies[0].Name, changed.Constituencies[0].Candidacies[0].Name,
		}
	}
	check := func(what string, p *Public, want ...string) {
		t.Helper()
		for i, got := range names(p) {
			if got != want[i] {
				t.Errorf("%s: want %q at %d, got %q", what, want[i], i, got)
			}
		}
	}
	shown := p.In("ka")
	const north, list = "ჩრდილოეთი", "ნეკერჩხალი"
	check("in Georgian", shown, "Council", north, north, list, "", list, north, list, north, list)
	check("afterwards", p, "Council", "North", "North", "Maple", "MP", "Maple", "North", "Maple", "North", "Maple")
	if shown.Final.Results != shown.Results || shown.Results.Constituencies[0].Candidacies[0].Votes != 5 {
		t.Error("want one value of the results, with the same votes")
	}
	check("in another language", p.In("hu"), "Council", "North", "North", "Maple", "MP", "Maple", "North", "Maple", "North", "Maple")
	e.Constituencies[0].Names, e.Constituencies[0].Candidacies[0].Names = "", ""
	if p.In("ka") != p {
		t.Error("want the same value of an election without names in other languages")
	}
}

func TestStationPage_InALanguageIsACopy(t *testing.T) {
	e := &elections.Election{Constituencies: []elections.Constituency{{ID: 7, Name: "North", Names: `{"ka":"ჩრდილოეთი"}`}}}
	p := &StationPage{Election: e, Stations: make([]StationResult, 2)}
	p.Stations[0].Constituency = &e.Constituencies[0]
	shown := p.In("ka")
	if got := shown.Stations[0].Constituency.Name; got != "ჩრდილოეთი" || shown.Election.Constituencies[0].Name != got || shown.Stations[1].Constituency != nil {
		t.Errorf("want the name in Georgian, got %q", got)
	}
	if got := p.Stations[0].Constituency.Name; got != "North" || p.Election != e {
		t.Errorf("want the plain name afterwards, got %q", got)
	}
}
