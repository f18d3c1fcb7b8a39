package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"urna/elections"
	"urna/results"
)

// reasons returns a reason for each open point that a reason lifts.
func (s *site) reasons(t *testing.T, e *elections.Election) (reasons []results.Reason) {
	t.Helper()
	final, err := s.Results.Final(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range final.OpenPoints {
		if p.Open() && p.Liftable {
			reasons = append(reasons, results.Reason{Point: p.Key(), Text: "checked"})
		}
	}
	return reasons
}

// TestOpenPoints_AreLiftedOnThePage certifies an election with more ballots than registered voters.
func TestOpenPoints_AreLiftedOnThePage(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) {
		d.Constituencies[0].Seats, d.Constituencies[0].RegisteredVoters = 3, 10
	})
	page := "/admin/elections/" + id(e.ID) + "/certification"
	s.closed(t, e)
	if shown := v.get(t, page); !strings.Contains(shown, "Not one ballot was counted in this election.") || strings.Contains(shown, "confirm-figures") {
		t.Errorf("want an election without ballots not to be confirmed, got %s", shown)
	}
	s.count(t, e, 0, 18, 8, 7)
	shown := v.get(t, page)
	key := "more-cast-than-registered:" + id(e.Constituencies[0].ID)
	hash := between(t, shown, `data-testid="figures-hash">`, `</code>`)
	for _, want := range []string{"33 ballots were cast, and 10 voters are registered.", `value="` + key + `"`, `href="#reasons"`} {
		if !strings.Contains(shown, want) {
			t.Errorf("want %q on the page, got %s", want, shown)
		}
	}
	if strings.Contains(shown, "confirm-figures") {
		t.Error("want no confirmation before the reason")
	}
	if home := v.get(t, "/admin"); !strings.Contains(home, "Open points need a written reason") {
		t.Errorf("want the open points on the first page, got %s", home)
	}
	form := func(reason, figures string) url.Values {
		return url.Values{"figures": {figures}, "point_1": {key}, "reasons." + key: {reason}}
	}
	if answer := v.post(t, page+"/reasons", form("", hash)); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(answer), "Say why; the reason stays on record.") {
		t.Errorf("want an empty reason refused, got %s", answer.Status)
	}
	if answer := v.post(t, page+"/reasons", form("soldiers", strings.Repeat("0", 64))); answer.StatusCode != http.StatusConflict {
		t.Errorf("want a reason for other figures refused, got %s", answer.Status)
	}
	const reason = "Soldiers of the barracks voted here."
	if answer := v.post(t, page+"/reasons", form(reason, hash)); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the reason recorded, got %s", answer.Status)
	}
	if shown = v.get(t, page); !strings.Contains(shown, reason) || !strings.Contains(shown, "confirm-figures") {
		t.Errorf("want the reason and the confirmation on the page, got %s", shown)
	}
	s.certify(t, e)
	if public := s.page(t, e); !strings.Contains(public, reason) {
		t.Errorf("want the reason on the public page, got %s", public)
	}
}
