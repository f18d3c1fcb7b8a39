package web_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"urna/internal/app"
	"urna/internal/app/server"
)

// TestRoll_KeepsTheReserveOfTheDisk sends rolls on the page and over the API while less than the reserve is free.
func TestRoll_KeepsTheReserveOfTheDisk(t *testing.T) {
	const gibibyte = 1 << 30
	var free atomic.Int64
	free.Store(100 * gibibyte)
	s := newSiteWith(t, server.Options{}, func(o *app.Options) {
		o.Ingest.DiskFree = func(string) (size, left int64, err error) { return 100 * gibibyte, free.Load(), nil }
	})
	p := s.newPoll(t, 0, nil)
	v := s.signedIn(t, "administrator")
	const roll = "personal_id\nvoter-1\nvoter-2\n"
	free.Store(gibibyte - 1)
	if answer := v.rollByAPI(t, "/api/v1/elections/"+id(p.election.ID)+"/voter-keys", roll); answer.StatusCode != http.StatusInsufficientStorage ||
		!strings.Contains(text(answer), "/problems/disk-reserve") {
		t.Errorf("want the roll refused with the reason, got %s", answer.Status)
	}
	answer := v.sendRollWith(t, p.election.ID, "", roll)
	said := text(answer)
	if at := answer.Header.Get("Location"); at != "" {
		s.shows(t, v, at, "nearly full")
	} else if !strings.Contains(said, "nearly full") {
		t.Errorf("want it said on the page, got %s, %s", answer.Status, said)
	}
	if n, err := s.Votes.Keys(t.Context(), p.election.ID); err != nil || n != 0 {
		t.Errorf("want no keys, got %d, %v", n, err)
	}
	free.Store(100 * gibibyte)
	if answer := v.rollByAPI(t, "/api/v1/elections/"+id(p.election.ID)+"/voter-keys", roll); answer.StatusCode >= http.StatusBadRequest {
		t.Errorf("want the roll accepted once there is space, got %s: %s", answer.Status, text(answer))
	}
}
