package web_test

import (
	"net/http"
	"strings"
	"testing"

	"urna/elections"
)

// TestTieBreak_OnThePages looks at an election whose rule decides the tie for its last seat: the pages say who has the seat and
// why, no lot is asked for, and the form shows the rule.
func TestTieBreak_OnThePages(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	e := s.ended(t, elections.Parliamentary, []string{"Small", "Large"}, func(d *elections.Draft) {
		d.Constituencies[0].Seats, d.Rules.ThresholdBase = 3, "none"
		d.Rules.TieBreak = []elections.TieBreak{elections.ByMoreVotes}
	})
	s.count(t, e, 0, 4, 12)
	s.closed(t, e)
	election := "/elections/" + id(e.ID)
	for path, sentences := range map[string][]string{
		election: {
			"A tie is decided by more votes, then a lot.", "The rule for ties was applied.</strong> Small and Large have exactly equal claims to the last seat.",
			"The election’s rule gives a seat to Large, which has more votes.",
		},
		election + "/seats": {"tied, decided by more votes", "The rule for ties gives a seat to Large, which has more votes.", `data-testid="decided-tie"`},
		"/admin/elections/" + id(e.ID) + "/certification": {"confirm-figures"},
	} {
		shown := v.get(t, path)
		for _, want := range sentences {
			if !strings.Contains(shown, want) {
				t.Errorf("%s: want %q, got %s", path, want, shown)
			}
		}
		for _, not := range []string{`data-testid="tie"`, "record-lot", "undecided"} {
			if strings.Contains(shown, not) {
				t.Errorf("%s: want no open tie, got %q", path, not)
			}
		}
	}
	coming := s.scheduled(t, func(d *elections.Draft) { d.Rules.TieBreak = elections.SplitTieBreak("fewer-votes list-order") })
	form := v.get(t, "/admin/elections/"+id(coming.ID)+"/edit")
	if !strings.Contains(form, `<option value="fewer-votes list-order lot" selected>`) {
		t.Errorf("want the rules chosen in the form, got %s", form)
	}
	s.certify(t, e)
	if answer := v.send(t, http.MethodGet, "/api/v1/elections/"+id(e.ID)+"/results", ""); !strings.Contains(strings.Join(strings.Fields(text(answer)), ""), `"given":[{"participant_id":`) {
		t.Errorf("want the decision in JSON, got %s", answer.Status)
	}
}

// TestTieBreak_ElectsAPresident: two candidates with the same votes, and the lower number is elected.
func TestTieBreak_ElectsAPresident(t *testing.T) {
	s := newSite(t)
	e := s.ended(t, elections.Presidential, []string{"Ana", "Boris", "Vera"}, func(d *elections.Draft) {
		d.Rules.Majority, d.Rules.TieBreak = elections.Plurality, []elections.TieBreak{elections.ByListOrder}
	})
	s.count(t, e, 0, 3, 6, 6)
	s.closed(t, e)
	shown := text(s.visitor(t).send(t, http.MethodGet, "/elections/"+id(e.ID), ""))
	for _, want := range []string{"A tie is decided by the lower poll number.", "Boris and Vera have the same number of votes. The election’s rule elects Boris, who has the lower poll number."} {
		if !strings.Contains(shown, want) {
			t.Errorf("want %q, got %s", want, shown)
		}
	}
}
