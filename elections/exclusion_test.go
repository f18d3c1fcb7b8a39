package elections_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// standing are polling stations with ballots: true while these are being counted.
type standing map[int64]bool

var errBusy = errors.New("being counted")

func (s standing) Holds(_ context.Context, _ *database.Tx, id int64) (bool, error) {
	_, holds := s[id]
	return holds, nil
}

func (s standing) Retract(_ context.Context, _ *database.Tx, _ audit.Actor, _ *elections.Election, id int64, _ string) error {
	if s[id] {
		return errBusy
	}
	delete(s, id)
	return nil
}

// asked are approvals that let every act wait, while hold is true.
type asked struct {
	hold     bool
	requests []approval.Request
}

func (a *asked) Ask(_ context.Context, _ *database.Tx, r approval.Request) (*approval.Waiting, error) {
	a.requests = append(a.requests, r)
	if !a.hold {
		return nil, nil //nolint:nilnil // it may
	}
	return &approval.Waiting{ID: int64(len(a.requests)), Act: r.Act}, nil
}

func (a *asked) AccountChanges(context.Context, *database.Tx, approval.Period, time.Time) ([]approval.AccountChange, error) {
	return nil, nil
}

// excludable is an open election with three stations, whose approvals and ballots a test sets.
func excludable(t *testing.T) (o *env, e *elections.Election, stations []elections.Station, ballots standing, two *asked) {
	t.Helper()
	o = newEnv(t)
	ballots, two = standing{}, &asked{}
	now := func() time.Time { return o.now }
	o.Service = elections.New(o.db, &audit.Log{Now: now}, o.participants, elections.Options{Now: now, TimeZone: "UTC", Stations: ballots, Approvals: two})
	e = o.create(t, o.withStations([]string{"1", "2", "3"}, nil))
	stations = o.stations(t, e, 0)
	o.now = o.now.Add(90 * time.Minute)
	return o, e, stations, ballots, two
}

