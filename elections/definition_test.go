package elections_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/internal/problem"
)

func (o *env) exported(t *testing.T, e *elections.Election) string {
	t.Helper()
	stations, err := o.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := e.Definition(stations).Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// everything is a draft in which every field of a definition says something.
func everything(o *env) elections.Draft {
	d := o.draft()
	declared := int64(777)
	until := d.EndsAt.Add(36 * time.Hour)
	d.BatchesUntil, d.Names = &until, `{"ka":"საკრებულო","sr-Latn":"Skupština"}`
	d.PublicView, d.Channels, d.Rehearsal, d.Confirmations = elections.RunningCount, []elections.Channel{elections.Batches}, true, 1
	d.Protocols = elections.ProtocolForm{Preset: elections.SerbianForm, OneListPercent: 70, Fields: []elections.ProtocolField{
		{Name: elections.FieldInvalid, Label: "Nevažeći listići", Required: true}, {Name: elections.FieldSigned},
	}}
	d.Rules = elections.Rules{
		Method: "hare", ThresholdPercent: "3.25", ThresholdBase: "votes-cast", ThresholdComparison: ">",
		ThresholdScope: elections.AllConstituencies, BlankBallots: true, TieBreak: []elections.TieBreak{elections.ByFewerVotes, elections.ByListOrder},
	}
	d.Constituencies = []elections.ConstituencyDraft{
		{Name: "North", Names: `{"ka":"ჩრდილოეთი"}`, Seats: 7, RegisteredVoters: 1000, DeclaredVotesCast: &declared, Candidacies: []elections.CandidacyDraft{
			{ParticipantID: 3, Weight: "27/20", Exempt: true, MaxSeats: 4}, {ParticipantID: 1, ThresholdPercent: "7"},
		}, Stations: []elections.StationDraft{
			{Number: "1/a", Name: "School", Place: "Main Street 1", RegisteredVoters: 600}, {Number: "2", Kind: elections.MobileStation},
		}},
		{Name: "South", Seats: 3, Candidacies: []elections.CandidacyDraft{{ParticipantID: 1, ThresholdPercent: "7"}, {ParticipantID: 2}}},
	}
	return d
}

func TestDefinition_ExportedAndImportedElsewhereIsTheSame(t *testing.T) {
	o := newEnv(t)
	e, err := o.Create(t.Context(), ada, everything(o))
	if err != nil {
		t.Fatal(err)
	}
	first := o.exported(t, e)
	elsewhere := newEmptyEnv(t)
	for range 2 { // the second time everybody is registered already
		d, err := elections.ReadDefinition([]byte(first))
		if err != nil {
			t.Fatal(err)
		}
		imported, err := elsewhere.Import(t.Context(), ada, d)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, elsewhere.exported(t, imported)); diff != "" {
			t.Errorf("want the same definition (-want +got):\n%s", diff)
		}
	}
	if all, err := elsewhere.participants.All(t.Context()); err != nil || len(all) != 3 {
		t.Errorf("want the three candidates registered once, got %v, %v", all, err)
	}
}

func TestImport_TwoOfTheSameNameAreTwo(t *testing.T) {
	o := newEmptyEnv(t)
	d := elections.Definition{
		Format: elections.DefinitionFormat, Title: "Council", Kind: elections.Parliamentary,
		StartsAt: o.now, EndsAt: o.now.Add(1), Participants: []elections.DefinitionParticipant{{Name: "Unity"}, {Name: "Unity"}},
		Constituencies: []elections.DefinitionConstituency{{Candidacies: []elections.DefinitionCandidacy{{Participant: 2}, {Participant: 1}}}},
	}
	d.EndsAt = o.now.AddDate(0, 0, 1)
	e, err := o.Import(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	candidacies := e.Constituencies[0].Candidacies
	if len(candidacies) != 2 || candidacies[0].ParticipantID == candidacies[1].ParticipantID {
		t.Errorf("want two participants, got %+v", candidacies)
	}
}

func TestImport_RefusesWhole(t *testing.T) {
	o := newEmptyEnv(t)
	text := `{"format":"urna-election-1","title":"T","kind":"parliamentary","starts_at":"2026-05-01T07:00:00Z",
		"ends_at":"2026-05-01T20:00:00Z","participants":[{"name":"A"}],"constituencies":[{"name":"N","seats":3,"candidacies":[{"participant":2}]}]}`
	d, err := elections.ReadDefinition([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Import(t.Context(), ada, d)
	var f *problem.Error
	if !errors.As(err, &f) || f.Fields[0].Name != "constituencies[0].candidacies[0].participant" {
		t.Errorf("want the candidacy named, got %v", err)
	}
	if all, err := o.participants.All(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("want no participant registered, got %v, %v", all, err)
	}
}

func TestReadDefinition_SaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"{\n\n\"titel\": 1}":                     "titel",
		"{\n\n\"seats\" 1}":                      "near line 3",
		`{"format":"urna-election-9"}`:           "urna-election-9",
		`{"format":"urna-election-1"} {"and":1}`: "follows",
		"":                                       "cannot be read",
	} {
		if _, err := elections.ReadDefinition([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error about %q, got %v", text, want, err)
		}
	}
}
