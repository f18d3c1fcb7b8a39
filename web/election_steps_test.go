package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"urna/elections"
)

// TestElectionSteps_EachIsSavedInTheDraft makes an election in five pages without a script: each sends the whole form, and shows its
// own part. A draft without lists is kept, and not published.
func TestElectionSteps_EachIsSavedInTheDraft(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	form := filled(t, v.get(t, "/admin/elections/new"), "/admin/elections/new")
	form.Set("title", "Harbour Council")
	form.Set("action", "continue")
	at := v.post(t, "/admin/elections/new", form).Header.Get("Location")
	draft, ok := strings.CutSuffix(at, "/edit/rules")
	if !ok {
		t.Fatalf("want the second step, got %q", at)
	}
	page := v.get(t, at)
	if !strings.Contains(page, `aria-current="step"`) || !strings.Contains(page, `name="preset"`) {
		t.Errorf("want the steps and the usual rules, got %s", page)
	}
	send := func(at, action string, change ...string) string {
		t.Helper()
		form := filled(t, v.get(t, at), at)
		form.Set("action", action)
		for i := 0; i < len(change); i += 2 {
			form.Set(change[i], change[i+1])
		}
		answer := v.post(t, at, form)
		if answer.StatusCode != http.StatusSeeOther {
			return text(answer)
		}
		return answer.Header.Get("Location")
	}
	shown := send(at, "preset", "preset", "council")
	if got := filled(t, shown, at); got.Get("method") != "sainte-lague" || got.Get("threshold_percent") != "0" {
		t.Errorf("want the council's rules in the form, got %v", got)
	}
	if got := send(at, "continue", "method", "hare"); got != draft+"/edit/constituencies" {
		t.Fatalf("want the third step, got %s", got)
	}
	if got := send(draft+"/edit/constituencies", "continue", "constituencies[0].seats", "9"); got != draft+"/edit/candidacies" {
		t.Fatalf("want the fourth step, got %s", got)
	}
	if got := v.get(t, draft); !strings.Contains(got, "still empty") {
		t.Error("want the overview to say that a step is empty")
	}
	if got := text(v.post(t, draft+"/publication", filled(t, v.get(t, draft+"/publication"), draft+"/publication"))); !strings.Contains(got, "form-error") {
		t.Errorf("want a draft without lists refused, got %s", got)
	}
	name := s.election.Constituencies[0].Candidacies[0].Name
	if got := send(draft+"/edit/candidacies", "add-standing", "standing", "Unknown Union"); !strings.Contains(got, `data-testid="field-error-standing"`) {
		t.Errorf("want the unknown name refused at its line, got %s", got)
	}
	listed := filled(t, send(draft+"/edit/candidacies", "add-standing", "standing", name), draft+"/edit/candidacies")
	if listed.Get("constituencies[0].participants[0].id") == "" {
		t.Fatalf("want %s in the form, got %v", name, listed)
	}
	if got := send(draft+"/edit/candidacies", "continue", "constituencies[0].participants[0].id", listed.Get("constituencies[0].participants[0].id")); got != draft+"/edit/dates" {
		t.Fatalf("want the last step, got %s", got)
	}
	if got := send(draft+"/edit/dates", "publish"); got != draft+"/publication" {
		t.Errorf("want the check of the whole definition, got %s", got)
	}
}

// TestElectionSteps_AtItsOwnAddress: what a form answers has the address of the form's page, so that it can be loaded again.
func TestElectionSteps_AtItsOwnAddress(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	form := filled(t, v.get(t, "/admin/elections/new"), "/admin/elections/new")
	form.Set("action", "continue")
	answer := v.post(t, "/admin/elections/new", form) // without a title
	if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `action="/admin/elections/new"`) {
		t.Errorf("want the refused form at its address, got %s: %s", answer.Status, page)
	}
	e := s.scheduled(t, nil)
	at := "/admin/elections/" + id(e.ID) + "/edit/constituencies"
	form = filled(t, v.get(t, at), at)
	form.Set("constituencies[0].seats", "many")
	form.Set("action", "save")
	answer = v.post(t, at, form)
	if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `action="`+at+`"`) {
		t.Errorf("want the refused step at its address, got %s: %s", answer.Status, page)
	}
	if page := v.get(t, at); !strings.Contains(page, `action="`+at+`"`) {
		t.Errorf("want the step when its address is loaded again, got %s", page)
	}
}

// TestElectionSteps_ManyConstituencies has 52: they are folded, a search leaves some, and the others are stored as they were.
func TestElectionSteps_ManyConstituencies(t *testing.T) {
	s := newSite(t)
	e := s.scheduled(t, func(d *elections.Draft) {
		one := d.Constituencies[0]
		d.Constituencies = nil
		for i := range 52 {
			one.Name, one.Seats = fmt.Sprintf("District %02d", i+1), i+1
			d.Constituencies = append(d.Constituencies, one)
		}
	})
	v := s.signedIn(t, "administrator")
	at := "/admin/elections/" + id(e.ID) + "/edit/constituencies"
	page := v.get(t, at)
	if got := strings.Count(page, `data-testid="constituency-form"`); got != 52 || strings.Contains(page, `data-testid="constituencies-unseen"`) {
		t.Fatalf("want all 52 constituencies, got %d", got)
	}
	shown := func(page string) int {
		return strings.Count(page, `<fieldset class="constituency fields" data-testid="constituency-form">`)
	}
	form := filled(t, page, at)
	form.Set("find", "district 4")
	form.Set("action", "enter") // as the Enter key in the search does
	page = text(v.post(t, at, form))
	if got := shown(page); got != 10 || !strings.Contains(page, "42 more constituencies do not match") {
		t.Fatalf("want the ten that match, got %d: %s", got, page)
	}
	form = filled(t, page, at)
	form.Set("constituencies[40].seats", "none")
	form.Set("constituencies[3].seats", "none")
	form.Set("action", "save")
	page = text(v.post(t, at, form))
	if got := shown(page); got != 11 {
		t.Errorf("want the mistake outside of the search shown, too, got %d", got)
	}
	form = filled(t, page, at)
	form.Set("constituencies[40].seats", "99")
	form.Set("constituencies[3].seats", "4")
	form.Set("action", "enter") // which continues, as the search is the same
	if answer := v.post(t, at, form); answer.StatusCode != http.StatusSeeOther || !strings.HasSuffix(answer.Header.Get("Location"), "/edit/candidacies") {
		t.Fatalf("want the next step, got %s: %s", answer.Status, text(answer))
	}
	stored, err := s.Elections.Election(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range stored.Constituencies {
		if want := i + 1; c.Seats != want && (i != 40 || c.Seats != 99) {
			t.Errorf("want %d seats in %s, got %d", want, c.Name, c.Seats)
		}
	}
}
