package protocol_test

import (
	"maps"
	"strings"
	"testing"

	"urna/ballots/protocol"
	"urna/internal/problem"
)

func TestDraft_IsKeptFieldByFieldAndOnlyForItsTypist(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	station := h.stations[0]
	save := func(by protocol.Person, numbers, explanations map[string]string) protocol.Draft {
		t.Helper()
		d, err := h.protocols.SaveDraft(t.Context(), by, protocol.Draft{StationID: station, Numbers: numbers, Explanations: explanations})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	save(olga, map[string]string{"votes.1": "5"}, nil)
	save(oskar, map[string]string{"votes.1": "7"}, nil)
	save(olga, map[string]string{"votes.1": "58", "fields.invalid": "x"}, map[string]string{"W4": "wet paper"})
	save(olga, map[string]string{"fields.invalid": ""}, nil)
	d, err := h.protocols.Draft(t.Context(), olga, station)
	if err != nil || !maps.Equal(d.Numbers, map[string]string{"votes.1": "58"}) || d.Explanations["W4"] != "wet paper" || d.SavedAt.IsZero() {
		t.Errorf("want what Olga typed last, got %+v, %v", d, err)
	}
	if d, err := h.protocols.Draft(t.Context(), ada, station); err != nil || len(d.Numbers) != 0 {
		t.Errorf("want nothing for an administrator, got %+v, %v", d, err)
	}
	if p := h.view(t, ada, station); p.State != protocol.Empty || len(p.Typing) != 2 || p.Typing[0].Name != olga.Name {
		t.Errorf("want two typists and no state, got %+v", p)
	}
	h.enter(t, olga, station)
	if d, err := h.protocols.Draft(t.Context(), olga, station); err != nil || len(d.Numbers) != 0 {
		t.Errorf("want the draft gone with the entry, got %+v, %v", d, err)
	}
	for name, wrong := range map[string]protocol.Draft{
		"a long number":         {StationID: station, Numbers: map[string]string{"votes.1": strings.Repeat("1", 21)}},
		"an unknown number":     {StationID: station, Numbers: map[string]string{"votes.3": "1"}},
		"an unknown check":      {StationID: station, Explanations: map[string]string{"W99": "because"}},
		"an error as a warning": {StationID: station, Explanations: map[string]string{"E1": "because"}},
	} {
		if _, err := h.protocols.SaveDraft(t.Context(), oskar, wrong); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: want it refused, got %v", name, err)
		}
	}
}

func TestDraft_OfAnotherPersonIsTheSecondEntry(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	station := h.stations[0]
	h.enter(t, olga, station)
	draft := protocol.Draft{StationID: station, Numbers: map[string]string{"votes.1": "5"}}
	if _, err := h.protocols.SaveDraft(t.Context(), oskar, draft); err != nil {
		t.Fatal(err)
	}
	if p := h.view(t, ada, station); p.State != protocol.SecondEntry {
		t.Errorf("want the second entry begun, got %+v", p)
	}
	if err := h.protocols.DiscardDraft(t.Context(), oskar, station); err != nil {
		t.Fatal(err)
	}
	if p := h.view(t, ada, station); p.State != protocol.FirstEntry {
		t.Errorf("want the first entry again, got %+v", p)
	}
	if answer := h.enter(t, petra, station); answer.State != protocol.Definitive {
		t.Errorf("want the second entry without a draft, got %+v", answer)
	}
}
