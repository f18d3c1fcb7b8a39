package app_test

import (
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/ballots/protocol"
	"urna/internal/audit"
	"urna/results"
)

// TestStations_CountsFollowEveryAct: the counts of polling stations that are kept until the next event are those that are
// read, after each act and while a batch is counted.
func TestStations_CountsFollowEveryAct(t *testing.T) {
	e := newProtocolsEnv(t)
	reading := results.New(e.DB, &audit.Log{Now: e.Clock.Now}, e.Elections, nil, e.Approvals, e.Time.Transitions) // keeps none: its log records no rows
	t.Cleanup(reading.Close)
	counts := func(s *results.Service) results.StationCounts {
		t.Helper()
		page, err := s.Stations(t.Context(), e.election.ID, results.StationQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return *page.Counts
	}
	last := counts(e.Results)
	changes := func(act string) {
		t.Helper()
		got := counts(e.Results)
		if want := counts(reading); got != want {
			t.Errorf("%s: want %+v, got %+v", act, want, got)
		}
		if got == last {
			t.Errorf("%s: want other counts than %+v", act, last)
		}
		last = got
	}
	e.enter(t, e.olga, 0, "30", "18", protocol.FirstEntry)
	if got, want := counts(e.Results), counts(reading); got != want {
		t.Errorf("a first entry: want %+v, got %+v", want, got)
	}
	e.enter(t, e.oskar, 0, "30", "18", protocol.Definitive)
	changes("a definitive protocol")
	if _, err := e.Protocols.Retract(t.Context(), e.ana, e.stations[0].ID, "wrong paper"); err != nil {
		t.Fatal(err)
	}
	changes("a retraction")
	if _, err := e.Protocols.Restore(t.Context(), e.ana, e.stations[0].ID, "right paper"); err != nil {
		t.Fatal(err)
	}
	changes("a restoration")
	b, err := e.Batches.Receive(t.Context(), batch.Delivery{
		Actor: e.ana, ElectionID: e.election.ID, StationID: e.stations[1].ID, FileName: "b.csv",
	}, strings.NewReader(strings.Repeat("9b2e7a10-3f4c-4d5e-8f60-718293a4b5c6,1\n", 20)))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // no event says that it is counted
		counts(e.Results) // and keeps them
		now, err := e.Batches.Batch(t.Context(), b.ID)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want it counted, got %+v, %v", now, err)
		}
		if now.State == batch.Counted {
			break
		}
	}
	changes("a counted batch")
	if _, err := e.Elections.CloseStation(t.Context(), e.ana, e.stations[2].ID, "flood"); err != nil {
		t.Fatal(err)
	}
	changes("a closed station")
	if err := e.annul(t, 0); err != nil {
		t.Fatal(err)
	}
	changes("an annulled station")
}