func TestCloseStation_OnlyWithoutBallotsAndWithAReason(t *testing.T) {
	o, e, stations, ballots, two := excludable(t)
	two.hold = true // a closure needs no second administrator
	ballots[stations[1].ID] = false
	if _, err := o.CloseStation(t.Context(), ada, stations[0].ID, " "); fieldsOf(err)["reason"] == "" {
		t.Errorf("want a reason asked for, got %v", err)
	}
	if _, err := o.CloseStation(t.Context(), ada, stations[1].ID, "flood"); !errors.Is(err, elections.ErrStationHolds) {
		t.Errorf("want a station with ballots refused, got %v", err)
	}
	closed, err := o.CloseStation(t.Context(), ada, stations[0].ID, "flood")
	if err != nil || closed.Exclusion != elections.ClosedWithout || closed.ExclusionReason != "flood" || !closed.ExcludedAt.Equal(o.now) {
		t.Fatalf("want it closed, got %+v, %v", closed, err)
	}
	if _, err := o.CloseStation(t.Context(), ada, stations[0].ID, "flood"); !errors.Is(err, elections.ErrStationExcluded) {
		t.Errorf("want it closed once, got %v", err)
	}
	if _, err := o.ReopenStation(t.Context(), ada, stations[0].ID, "the water went down"); err != nil {
		t.Errorf("want it open again before the end without a second person, got %v", err)
	}
	if _, err := o.ReopenStation(t.Context(), ada, stations[0].ID, "again"); !errors.Is(err, elections.ErrStationOpen) {
		t.Errorf("want an open station refused, got %v", err)
	}
	want := []string{`1 exclusion: "" to "closed", flood, Ada`, `1 exclusion: "closed" to "", the water went down, Ada`}
	if got := o.amended(t, e.ID); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestAnnulStation_RetractsAndNeedsTwo(t *testing.T) {
	o, e, stations, ballots, two := excludable(t)
	one, busy := stations[0].ID, stations[1].ID
	ballots[one], ballots[busy] = false, true
	two.hold = true
	waits := &approval.Waiting{}
	if _, err := o.AnnulStation(t.Context(), ada, one, "two urns"); !errors.As(err, &waits) || waits.Act != approval.AnnulStation {
		t.Fatalf("want it to wait, got %v", err)
	}
	if s, err := o.Station(t.Context(), one); err != nil || s.Exclusion != elections.NotExcluded || len(ballots) != 2 {
		t.Fatalf("want nothing done before the approval, got %+v, %v", s, err)
	}
	do := func(act approval.Act, reason string) error {
		return o.db.Write(t.Context(), func(tx *database.Tx) error {
			return o.MoveStationApproved(act)(t.Context(), tx, approval.Approved{
				Subject: two.requests[len(two.requests)-1].Subject, ElectionID: e.ID, Reason: reason, Proposer: ada, Decider: "Bob",
			})
		})
	}
	if err := do(approval.AnnulStation, "two urns"); err != nil {
		t.Fatal(err)
	}
	annulled, err := o.Station(t.Context(), one)
	if _, holds := ballots[one]; err != nil || holds || annulled.Exclusion != elections.AnnulledStation {
		t.Errorf("want it annulled and its ballots retracted, got %+v, %v", annulled, err)
	}
	list, err := o.Amendments(t.Context(), e.ID, elections.AmendmentFilter{})
	if err != nil || len(list) != 1 || list[0].By != "Ada" || list[0].ApprovedBy != "Bob" {
		t.Errorf("want both names on record, got %+v, %v", list, err)
	}
	if err := do(approval.AnnulStation, "again"); !errors.Is(err, elections.ErrStationExcluded) {
		t.Errorf("want it annulled once, got %v", err)
	}
	if _, err := o.ReopenStation(t.Context(), ada, one, "by order of the court"); !errors.As(err, &waits) || waits.Act != approval.ReopenStation {
		t.Errorf("want the reopening of an annulled one to wait, got %v", err)
	}
	if err := do(approval.ReopenStation, "by order of the court"); err != nil {
		t.Fatal(err)
	}
	two.hold = false
	if _, err := o.AnnulStation(t.Context(), ada, busy, "two urns"); !errors.Is(err, errBusy) {
		t.Errorf("want a station refused whose ballots are being counted, got %v", err)
	}
	if s, err := o.Station(t.Context(), busy); err != nil || s.Exclusion != elections.NotExcluded {
		t.Errorf("want nothing of a refused annulment stored, got %+v, %v", s, err)
	}
}

func TestExclusions_BetweenOpeningAndCertification(t *testing.T) {
	o, e, stations, _, two := excludable(t)
	id := stations[2].ID
	o.now = o.now.Add(-time.Hour) // scheduled
	for name, act := range map[string]func(context.Context, audit.Actor, int64, string) (elections.Station, error){
		"closure": o.CloseStation, "annulment": o.AnnulStation, "reopening": o.ReopenStation,
	} {
		if _, err := act(t.Context(), ada, id, "early"); !errors.Is(err, elections.ErrNotOpened) {
			t.Errorf("%s: want it refused before the opening, got %v", name, err)
		}
	}
	o.now = o.now.Add(3 * time.Hour) // counting
	if _, err := o.CloseStation(t.Context(), ada, id, "no voter came"); err != nil {
		t.Errorf("want a closure after the end, got %v", err)
	}
	two.hold = true
	waits := &approval.Waiting{}
	if _, err := o.ReopenStation(t.Context(), ada, id, "the box was found"); !errors.As(err, &waits) {
		t.Errorf("want a reopening after the end to wait, got %v", err)
	}
	o.store(t, "UPDATE elections SET certified_at = 1 WHERE id = "+strconv.FormatInt(e.ID, 10))
	if _, err := o.AnnulStation(t.Context(), ada, stations[0].ID, "late"); !errors.Is(err, elections.ErrCertified) {
		t.Errorf("want a certified election left alone, got %v", err)
	}
}
