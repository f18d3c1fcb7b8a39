package protocol_test

import (
	"context"
	"errors"
	"testing"

	"urna/ballots"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
)

// exclusions are the acts that exclude a station.
func (h *env) exclusions() map[string]func(context.Context, audit.Actor, int64, string) (elections.Station, error) {
	return map[string]func(context.Context, audit.Actor, int64, string) (elections.Station, error){
		"closed": h.elections.CloseStation, "annulled": h.elections.AnnulStation,
	}
}

// TestExcluded_ALateProtocolIsNotApproved closes and annuls stations whose late protocols wait. These can be refused still.
func TestExcluded_ALateProtocolIsNotApproved(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	for _, station := range h.stations[:2] {
		h.enter(t, olga, station)
	}
	h.end()
	h.confirm(t)
	next := 0
	for name, exclude := range h.exclusions() {
		station := h.stations[next]
		next++
		if answer := h.enter(t, oskar, station); answer.State != protocol.Waiting {
			t.Fatalf("want it to wait, got %+v", answer)
		}
		if _, err := exclude(t.Context(), ada.Actor, station, "flood"); err != nil {
			t.Fatal(err)
		}
		if err := h.decide(t, station, h.protocols.ApproveLate); !errors.Is(err, protocol.ErrTakesNone) {
			t.Errorf("%s: want the approval refused, got %v", name, err)
		}
		h.wantTally(t, station, nil, 0)
		if err := h.decide(t, station, h.protocols.RefuseLate); err != nil {
			t.Errorf("%s: want the refusal possible, got %v", name, err)
		}
	}
}

// TestExcluded_NothingIsSettledOrRestored: a protocol of a station that was closed or annulled meanwhile does not come into
// the count.
func TestExcluded_NothingIsSettledOrRestored(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	decisions := []protocol.Decision{{Name: "votes.1", Typed: "58"}, {Name: "votes.2", Typed: "40"}}
	different, retracted := h.stations[0], h.stations[1]
	h.enter(t, olga, different)
	h.enter(t, oskar, different, "votes.1", "57", "votes.2", "41")
	h.enter(t, olga, retracted)
	h.enter(t, oskar, retracted)
	if _, err := h.protocols.Retract(t.Context(), ada.Actor, retracted, "wrong paper"); err != nil {
		t.Fatal(err)
	}
	h.end()
	for name, exclude := range h.exclusions() {
		for _, station := range []int64{different, retracted} {
			if _, err := exclude(t.Context(), ada.Actor, station, "flood"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.protocols.Settle(t.Context(), ada, different, decisions, ""); !errors.Is(err, protocol.ErrTakesNone) {
			t.Errorf("%s: want the settlement refused, got %v", name, err)
		}
		if _, err := h.protocols.Restore(t.Context(), ada.Actor, retracted, "the right one"); !errors.Is(err, protocol.ErrTakesNone) {
			t.Errorf("%s: want the restoration refused, got %v", name, err)
		}
		h.wantTally(t, different, nil, 0)
		for _, station := range []int64{different, retracted} {
			if _, err := h.elections.ReopenStation(t.Context(), ada.Actor, station, "the water went down"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if state, err := h.protocols.Settle(t.Context(), ada, different, decisions, ""); err != nil || state != protocol.Definitive {
		t.Errorf("want it settled once the station is open again, got %v, %v", state, err)
	}
}

// TestRetractStation_OnlyWhatCounts retracts within another act: a definitive protocol leaves the count, one that waits is
// refused, and one that is not complete stays.
func TestRetractStation_OnlyWhatCounts(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	definitive, first, late, empty := h.stations[0], h.stations[1], h.stations[2], h.stations[3]
	h.enter(t, olga, definitive)
	h.enter(t, oskar, definitive)
	h.enter(t, olga, first)
	h.enter(t, olga, late)
	h.end()
	h.confirm(t)
	h.enter(t, oskar, late)
	for _, c := range []struct {
		station int64
		refusal error
		state   protocol.State
	}{
		{definitive, nil, protocol.Retracted},
		{first, nil, protocol.FirstEntry},
		{late, ballots.ErrStationBeingCounted, protocol.Waiting},
		{empty, nil, protocol.Empty},
	} {
		err := h.db.Write(t.Context(), func(tx *database.Tx) error {
			return h.protocols.RetractStation(t.Context(), tx, ada.Actor, c.station, "two urns")
		})
		if !errors.Is(err, c.refusal) {
			t.Errorf("want %v, got %v", c.refusal, err)
		}
		if got := h.view(t, ada, c.station).State; got != c.state {
			t.Errorf("want %s, got %s", c.state, got)
		}
	}
	h.wantTally(t, definitive, nil, 0)
	if p := h.view(t, ada, definitive); p.Reason != "two urns" {
		t.Errorf("want the reason on record, got %+v", p)
	}
}
