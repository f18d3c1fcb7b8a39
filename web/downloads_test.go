package web_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/testing/clock"
	"urna/web/api"
)

// TestDownloads_WhereverCountsMayBeShown takes the results as files in every state of an election, and compares what
// they say of their moment. Nothing leads to them while counts are embargoed.
func TestDownloads_WhereverCountsMayBeShown(t *testing.T) {
	clock := &clock.Clock{}
	s := newSiteAt(t, clock)
	running, _ := s.embargo(t, elections.RunningCount, 20)
	sealed, _ := s.embargo(t, elections.TurnoutOnly, 20)
	coming := s.newPoll(t, 0, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt = time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
	}).election
	provisional := map[*elections.Election]bool{running: true}
	s.downloads(t, "while voting goes on", provisional, sealed, coming)
	clock.Move(2 * time.Hour)
	provisional[sealed] = true
	s.closed(t, running)
	s.closed(t, sealed)
	s.downloads(t, "after the end", provisional, coming)
	if _, err := s.Results.Certify(t.Context(), s.users["administrator"].Actor("test"), sealed.ID, "", s.reasons(t, sealed)...); err != nil {
		t.Fatal(err)
	}
	provisional[sealed] = false
	s.downloads(t, "after the certification", provisional, coming)
}

// downloads takes the files of elections whose counts may be shown, provisional or not, and of those whose counts may not.
func (s *site) downloads(t *testing.T, when string, shown map[*elections.Election]bool, hidden ...*elections.Election) {
	t.Helper()
	v := s.visitor(t)
	files := func(e *elections.Election) []string {
		base := api.Base + "/elections/" + id(e.ID)
		own := "/elections/" + id(e.ID)
		return []string{base + "/results.csv", base + "/constituencies.csv", base + "/results", own + "/results.cdf.json", own + "/datapackage.json", own + "/protocol.pdf"}
	}
	page := func(e *elections.Election) string {
		return text(v.send(t, http.MethodGet, "/elections/"+id(e.ID), ""))
	}
	for _, e := range hidden {
		for _, file := range files(e) {
			answer := v.send(t, http.MethodGet, file, "")
			if strings.Contains(text(answer), "Not for this account") {
				t.Errorf("%s %s: want a refusal that no account lifts", when, file)
			}
			if answer.StatusCode != http.StatusForbidden || strings.Contains(page(e), `"`+file+`"`) {
				t.Errorf("%s %s: want no file and no way to it, got %s", when, file, answer.Status)
			}
		}
	}
	for e, provisional := range shown {
		var r struct {
			Provisional bool   `json:"provisional"`
			UpdatedAt   string `json:"updated_at"`
		}
		want := map[bool]string{true: "-provisional.csv\"", false: "-" + id(e.ID) + ".csv\""}[provisional]
		for _, file := range files(e) {
			answer := v.send(t, http.MethodGet, file, "")
			content := text(answer)
			if answer.StatusCode != http.StatusOK || !strings.Contains(page(e), `href="`+file+`"`) {
				t.Fatalf("%s %s: want the file and the way to it, got %s", when, file, answer.Status)
			}
			if strings.HasSuffix(file, ".json") || strings.HasSuffix(file, ".pdf") {
				continue // with a test of its own
			}
			if !strings.HasSuffix(file, ".csv") {
				if err := json.Unmarshal([]byte(content), &r); err != nil || r.Provisional != provisional {
					t.Errorf("%s %s: want provisional %v, got %v, %v", when, file, provisional, r.Provisional, err)
				}
				continue
			}
			if name := answer.Header.Get("Content-Disposition"); !strings.HasSuffix(name, want) || strings.Contains(name, "provisional") != provisional {
				t.Errorf("%s %s: want a name that ends in %s, got %q", when, file, want, name)
			}
		}
		if _, err := time.Parse(time.RFC3339, r.UpdatedAt); err != nil {
			t.Errorf("%s: want a time, got %q", when, r.UpdatedAt)
		}
		for _, file := range files(e)[:2] {
			lines, err := csv.NewReader(v.send(t, http.MethodGet, file, "").Body).ReadAll()
			if err != nil || len(lines) < 2 {
				t.Fatalf("%s %s: want lines, got %d, %v", when, file, len(lines), err)
			}
			for n, line := range lines {
				got, expected := strings.Join(line[len(line)-2:], ","), "provisional,as_of"
				if n > 0 {
					expected = map[bool]string{true: "true", false: "false"}[provisional] + "," + r.UpdatedAt
				}
				if got != expected {
					t.Errorf("%s %s, line %d: want %s at its end, got %s", when, file, n+1, expected, got)
				}
			}
		}
	}
}
