package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestElectionSteps_EachIsSavedInTheDraft makes an election in five pages without a script: each sends the whole form, and shows its
// own part. A draft without lists is kept, and not published.
func TestElectionSteps_EachIsSavedInTheDraft(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	form := filled(t, v.get(t, "/admin/elections/new"), "/admin/elections")
	form.Set("title", "Harbour Council")
	form.Set("action", "continue")
	at := v.post(t, "/admin/elections", form).Header.Get("Location")
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
		form := filled(t, v.get(t, at), draft)
		form.Set("action", action)
		for i := 0; i < len(change); i += 2 {
			form.Set(change[i], change[i+1])
		}
		answer := v.post(t, draft, form)
		if answer.StatusCode != http.StatusSeeOther {
			return text(answer)
		}
		return answer.Header.Get("Location")
	}
	shown := send(at, "preset", "preset", "council")
	if got := filled(t, shown, draft); got.Get("method") != "sainte-lague" || got.Get("threshold_percent") != "0" {
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
	listed := filled(t, send(draft+"/edit/candidacies", "add-standing", "standing", name), draft)
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
