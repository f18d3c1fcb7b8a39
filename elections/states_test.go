package elections_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/mermaid"
)

// TestStateAt_IsAsDrawn walks through the service at random and compares the changes of states with the drawing in
// ARCHITECTURE.md: none that is not drawn, and all that are.
func TestStateAt_IsAsDrawn(t *testing.T) {
	w := newWalk(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		acts := make([]byte, 24)
		for i := range acts {
			acts[i] = byte(random.UintN(256))
		}
		w.election(acts)
	}
	edges := slices.Compact(slices.Sorted(slices.Values(w.edges)))
	if !slices.Equal(edges, w.drawn) {
		t.Errorf("want the changes as drawn:\n%s\ngot\n%s", strings.Join(w.drawn, "\n"), strings.Join(edges, "\n"))
	}
}

// FuzzStateAt_NoWalkLeavesTheDrawing tries other walks.
func FuzzStateAt_NoWalkLeavesTheDrawing(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7})
	f.Add([]byte{1, 6, 6, 6, 2, 3, 4})
	f.Fuzz(func(t *testing.T, acts []byte) {
		w := newWalk(t)
		w.election(acts[:min(len(acts), 40)])
		for _, edge := range w.edges {
			if !slices.Contains(w.drawn, edge) {
				t.Errorf("%s is not drawn", edge)
			}
		}
	})
}

// walk does acts on elections, by bytes, and records the changes of their states.
type walk struct {
	*env

	t     *testing.T
	drawn []string
	edges []string
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	return &walk{env: newEnv(t), t: t, drawn: mermaid.Edges(mermaid.StateDiagram(t, "../ARCHITECTURE.md", "States of an election"))}
}

// election makes an election as the first byte says, and does to it what the others say.
func (w *walk) election(acts []byte) {
	if len(acts) == 0 {
		return
	}
	d := w.draft()
	d.AsDraft = acts[0]%2 == 0
	e := w.create(w.t, d)
	state := e.StateAt(w.now)
	for _, act := range acts[1:] {
		if !w.act(e, act) {
			return // it was deleted
		}
		found, err := w.ElectionOrDraft(w.t.Context(), e.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		e = found
		if next := e.StateAt(w.now); next != state {
			w.edges, state = append(w.edges, string(state)+" → "+string(next)), next
		}
		if _, err := w.Election(w.t.Context(), e.ID); (err == nil) == e.IsDraft {
			w.t.Errorf("want a draft, and a draft only, hidden: %s, %v", state, err)
		}
		// The clock may jump; what was recorded holds.
		if back := e.StateAt(e.StartsAt.Add(-time.Hour)); e.ClosedAt != nil && !back.ToBeCertified() && !back.Final() {
			w.t.Errorf("closed, with a clock from before the start: want no way back, got %s", back)
		}
	}
}

// act does one act; refusals are fine. It reports whether the election still exists.
func (w *walk) act(e *elections.Election, act byte) bool {
	ctx := w.t.Context()
	switch act % 8 {
	case 0:
		_, _ = w.Publish(ctx, ada, e.ID, elections.Publication{OpenNow: true})
	case 1:
		_, _ = w.Withdraw(ctx, ada, e.ID, "postponed")
		_, _ = w.EndCorrection(ctx, ada, e.ID, e.Correction, "the court changed its mind")
	case 2:
		if act > 200 {
			return w.DeleteDraft(ctx, ada, e.ID, "") != nil
		}
		_, _ = w.OpenCorrection(ctx, ada, e.ID, elections.CorrectionDraft{
			Reason: "miscounted", OrderedBy: "the court", Stations: []elections.StationOrder{{ConstituencyID: e.Constituencies[0].ID}},
		})
	case 3:
		w.confirm(e)
	case 4:
		w.close(e)
	case 5: // some time passes, less than until the next transition
		w.now = w.now.Add(7 * time.Minute)
	default:
		w.now = w.now.Add(31 * time.Minute)
	}
	return true
}

func (w *walk) confirm(e *elections.Election) {
	_ = w.db.Write(w.t.Context(), func(tx *database.Tx) error {
		_, err := w.Confirm(w.t.Context(), tx, ada, e, strings.Repeat(strconv.Itoa(e.CertificationNumber()%10), 64))
		return err
	})
}

func (w *walk) close(e *elections.Election) {
	if e.CertifiedAt != nil { // which waits for the close
		return
	}
	err := w.db.Write(w.t.Context(), func(tx *database.Tx) error {
		closed, err := elections.MarkClosed(w.t.Context(), tx, e.ID, w.now)
		if err != nil || !closed {
			return err
		}
		return (&audit.Log{Now: func() time.Time { return w.now }}).
			Append(w.t.Context(), tx.SQL(), audit.System(), "election-closed", elections.Subject(e.ID), nil)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
