package elections_test

import (
	"slices"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/testing/mermaid"
)

// TestStateAt_IsAsDrawn follows an election through its life, with every fact recorded or not, and compares the changes
// of its state with the drawing in ARCHITECTURE.md.
func TestStateAt_IsAsDrawn(t *testing.T) {
	start := time.Date(2027, 4, 11, 7, 0, 0, 0, time.UTC)
	end := start.Add(12 * time.Hour)
	var edges []string
	for _, closes := range []time.Duration{0, time.Minute, -time.Minute} { // no close, after the end, on a clock that is behind
		e := &elections.Election{StartsAt: start, EndsAt: end}
		state := e.StateAt(start.Add(-time.Hour))
		for now := start.Add(-time.Minute); now.Before(end.Add(time.Hour)); now = now.Add(time.Minute) {
			if closes != 0 && now.Equal(end.Add(closes)) {
				e.ClosedAt = &now
			}
			if now.Equal(end.Add(30 * time.Minute)) {
				e.CertifiedAt = &now
			}
			// The clock may jump; what was recorded holds.
			if e.ClosedAt != nil {
				if back := e.StateAt(start.Add(-time.Hour)); back != elections.Counting && back != elections.Certified {
					t.Errorf("closed, with a clock from before the start: want no way back, got %s", back)
				}
			}
			if next := e.StateAt(now); next != state {
				edges, state = append(edges, string(state)+" → "+string(next)), next
			}
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	if drawn := mermaid.Edges(mermaid.StateDiagram(t, "../ARCHITECTURE.md", "States of an election")); !slices.Equal(edges, drawn) {
		t.Errorf("want the changes %q, drawn are %q", edges, drawn)
	}
}
