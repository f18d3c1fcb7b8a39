package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/elections"
)

// TestFewVoters_AreWarnedAbout defines elections with nine and ten online voters.
func TestFewVoters_AreWarnedAbout(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	for voters, warned := range map[int]bool{9: true, 10: false} {
		p := s.newPoll(t, voters, func(d *elections.Draft) {
			d.StartsAt, d.EndsAt = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
			d.Constituencies[0].Name, d.Constituencies[0].RegisteredVoters = "Lighthouse", int64(voters)
		})
		page, api := "/admin/elections/"+id(p.election.ID), "/api/v1/elections/"+id(p.election.ID)
		for _, path := range []string{page, page + "/edit", page + "/keys"} {
			got := text(v.send(t, http.MethodGet, path, ""))
			if shown := strings.Contains(got, `data-testid="few-voters">Few online voters: Lighthouse.`); shown != warned {
				t.Errorf("%s with %d voters: want a warning %t, got %t", path, voters, warned, shown)
			}
		}
		warning := `"warnings":[{"code":"few-online-voters","constituency_id":` + id(p.election.Constituencies[0].ID) + `,"message":"Few online voters: Lighthouse.`
		for name, got := range map[string]string{
			"keys":     text(v.send(t, http.MethodGet, api+"/voter-keys", "")),
			"election": text(v.send(t, http.MethodPatch, api, `{"title":"Island"}`, "Content-Type", "application/json")),
		} {
			if strings.Contains(got, warning) != warned || strings.Contains(got, `"warnings":[]`) == warned {
				t.Errorf("%s with %d voters: want a warning %t, got %s", name, voters, warned, got)
			}
		}
	}
}
