package batch_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/internal/database"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/mermaid"
)

// TestStates_ChangeAsDrawn takes batches through everything that can happen to them, has the database record each
// change of a state, and compares the changes with the drawing in ARCHITECTURE.md.
func TestStates_ChangeAsDrawn(t *testing.T) { //nolint:paralleltest // it silences the log of the whole process
	quiet(t)
	var now clock.Clock
	h := &lateEnv{now: &now}
	h.env = open(t, t.TempDir(), batch.Options{ChunkLines: 1, RetryAfter: time.Millisecond, Now: now.Now, Approvals: &commission{}})
	defer h.close(t)
	execute := func(statement string) {
		t.Helper()
		err := h.db.Write(context.Background(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(context.Background(), statement)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	execute(`CREATE TABLE state_changes (change TEXT PRIMARY KEY)`)
	state := func(row string) string { // a late batch that waits is stored as a retracted one
		return `CASE ` + row + `.late_state WHEN 'waiting' THEN 'waiting' ELSE ` + row + `.state END`
	}
	execute(databasetest.Trigger("record_states", "AFTER UPDATE OF state, late_state ON batches", state("OLD")+` <> `+state("NEW"),
		`INSERT INTO state_changes VALUES (`+state("OLD")+` || ' → ' || `+state("NEW")+`) ON CONFLICT DO NOTHING`))
	// A machine that fails at one line of every batch.
	execute(`CREATE TABLE failing_machine (line INTEGER)`)
	execute(databasetest.Trigger("fail_sometimes", "BEFORE UPDATE OF processed ON batches",
		"OLD.processed < NEW.processed AND NEW.processed IN (SELECT line FROM failing_machine)", databasetest.Refuse("the machine fails")))
	h.start(t)

	move := func(id int64) {
		t.Helper()
		if _, err := h.batches.Retract(t.Context(), official, id, "for the drawing"); err != nil {
			t.Fatal(err)
		}
		h.settle(t, id)
		if _, err := h.batches.Restore(t.Context(), official, id, "for the drawing"); err != nil {
			t.Fatal(err)
		}
		h.settle(t, id)
	}
	lines := func(from, to int) string {
		var b strings.Builder
		for n := from; n <= to; n++ {
			b.WriteString(guid(n).String() + ",1\n")
		}
		return b.String()
	}
	move(h.await(t, h.receive(t, lines(1, 1)).ID).ID)
	move(h.await(t, h.receive(t, lines(2, 4)).ID).ID)
	empty, err := h.batches.Receive(t.Context(), batch.Delivery{
		Actor: official, ElectionID: h.election.ID, FileName: "empty.csv", EPMSFormat: true,
	}, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	move(empty.ID)

	for line, content := range map[string]string{"1": lines(11, 11), "2": lines(12, 14)} {
		execute(`INSERT INTO failing_machine VALUES (` + line + `)`)
		id := h.receive(t, content).ID
		h.awaitState(t, id, batch.Failed)
		execute(`DELETE FROM failing_machine`)
		h.await(t, id)
	}

	now.Move(2 * time.Hour)
	h.confirm(t)
	late, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID, EPMSFormat: true, Again: true}, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		h.decide(t, h.batches.ApproveLate, late),
		h.decide(t, h.batches.ApproveLate, h.receive(t, lines(21, 23))),
		h.decide(t, h.batches.RefuseLate, h.receive(t, lines(31, 33))),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	h.await(t, late.ID+1)

	var changes []string
	err = h.db.Read(t.Context(), func(tx *database.Tx) error {
		rows, err := tx.SQL().QueryContext(t.Context(), `SELECT change FROM state_changes`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var change string
			if err := rows.Scan(&change); err != nil {
				return err
			}
			changes = append(changes, change)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(changes)
	if drawn := mermaid.Edges(mermaid.StateDiagram(t, "../../ARCHITECTURE.md", "States of a batch")); !slices.Equal(changes, drawn) {
		t.Errorf("want the changes %q, drawn are %q", changes, drawn)
	}
}

// awaitState waits until a batch has the state.
func (h *env) awaitState(t *testing.T, id int64, state batch.State) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		b, err := h.batches.Batch(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if b.State == state {
			return
		}
	}
	t.Fatalf("batch %d did not come to the state %s in time", id, state)
}
