package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/testing/clock"
	"urna/results"
)

// TestLotValues_FromTheHashToTheLot records two people's phrases and a public value, one on the page and two through the
// API, reveals them, and draws the lot of a tie.
func TestLotValues_FromTheHashToTheLot(t *testing.T) {
	c := &clock.Clock{}
	s := newSiteAt(t, c)
	e := s.newPoll(t, 0, func(d *elections.Draft) {
		d.Channels, d.PublicView = []elections.Channel{elections.Batches}, elections.TurnoutOnly
		d.Constituencies[0].Seats = 1
		d.Constituencies[0].Candidacies = d.Constituencies[0].Candidacies[:2]
	}).election
	v := s.signedIn(t, "administrator")
	page, api := "/admin/elections/"+id(e.ID)+"/certification", "/api/v1/elections/"+id(e.ID)+"/lot-seed"
	ties := "/admin/elections/" + id(e.ID) + "/ties"
	const phrase, other, lottery = "ninety-nine red balloons", "a hundred blue balloons", "Lottery of Sunday"
	toAPI := func(path, body string, want int) {
		t.Helper()
		if answer := v.send(t, http.MethodPost, path, body, "Content-Type", "application/json"); answer.StatusCode != want {
			t.Fatalf("%s %s: want %d, got %s: %s", path, body, want, answer.Status, text(answer))
		}
	}
	onPage := func(path string, form url.Values, want int) string {
		t.Helper()
		answer := v.post(t, path, form)
		if answer.StatusCode != want {
			t.Fatalf("%s %v: want %d, got %s", path, form, want, answer.Status)
		}
		return text(answer)
	}
	got := onPage(page+"/seed", url.Values{"name": {"Ada"}, "commitment": {""}}, http.StatusUnprocessableEntity)
	if !strings.Contains(got, `value="Ada"`) || !strings.Contains(got, `data-testid="commit-public-value"`) {
		t.Error("want the form back with what was typed")
	}
	onPage(page+"/seed", url.Values{"public_value": {""}}, http.StatusUnprocessableEntity)
	onPage(page+"/seed", url.Values{"name": {"Ada"}, "commitment": {results.SeedCommitment(phrase)}}, http.StatusSeeOther)
	onPage(page+"/seed", url.Values{"public_value": {lottery}}, http.StatusSeeOther)
	toAPI(api, `{"commitment":"`+results.SeedCommitment(other)+`"}`, http.StatusUnprocessableEntity) // the form of version 0.1.0
	toAPI(api, `{"name":"Bob","commitment":""}`, http.StatusUnprocessableEntity)
	toAPI(api, `{"name":"Bob","commitment":"`+results.SeedCommitment(other)+`"}`, http.StatusNoContent)
	seen := text(s.visitor(t).send(t, http.MethodGet, api, ""))
	if !strings.Contains(seen, `"name":"Ada","commitment":"`+results.SeedCommitment(phrase)+`"`) || strings.Count(seen, `"value":null`) != 3 ||
		!strings.Contains(seen, `"name":"`+lottery+`","commitment":null`) {
		t.Errorf("want everybody to see the hashes before the end, got %s", seen)
	}
	s.counted(t, e.ID, "6f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1\n6f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d12,2\n")
	c.Move(2 * time.Hour)

	v = s.signedIn(t, "administrator")
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) { // until the election is closed
		got = text(v.send(t, http.MethodGet, ties, ""))
		if strings.Count(got, `data-testid="reveal-seed"`) == 3 && strings.Contains(got, `data-testid="tie-form"`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("want three values asked for and a tie, got %s", got)
		}
	}
	onPage(page+"/seed/revelation", url.Values{"name": {"Ada"}, "value": {"another phrase of hers"}}, http.StatusUnprocessableEntity)
	onPage(page+"/seed/revelation", url.Values{"name": {"Ada"}, "value": {phrase}}, http.StatusSeeOther)
	toAPI(api+"/revelation", `{"name":"Bob","value":"`+other+`"}`, http.StatusNoContent)
	if got = text(v.send(t, http.MethodGet, ties, "")); strings.Contains(got, "draw-from-seed") || !strings.Contains(got, "record-lot") {
		t.Error("want no draw from the values while one is missing")
	}
	toAPI(api+"/revelation", `{"name":"`+lottery+`","value":"3 8 14"}`, http.StatusNoContent)
	got = text(v.send(t, http.MethodGet, ties, ""))
	if !strings.Contains(got, "draw-from-seed") || strings.Contains(got, "record-lot") || !strings.Contains(got, "urna-lot-2|") {
		t.Error("want the draw from the values alone once all are known, with the commands that repeat it")
	}
	lot := url.Values{"constituency_id": {id(e.Constituencies[0].ID)}, "from_seed": {"true"}}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		answer := v.post(t, page+"/lots", lot)
		if answer.StatusCode == http.StatusSeeOther {
			break
		}
		if answer.StatusCode != http.StatusConflict || time.Now().After(deadline) { // the closing takes a moment
			t.Fatalf("want the lot drawn, got %s", answer.Status)
		}
	}
	if public := text(s.visitor(t).send(t, http.MethodGet, "/api/v1/elections/"+id(e.ID)+"/lots", "")); !strings.Contains(public, `"from_seed":true,"formula":2`) {
		t.Errorf("want the lot with its formula, got %s", public)
	}
	if got = text(s.visitor(t).send(t, http.MethodGet, "/elections/"+id(e.ID), "")); !strings.Contains(got, "sha256sum") {
		t.Error("want the commands that repeat the lot on the public page")
	}
}
