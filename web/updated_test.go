package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/testing/clock"
	"urna/web/api"
)

// TestUpdatedAt_SilentBetweenTwoSteps has people vote one after the other, a minute apart. The public count moves in steps
// of ten: between two steps neither the time of the last change nor any entity tag moves.
func TestUpdatedAt_SilentBetweenTwoSteps(t *testing.T) {
	const steps, step = 2, 10
	for _, shown := range []elections.PublicView{elections.RunningCount, elections.TurnoutOnly} {
		t.Run(string(shown), func(t *testing.T) {
			clock := &clock.Clock{}
			s := newSiteAt(t, clock)
			p := s.newPoll(t, steps*step, func(d *elections.Draft) { d.PublicView = shown })
			v := s.visitor(t)
			paths := []string{"/", "/elections/" + id(p.election.ID), api.Base + "/elections/" + id(p.election.ID)}
			if shown == elections.RunningCount {
				for _, file := range []string{"results", "results.csv", "constituencies.csv"} {
					paths = append(paths, api.Base+"/elections/"+id(p.election.ID)+"/"+file)
				}
			}
			look := func() string {
				var b strings.Builder
				for _, path := range paths {
					answer := v.send(t, http.MethodGet, path, "", "Accept-Encoding", "gzip")
					if answer.StatusCode != http.StatusOK || answer.Header.Get("ETag") == "" {
						t.Fatalf("%s: want an answer with a tag, got %s", path, answer.Status)
					}
					fmt.Fprintf(&b, "%s %s\n", path, answer.Header.Get("ETag"))
				}
				return b.String()
			}
			s.closed(t, s.election) // which the audit log on every page tells of
			before := look()
			for n := range steps * step {
				clock.Move(time.Minute)
				vote := v.send(t, http.MethodPost, "/vote", p.body(n, "1"), "Content-Type", "application/json")
				if vote.StatusCode != http.StatusOK {
					t.Fatalf("want the vote accepted, got %s: %s", vote.Status, text(vote))
				}
				clock.Move(time.Minute)
				time.Sleep(20 * time.Millisecond) // for what runs beside the answers
				now := look()
				if moved := now != before; moved != ((n+1)%step == 0) {
					t.Fatalf("after vote %d: want the tags to move at steps alone, got %v:\n%s\n%s", n+1, moved, before, now)
				}
				before = now
			}
		})
	}
}

// TestUpdatedAt_IsNotTheTimeOfTheAnswer reads results hours apart, with a batch between.
func TestUpdatedAt_IsNotTheTimeOfTheAnswer(t *testing.T) {
	clock := &clock.Clock{}
	s := newSiteAt(t, clock)
	e, _ := s.embargo(t, elections.RunningCount, 0)
	s.closed(t, s.election) // which the audit log on every page tells of
	v := s.visitor(t)
	read := func() (at time.Time, page string) {
		var r struct {
			UpdatedAt time.Time `json:"updated_at"`
		}
		if err := json.Unmarshal([]byte(text(v.send(t, http.MethodGet, api.Base+"/elections/"+id(e.ID)+"/results", ""))), &r); err != nil {
			t.Fatal(err)
		}
		return r.UpdatedAt, text(v.send(t, http.MethodGet, "/elections/"+id(e.ID), ""))
	}
	first, page := read()
	clock.Move(10 * time.Minute)
	if again, later := read(); !again.Equal(first) || later != page {
		t.Errorf("want the same time and page where nothing changed, got %s and %s, and the page\n%s\nbefore\n%s", first, again, later, page)
	}
	if first.After(clock.Now().Add(-10*time.Minute)) || !strings.Contains(page, first.UTC().Format("15:04:05")) {
		t.Errorf("want the page to show the time of the last change, %s", first)
	}
	clock.Move(2 * time.Hour) // over the end
	if ended, _ := read(); !ended.Equal(e.EndsAt) {
		t.Errorf("want the end, %s, got %s", e.EndsAt, ended)
	}
}
