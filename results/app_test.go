package results_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/results"
)

var bob = audit.Actor{ID: 2, Name: "Bob", From: "test"}

// app is an env with the real way in for ballots.
type app struct {
	*env

	batches *batch.Service
	written int
}

func newApp(t *testing.T) *app {
	t.Helper()
	h := &app{env: newEnv(t)}
	h.batches = h.folder.Batches
	if err := h.batches.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// election makes an election whose close came to its end.
func (h *app) election(t *testing.T, kind elections.Kind, n int, change func(*elections.Draft)) *elections.Election {
	t.Helper()
	e := h.env.election(t, kind, n, change)
	if err := h.do(t, fmt.Sprintf(`INSERT INTO online_closings VALUES (%d, 'finished')`, e.ID)); err != nil {
		t.Fatal(err)
	}
	return e
}

// lines writes ballots with GUIDs of their own: votes[i] for poll number i.
func (h *app) lines(votes ...int) string {
	var b strings.Builder
	for poll, n := range votes {
		for range n {
			h.written++
			fmt.Fprintf(&b, "%08x-0000-4000-8000-%012x,%d\n", h.written*2654435761%(1<<32), h.written, poll)
		}
	}
	return b.String()
}

// upload sends a batch and waits until it is counted.
func (h *app) upload(t *testing.T, e *elections.Election, constituency int64, file string) batch.Batch {
	t.Helper()
	b, err := h.batches.Receive(t.Context(), batch.Delivery{
		Actor: ada, ElectionID: e.ID, ConstituencyID: constituency, FileName: "b.csv",
	}, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return h.rest(t, b.ID)
}

// rest waits until a batch has come to rest.
func (h *app) rest(t *testing.T, id int64) batch.Batch {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		b, err := h.batches.Batch(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if b.State == batch.Counted || b.State == batch.Retracted {
			return b
		}
	}
	t.Fatalf("batch %d did not come to rest", id)
	return batch.Batch{}
}

// do runs statements around the domain.
func (h *app) do(t *testing.T, statements ...string) error {
	t.Helper()
	return h.db.Write(t.Context(), func(tx *database.Tx) error {
		for _, s := range statements {
			if _, err := tx.SQL().ExecContext(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
}

// turnout returns what the public sees of an election's turnout.
func (o *env) turnout(t *testing.T, electionID int64) (*results.Turnout, error) {
	t.Helper()
	p, err := o.results.Public(t.Context(), electionID)
	if err != nil {
		return nil, err
	}
	return p.Turnout, nil
}
