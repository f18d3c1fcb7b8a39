package protocol_test

import (
	"errors"
	"testing"

	"urna/ballots/protocol"
	"urna/internal/problem"
)

// different has two people enter a protocol that differs in both votes, and ends the election.
func different(t *testing.T) *env {
	t.Helper()
	h := newEnv(t)
	h.enter(t, olga, h.stations[0])
	if got := h.enter(t, oskar, h.stations[0], "votes.1", "57", "votes.2", "41"); got.State != protocol.Different {
		t.Fatalf("want a difference, got %+v", got)
	}
	return h
}

func (h *env) settle(t *testing.T, by protocol.Person, pairs ...string) (protocol.State, error) {
	t.Helper()
	var decisions []protocol.Decision
	for i := 0; i < len(pairs); i += 2 {
		decisions = append(decisions, protocol.Decision{Name: pairs[i], Typed: pairs[i+1]})
	}
	return h.protocols.Settle(t.Context(), by, h.stations[0], decisions, "")
}

func TestSettle_NumberByNumber(t *testing.T) {
	t.Parallel()
	h := different(t)
	h.end()
	if state, err := h.settle(t, ada, "votes.1", "60"); err != nil || state != protocol.Different {
		t.Fatalf("want one number settled, got %v, %v", state, err)
	}
	h.wantTally(t, h.stations[0], nil, 0)
	if _, err := h.settle(t, ada, "votes.2", "41"); !errors.Is(err, protocol.ErrFindings) {
		t.Fatalf("want a sum that is wrong refused, got %v", err)
	}
	if state, err := h.settle(t, ada, "votes.1", "57", "votes.2", "41"); err != nil || state != protocol.Definitive {
		t.Fatalf("want it definitive, got %v, %v", state, err)
	}
	h.wantTally(t, h.stations[0], map[int]int64{1: 57, 2: 41}, 2)
	p := h.view(t, ada, h.stations[0])
	for i, want := range []protocol.Settlement{{Name: "votes.1", Choice: protocol.Second}, {Name: "votes.2", Choice: protocol.Second}} {
		if got := p.Settlements[i]; got.Name != want.Name || got.Choice != want.Choice || got.Settler != ada.Name {
			t.Errorf("want %+v, got %+v", want, got)
		}
	}
	if _, err := h.settle(t, ada, "votes.1", "1"); !errors.Is(err, protocol.ErrNotDifferent) {
		t.Errorf("want a definitive protocol left alone, got %v", err)
	}
}

func TestSettle_AThirdValueAndNone(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	h.enter(t, olga, h.stations[0], "fields.signed", "99")
	h.enter(t, oskar, h.stations[0], "fields.invalid", "3", "fields.found_in_box", "101")
	h.end()
	state, err := h.settle(t, ada, "fields.signed", "", "fields.invalid", "4", "fields.found_in_box", "102")
	if err != nil || state != protocol.Definitive {
		t.Fatalf("want it definitive, got %v, %v", state, err)
	}
	want := map[string]protocol.Choice{"fields.signed": protocol.Second, "fields.invalid": protocol.Third, "fields.found_in_box": protocol.Third}
	p := h.view(t, ada, h.stations[0])
	for _, s := range p.Settlements {
		if want[s.Name] != s.Choice {
			t.Errorf("%s: want %s, got %s", s.Name, want[s.Name], s.Choice)
		}
	}
	if _, has := p.Values["fields.signed"]; has || p.Values["fields.invalid"] != 4 {
		t.Errorf("want no signed and 4 invalid, got %v", p.Values)
	}
	h.wantTally(t, h.stations[0], map[int]int64{1: 58, 2: 40}, 4)
}

func TestSettle_WhoAndWhen(t *testing.T) {
	t.Parallel()
	h := different(t)
	if _, err := h.settle(t, ada, "votes.1", "58"); !errors.Is(err, protocol.ErrNotShown) {
		t.Errorf("want the settlement to wait for the end, got %v", err)
	}
	h.end()
	if _, err := h.settle(t, petra, "votes.1", "58"); !errors.Is(err, protocol.ErrNoCoordinator) {
		t.Errorf("want an official refused, got %v", err)
	}
	south := h.election.Constituencies[1].ID
	c, err := h.protocols.NameCoordinator(t.Context(), ada.Actor, protocol.Coordinator{ElectionID: h.election.ID, ConstituencyID: south, AccountID: petra.ID, Name: petra.Name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.settle(t, petra, "votes.1", "58"); !errors.Is(err, protocol.ErrNoCoordinator) {
		t.Errorf("want the coordinator of another constituency refused, got %v", err)
	}
	if _, err := h.protocols.NameCoordinator(t.Context(), ada.Actor, protocol.Coordinator{ElectionID: h.election.ID, AccountID: petra.ID, Name: petra.Name}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.settle(t, petra, "votes.3", "58"); problem.KindOf(err) != problem.Invalid {
		t.Errorf("want a number that does not differ refused, got %v", err)
	}
	if state, err := h.settle(t, petra, "votes.1", "58", "votes.2", "40"); err != nil || state != protocol.Definitive {
		t.Errorf("want the coordinator to settle, got %v, %v", state, err)
	}
	if err := h.protocols.RemoveCoordinator(t.Context(), ada.Actor, c.ID); err != nil {
		t.Fatal(err)
	}
	if all, err := h.protocols.Coordinators(t.Context(), h.election.ID); err != nil || len(all) != 1 || all[0].ConstituencyID != 0 {
		t.Errorf("want the coordinator of the election left, got %+v, %v", all, err)
	}
}

func TestExplain_StaysWithTheProtocol(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	station := h.stations[0]
	pairs := []string{"votes.1", "96", "votes.2", "2", "fields.signed", "99"}
	if _, err := h.protocols.Enter(t.Context(), olga, protocol.Entry{
		StationID: station, Numbers: numbers(pairs...), Explanations: map[string]string{"W1": "a voter forgot to sign"},
	}); err != nil {
		t.Fatal(err)
	}
	h.enter(t, oskar, station, pairs...)
	if err := h.protocols.Explain(t.Context(), ada, station, "W3", "a village"); !errors.Is(err, protocol.ErrNotShown) {
		t.Errorf("want the explanation to wait for the end, got %v", err)
	}
	h.end()
	if p := h.view(t, ada, station); len(p.Unexplained) != 1 || p.Unexplained[0] != "W3" {
		t.Errorf("want W3 without an explanation, got %v of %+v", p.Unexplained, p.Warnings)
	}
	if err := h.protocols.Explain(t.Context(), ada, station, "W3", "a village"); err != nil {
		t.Fatal(err)
	}
	p := h.view(t, ada, station)
	if len(p.Unexplained) != 0 || len(p.Explanations) != 2 || p.Explanations[0].Author != olga.Name || p.Explanations[1].Text != "a village" {
		t.Errorf("want both explanations, got %+v, %v", p.Explanations, p.Unexplained)
	}
}
