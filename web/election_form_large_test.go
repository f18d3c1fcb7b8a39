package web_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/audit"
	names "urna/internal/text"
)

// TestElectionForm_ManyConstituencies saves a draft with 52 constituencies from each step, as the page shows it: what a
// step does not show stays as it is. One constituency is opened, and only its candidacies change.
func TestElectionForm_ManyConstituencies(t *testing.T) {
	s := newSite(t)
	d := s.spain(t).Draft()
	d.AsDraft = true
	place, declared := &d.Constituencies[7], int64(12)
	place.DeclaredVotesCast, place.Names = &declared, names.NewNames(map[string]string{"ka": "ბარსელონა", "sr": "Barselona"})
	place.Candidacies[1].Weight, place.Candidacies[1].MaxSeats = "1.1", 2
	place.Candidacies[2].Exempt, place.Candidacies[3].ThresholdPercent = true, "4"
	draft, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	stored := func() []elections.ConstituencyDraft {
		e, err := s.Elections.ElectionOrDraft(t.Context(), draft.ID)
		if err != nil {
			t.Fatal(err)
		}
		return e.Draft().Constituencies
	}
	before := stored()
	v, form := s.signedIn(t, "administrator"), "/admin/elections/"+id(draft.ID)+"/edit/"
	for _, step := range []string{"name", "rules", "constituencies", "candidacies", "dates"} {
		sent := filled(t, v.get(t, form+step), form+step)
		sent.Set("action", "save")
		if answer := v.post(t, form+step, sent); answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s: %s", step, answer.Status, text(answer))
		}
		if after := stored(); !reflect.DeepEqual(after, before) {
			t.Fatalf("%s: want all constituencies as they were, got %+v", step, after[7])
		}
	}

	sent := filled(t, v.get(t, form+"candidacies"), form+"candidacies")
	sent.Set("action", "open:7")
	opened := text(v.post(t, form+"candidacies", sent))
	if n := strings.Count(opened, `data-testid="candidacy"`); n != len(before[7].Candidacies) {
		t.Errorf("want the %d candidacies of one constituency, got %d", len(before[7].Candidacies), n)
	}
	sent = filled(t, opened, form+"candidacies")
	sent.Set("action", "remove:7:0")
	sent = filled(t, text(v.post(t, form+"candidacies", sent)), form+"candidacies")
	sent.Set("action", "save")
	v.post(t, form+"candidacies", sent)
	after := stored()
	if got, want := len(after[7].Candidacies), len(before[7].Candidacies)-1; got != want {
		t.Errorf("want %d candidacies, got %d", want, got)
	}
	after[7], before[7] = elections.ConstituencyDraft{}, elections.ConstituencyDraft{}
	if !reflect.DeepEqual(after, before) {
		t.Error("want the other constituencies as they were")
	}
}
