package protocol_test

import (
	"errors"
	"testing"
	"time"

	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/approval"
)

func TestMove_RetractRestoreReopen(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	station := h.stations[0]
	if _, err := h.protocols.Retract(t.Context(), ada.Actor, station, "wrong paper"); !errors.Is(err, protocol.ErrUnknownProtocol) {
		t.Errorf("want an empty station refused, got %v", err)
	}
	h.enter(t, olga, station)
	if _, err := h.protocols.Retract(t.Context(), ada.Actor, station, "wrong paper"); !errors.Is(err, protocol.ErrNotDefinitive) {
		t.Errorf("want a first entry refused, got %v", err)
	}
	h.enter(t, oskar, station)
	if _, err := h.protocols.Retract(t.Context(), ada.Actor, station, ""); err == nil {
		t.Error("want a reason demanded")
	}
	if state, err := h.protocols.Retract(t.Context(), ada.Actor, station, "wrong paper"); err != nil || state != protocol.Retracted {
		t.Fatalf("want it retracted, got %v, %v", state, err)
	}
	h.wantTally(t, station, nil, 0)
	if state, err := h.protocols.Restore(t.Context(), ada.Actor, station, "the right one"); err != nil || state != protocol.Definitive {
		t.Fatalf("want it restored, got %v, %v", state, err)
	}
	h.wantTally(t, station, map[int]int64{1: 58, 2: 40}, 2)
	if state, err := h.protocols.Reopen(t.Context(), ada.Actor, station, "typed from the wrong page"); err != nil || state != protocol.Reopened {
		t.Fatalf("want it reopened, got %v, %v", state, err)
	}
	h.wantTally(t, station, nil, 0)
	if p := h.view(t, ada, station); p.Round != 2 || len(p.Entries) != 0 || p.Reason != "typed from the wrong page" {
		t.Errorf("want a second round, got %+v", p)
	}
	h.enter(t, oskar, station, "votes.1", "57", "votes.2", "41") // also as the first one now
	h.enter(t, olga, station, "votes.1", "57", "votes.2", "41")
	h.wantTally(t, station, map[int]int64{1: 57, 2: 41}, 2)
}

func TestMove_AfterTheEndAnApproval(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	station := h.stations[0]
	h.enter(t, olga, station)
	h.enter(t, oskar, station)
	h.end()
	h.commission.waits = true
	for _, act := range []func() (protocol.State, error){
		func() (protocol.State, error) {
			return h.protocols.Retract(t.Context(), ada.Actor, station, "wrong paper")
		},
		func() (protocol.State, error) {
			return h.protocols.Reopen(t.Context(), ada.Actor, station, "wrong paper")
		},
	} {
		state, err := act()
		if _, waits := errors.AsType[*approval.Waiting](err); !waits || state != protocol.Definitive {
			t.Errorf("want an approval asked for, got %v, %v", state, err)
		}
	}
	h.wantTally(t, station, map[int]int64{1: 58, 2: 40}, 2)
	if err := h.decide(t, station, h.protocols.RetractApproved); err != nil {
		t.Fatal(err)
	}
	h.wantTally(t, station, nil, 0)
	if err := h.decide(t, station, h.protocols.RetractApproved); !errors.Is(err, protocol.ErrNotDefinitive) {
		t.Errorf("want a second approval refused, got %v", err)
	}
	if err := h.decide(t, station, h.protocols.RestoreApproved); err != nil {
		t.Fatal(err)
	}
	h.wantTally(t, station, map[int]int64{1: 58, 2: 40}, 2)
	if err := h.decide(t, station, h.protocols.ReopenApproved); err != nil {
		t.Fatal(err)
	}
	h.wantTally(t, station, nil, 0)
}

func TestLate_WaitsForAnApproval(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	approved, refused := h.stations[0], h.stations[1]
	h.enter(t, olga, approved)
	h.enter(t, olga, refused)
	h.end()
	h.confirm(t)
	h.commission.waits = true
	for _, station := range []int64{approved, refused} {
		answer, err := h.protocols.Enter(t.Context(), oskar, protocol.Entry{StationID: station, Numbers: numbers(), LateReason: "the road was flooded"})
		if err != nil || answer.State != protocol.Waiting {
			t.Fatalf("want it to wait, got %+v, %v", answer, err)
		}
	}
	h.wantTally(t, approved, nil, 0)
	r := h.commission.proposed[0]
	if r.Act != approval.LateProtocol || r.Reason != "the road was flooded" || r.Actor != oskar.Actor || r.Parameters["late"] != "after-confirmation" {
		t.Errorf("want the proposal, got %+v", r)
	}
	if err := errors.Join(h.decide(t, approved, h.protocols.ApproveLate), h.decide(t, refused, h.protocols.RefuseLate)); err != nil {
		t.Fatal(err)
	}
	h.wantTally(t, approved, map[int]int64{1: 58, 2: 40}, 2)
	if p := h.view(t, ada, approved); p.State != protocol.Definitive || p.Late.State != protocol.LateApproved || p.Late.Decider != "Ada" {
		t.Errorf("want it approved, got %+v, %+v", p, p.Late)
	}
	if p := h.view(t, ada, refused); p.State != protocol.Retracted || p.Late.State != protocol.LateRefused || p.Late.Remark == "" {
		t.Errorf("want it refused, got %+v, %+v", p, p.Late)
	}
	if _, err := h.protocols.Restore(t.Context(), ada.Actor, refused, "after all"); err == nil || !h.commission.proposed[len(h.commission.proposed)-1].Always {
		t.Errorf("want a refused one restored with an approval only, got %v", err)
	}
}

func TestLate_AfterTheTimeUntil(t *testing.T) {
	t.Parallel()
	until := time.Now().Add(3 * time.Hour)
	h := newEnv(t, func(d *elections.Draft) { d.BatchesUntil = &until })
	h.end()
	if cause, err := h.protocols.Lateness(t.Context(), h.election.ID); err != nil || cause != "" {
		t.Errorf("want it in time, got %q, %v", cause, err)
	}
	h.end()
	if cause, err := h.protocols.Lateness(t.Context(), h.election.ID); err != nil || cause != protocol.AfterBatchesUntil {
		t.Errorf("want it late, got %q, %v", cause, err)
	}
}
