package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/audit"
)

// newSiteThatCounts is newSite with a clock that can be set beside the time that passes.
func newSiteThatCounts(t *testing.T) *site {
	t.Helper()
	begun := time.Now()
	return newSiteWith(t, server.Options{}, func(o *app.Options) { o.Elapsed = func() time.Duration { return time.Since(begun) } })
}

// jumped returns a site with an open election whose clock jumped past its end, and a vote to cast.
func jumped(t *testing.T) (s *site, e *elections.Election, vote online.Vote) {
	t.Helper()
	s = newSiteThatCounts(t)
	p := s.newPoll(t, 1, nil)
	e = p.election
	vote = online.Vote{Credentials: online.Credentials{PersonalID: p.keys[0].PersonalID, GUID: p.keys[0].GUID}, Candidate: "1"}
	s.Clock.Move(10 * 24 * time.Hour)
	return s, e, vote
}

// isOpen fails the test unless the election is open, and not closed for good.
func (s *site) isOpen(t *testing.T, when string, id int64, want bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		e, err := s.Elections.Election(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		open := e.StateAt(s.Elections.Now()) == elections.Open && e.ClosedAt == nil
		if open == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: want open %v, got %v", when, want, open)
		}
	}
}

// TestClock_AJumpClosesNothing sets the clock days ahead while an election is open: it stays open and takes votes,
// every page of an administrator says so, and it closes when one of them confirms that the machine is right.
func TestClock_AJumpClosesNothing(t *testing.T) {
	s, e, vote := jumped(t)
	time.Sleep(1500 * time.Millisecond) // the closer looks each second
	s.isOpen(t, "after the jump", e.ID, true)
	if err := s.Votes.Cast(t.Context(), vote); err != nil {
		t.Errorf("want a vote accepted, got %v", err)
	}
	ada := s.signedIn(t, "administrator")
	for _, path := range []string{"/admin", "/admin/users", "/account"} {
		if page := ada.get(t, path); !strings.Contains(page, `data-testid="clock-banner"`) {
			t.Errorf("%s: want the banner", path)
		}
	}
	if page := s.signedIn(t, "official").get(t, "/official"); strings.Contains(page, `data-testid="clock-banner"`) {
		t.Error("want nothing said to officials, who can do nothing")
	}
	answer := ada.send(t, http.MethodGet, "/readyz", "")
	if said, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(said), "in doubt") {
		t.Errorf("want it said by /readyz, got %s, %q, %v", answer.Status, said, err)
	}
	if page := ada.get(t, "/admin/clock"); !strings.Contains(page, `data-testid="clock-machine-right"`) || !strings.Contains(page, `data-testid="clock-counted-right"`) {
		t.Error("want both answers offered")
	}
	if answer := ada.post(t, "/admin/clock", url.Values{"right": {"neither"}}); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want another answer refused, got %s", answer.Status)
	}
	if answer := ada.post(t, "/admin/clock", url.Values{"right": {"machine"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the confirmation taken, got %s", answer.Status)
	}
	s.isOpen(t, "confirmed", e.ID, false)
	events, err := s.Audit.Events(t.Context(), audit.Filter{Action: "clock-confirmed"})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, `"right":"machine"`) {
		t.Errorf("want the confirmation on record, got %+v, %v", events, err)
	}
	if page := ada.get(t, "/admin"); strings.Contains(page, `data-testid="clock-banner"`) {
		t.Error("want the banner gone")
	}
}

// TestClock_TheCountedTimeIsRight confirms that the clock was set wrongly: the election stays open until its end by the
// counted time, and a jump back ends the remark.
func TestClock_TheCountedTimeIsRight(t *testing.T) {
	s, e, vote := jumped(t)
	ada := s.signedIn(t, "administrator")
	if answer := ada.post(t, "/admin/clock", url.Values{"right": {"counted"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the confirmation taken, got %s", answer.Status)
	}
	time.Sleep(1500 * time.Millisecond)
	s.isOpen(t, "confirmed", e.ID, true)
	if err := s.Votes.Cast(t.Context(), vote); err != nil {
		t.Errorf("want a vote accepted, got %v", err)
	}
	if page := ada.get(t, "/admin"); !strings.Contains(page, "is wrong") {
		t.Error("want it said that the machine’s clock is wrong")
	}
	s.Clock.Move(-10 * 24 * time.Hour)
	if page := ada.get(t, "/admin"); strings.Contains(page, `data-testid="clock-banner"`) {
		t.Error("want the banner gone")
	}
	if answer := ada.post(t, "/admin/clock", url.Values{"right": {"machine"}}); answer.StatusCode != http.StatusConflict {
		t.Errorf("want nothing to confirm, got %s", answer.Status)
	}
}

// TestClock_AVisitorReadsThatAnElectionWaits sets the clock past the end of an open election and past the start of another,
// whose kept pages were drawn before.
func TestClock_AVisitorReadsThatAnElectionWaits(t *testing.T) {
	s := newSiteThatCounts(t)
	open := s.newPoll(t, 0, nil).election
	coming := s.newPoll(t, 0, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt, d.OpenNow = s.Clock.Now().Add(5*24*time.Hour), s.Clock.Now().Add(90*24*time.Hour), false
	}).election
	later := s.newPoll(t, 0, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt, d.OpenNow = s.Clock.Now().Add(80*24*time.Hour), s.Clock.Now().Add(90*24*time.Hour), false
	}).election
	v := s.visitor(t)
	says := func(when string, e *elections.Election, want string) {
		t.Helper()
		page := text(v.send(t, http.MethodGet, "/elections/"+id(e.ID), ""))
		if has := strings.Contains(page, `data-testid="clock-waits"`); has != (want != "") || !strings.Contains(page, want) {
			t.Errorf("%s, election %d: want %q, got the notice: %v", when, e.ID, want, has)
		}
	}
	for _, e := range []*elections.Election{open, coming, later} {
		says("before", e, "")
	}
	s.Clock.Move(10 * 24 * time.Hour)
	says("in doubt", open, "The end of voting waits for an administrator")
	says("in doubt", coming, "The opening waits for an administrator")
	says("in doubt", later, "")
	if answer := s.signedIn(t, "administrator").post(t, "/admin/clock", url.Values{"right": {"counted"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the confirmation taken, got %s", answer.Status)
	}
	for _, e := range []*elections.Election{open, coming, later} {
		says("confirmed", e, "")
	}
}
