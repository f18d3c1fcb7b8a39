package elections_test

import (
	"testing"

	"urna/elections"
)

// TestElection_TheNameThatTheServerGivesIsInTheReadersLanguage shows the only constituency of an election that was defined
// without one; a name that a person typed stays as it is.
func TestElection_TheNameThatTheServerGivesIsInTheReadersLanguage(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	d.Constituencies = []elections.ConstituencyDraft{{Candidacies: d.Constituencies[0].Candidacies}}
	e, err := o.Create(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{
		"en": "Nationwide", "sr-Latn": "Cela zemlja", "sr-Cyrl": "Цела земља", "ka": "მთელი ქვეყანა", "": "Nationwide",
	} {
		if got := e.In(tag).Constituencies[0].Name; got != want {
			t.Errorf("%s: want %q, got %q", tag, want, got)
		}
	}
	if got := e.Constituencies[0].Name; got != "Nationwide" {
		t.Errorf("want the stored name as it was, got %q", got)
	}
	e.Constituencies[0].Name = "Capital"
	if got := e.In("ka"); got != e {
		t.Errorf("want the same election, got %+v", got)
	}
}
