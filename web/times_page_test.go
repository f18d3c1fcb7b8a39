package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/testing/clock"
)

// instant reads RFC 3339.
func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// in2027 is a site on the first day of the year.
func in2027(t *testing.T) (*site, *clock.Clock) {
	t.Helper()
	clock := clock.At(time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC))
	return newSiteAt(t, clock), clock
}

// timed makes an election with the times in the zone.
func (s *site) timed(t *testing.T, zone, starts, ends string) *elections.Election {
	t.Helper()
	e, err := s.Elections.Create(t.Context(), audit.System(), elections.Draft{
		Title: "Harbour", Kind: elections.Parliamentary, StartsAt: instant(t, starts), EndsAt: instant(t, ends), TimeZone: zone, OpenNow: true,
		Channels:       []elections.Channel{elections.Batches},
		Constituencies: []elections.ConstituencyDraft{{Seats: 3, Candidacies: []elections.CandidacyDraft{{ParticipantID: 1}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (s *site) stored(t *testing.T, id int64) *elections.Election {
	t.Helper()
	e, err := s.Elections.Election(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestElectionForm_ChangesNoTimeThatWasNotTouched sends forms with another title only, for times that clocks show twice
// and for times to the second and finer.
func TestElectionForm_ChangesNoTimeThatWasNotTouched(t *testing.T) {
	s, _ := in2027(t)
	v := s.signedIn(t, "administrator")
	for _, c := range []struct{ zone, starts, ends string }{
		{"America/New_York", "2027-11-07T05:30:00Z", "2027-11-08T00:00:00Z"}, // the first 01:30
		{"America/New_York", "2027-11-07T06:30:00Z", "2027-11-08T00:00:00Z"}, // the second
		{"Europe/Belgrade", "2027-10-31T00:00:00Z", "2027-10-31T01:59:59.999Z"},
		{"Australia/Lord_Howe", "2027-04-03T14:45:00Z", "2027-04-03T15:15:00.25Z"}, // both 01:45
		{"Antarctica/Troll", "2027-10-30T23:00:00.001Z", "2027-10-31T02:59:59Z"},
		{"Pacific/Apia", "2027-05-01T00:00:30Z", "2027-05-01T00:00:30.5Z"},
		{"UTC", "2027-02-01T00:00:00Z", "2200-12-31T23:59:59.999Z"},
	} {
		t.Run(c.zone+" "+c.starts, func(t *testing.T) {
			e := s.timed(t, c.zone, c.starts, c.ends)
			path := fmt.Sprintf("/admin/elections/%d", e.ID)
			form := filled(t, v.get(t, path+"/edit"), path+"/edit/name")
			form.Set("title", "Renamed")
			form.Set("action", "save")
			if answer := v.post(t, path+"/edit/name", form); answer.StatusCode != http.StatusSeeOther {
				t.Fatalf("want it stored, got %s: %s", answer.Status, text(answer))
			}
			got := s.stored(t, e.ID)
			if got.Title != "Renamed" || !got.StartsAt.Equal(e.StartsAt) || !got.EndsAt.Equal(e.EndsAt) {
				t.Errorf("want another title and the same times, %s to %s; got %q, %s to %s", e.StartsAt, e.EndsAt, got.Title, got.StartsAt, got.EndsAt)
			}
		})
	}
}

// TestElectionExtend_AnHourThatClocksShowTwice moves the end of an election that ends in it.
func TestElectionExtend_AnHourThatClocksShowTwice(t *testing.T) {
	s, clock := in2027(t)
	e := s.timed(t, "Europe/Belgrade", "2027-10-30T05:00:00Z", "2027-10-31T00:30:00Z")
	clock.Move(instant(t, "2027-10-30T12:00:00Z").Sub(clock.Now()))
	v := s.signedIn(t, "administrator")
	path := fmt.Sprintf("/admin/elections/%d", e.ID)
	page := v.get(t, path)
	if !strings.Contains(page, "31 October 2027, 02:30 (UTC+02:00)") {
		t.Errorf("want the offset beside the end, got %s", page)
	}
	form := filled(t, page, path+"/end")
	// Unchanged, also as a browser without the choice would send it: nothing moves.
	for _, offset := range []string{form.Get("ends_at_offset"), ""} {
		form.Set("ends_at_offset", offset)
		answer := v.post(t, path+"/end", form)
		if body := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "after the current end, 31 October 2027, 02:30 (UTC+02:00)") {
			t.Errorf("want the form back, got %s: %s", answer.Status, body)
		}
		if got := s.stored(t, e.ID); !got.EndsAt.Equal(e.EndsAt) {
			t.Fatalf("want the end where it was, got %s", got.EndsAt)
		}
	}
	// Another reading of the same hour needs the choice, which is offered.
	form.Set("ends_at", "2027-10-31T02:45")
	answer := v.post(t, path+"/end", form)
	body := text(answer)
	if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "show 02:45 twice on 31 October 2027") ||
		!strings.Contains(body, "02:45 at UTC+02:00") || !strings.Contains(body, "02:45 at UTC+01:00") {
		t.Errorf("want both offered, got %s: %s", answer.Status, body)
	}
	form.Set("ends_at", "2027-10-31T02:30")
	form.Set("ends_at_offset", "+01:00")
	if answer := v.post(t, path+"/end", form); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the second 02:30, got %s: %s", answer.Status, text(answer))
	}
	if got := s.stored(t, e.ID); !got.EndsAt.Equal(instant(t, "2027-10-31T01:30:00Z")) {
		t.Errorf("want the end an hour later, got %s", got.EndsAt)
	}
}

// TestElectionForm_TimesThatDoNotExist types them in zones of every kind of shift.
func TestElectionForm_TimesThatDoNotExist(t *testing.T) {
	s, _ := in2027(t)
	v := s.signedIn(t, "administrator")
	for _, c := range []struct{ zone, typed, says string }{
		{"Europe/Belgrade", "2027-03-28T02:30", "go from 02:00 on 28 March 2027 straight to 03:00. Enter an earlier time, or 03:00 or later."},
		{"Australia/Lord_Howe", "2027-10-03T02:15", "go from 02:00 on 3 October 2027 straight to 02:30."},
		{"Antarctica/Troll", "2027-03-28T02:59", "go from 01:00 on 28 March 2027 straight to 03:00."},
		{"Pacific/Apia", "2011-12-30T12:00", "go from 00:00 on 30 December 2011 straight to 00:00 on 31 December 2011."},
		{"America/Santiago", "2027-09-05T00:30", "go from 00:00 on 5 September 2027 straight to 01:00."},
	} {
		t.Run(c.zone, func(t *testing.T) {
			answer := v.post(t, "/admin/elections/new", typedElection("time_zone", c.zone, "starts_at", c.typed, "ends_at", "2028-01-01T00:00"))
			if body := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "does not exist in "+c.zone) || !strings.Contains(body, c.says) {
				t.Errorf("want %q, got %s: %s", c.says, answer.Status, body)
			}
		})
	}
}

// TestElectionForm_AnotherZoneKeepsTheHoursAsTheyAreWritten changes the zone alone.
func TestElectionForm_AnotherZoneKeepsTheHoursAsTheyAreWritten(t *testing.T) {
	s, _ := in2027(t)
	v := s.signedIn(t, "administrator")
	e := s.timed(t, "Europe/Belgrade", "2027-10-31T00:30:00Z", "2027-11-07T06:30:00Z") // 02:30, twice; 07:30
	path := fmt.Sprintf("/admin/elections/%d", e.ID)
	form := filled(t, v.get(t, path+"/edit"), path+"/edit/name")
	form.Set("time_zone", "America/New_York")
	form.Set("action", "save")
	if answer := v.post(t, path+"/edit/name", form); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it stored, got %s: %s", answer.Status, text(answer))
	}
	got := s.stored(t, e.ID)
	if !got.StartsAt.Equal(instant(t, "2027-10-31T06:30:00Z")) || !got.EndsAt.Equal(instant(t, "2027-11-07T12:30:00Z")) {
		t.Errorf("want 02:30 and 07:30 on New York's clocks, got %s to %s", got.StartsAt, got.EndsAt)
	}
}

// TestElectionForm_AStartInThePastIsAskedAbout: a draft with such a start is stored, because it does not open; its
// publication is asked about.
func TestElectionForm_AStartInThePastIsAskedAbout(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	began := time.Now().UTC().Add(-time.Hour).Format("2006-01-02T15:04")
	address := v.post(t, "/admin/elections/new", typedElection("title", "Asked", "starts_at", began)).Header.Get("Location")
	if page := v.get(t, address); !strings.Contains(page, "Its start has passed") {
		t.Errorf("want the draft to say that its start has passed, got %s", page)
	}
	page := v.get(t, address+"/publication")
	form := filled(t, page, address+"/publication")
	if form.Has("open_now") {
		t.Error("want the box not ticked by itself")
	}
	answer := v.post(t, address+"/publication", form)
	if body := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "opens at once, and nothing of its definition can be changed afterwards") {
		t.Fatalf("want to be asked, got %s: %s", answer.Status, body)
	}
	if list, err := s.Elections.Elections(t.Context()); err != nil || slices.ContainsFunc(list, func(e *elections.Election) bool { return e.Title == "Asked" }) {
		t.Errorf("want it not published, got %v, %v", list, err)
	}
	form.Set("open_now", "true")
	if answer := v.post(t, address+"/publication", form); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want it published, got %s: %s", answer.Status, text(answer))
	}
}
