package batch_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"urna/ballots/batch"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// TestCount_WalksThroughNoTable counts, retracts and restores batches beside many ballots, and has PostgreSQL count the rows
// that a writing transaction read from one end of a large table to the other.
func TestCount_WalksThroughNoTable(t *testing.T) {
	databasetest.NeedsPostgres(t, "SQLite walks through the tables of a statement in the order of the text, whatever they hold")
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	var walked atomic.Int64
	h.db.BeforeCommit(func(ctx context.Context, tx *database.Tx) error {
		var n int64
		err := tx.SQL().QueryRowContext(ctx, `SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables WHERE relname IN ('ballots', 'invalid_lines')`).Scan(&n)
		walked.Add(n)
		return err
	})
	h.execute(t, `ANALYZE ballots; ANALYZE invalid_lines`) // so that they are known to be empty
	h.start(t)
	lines := func(from, to int) string {
		var file strings.Builder
		for i := from; i < to; i++ {
			fmt.Fprintf(&file, "%s,%d\n", guid(i), i%7)
		}
		return file.String()
	}
	many := h.await(t, h.receive(t, lines(0, 30_000)).ID)
	part := h.await(t, h.receive(t, lines(29_800, 32_000)).ID)
	few := h.await(t, h.receive(t, lines(31_990, 32_020)).ID)
	for _, id := range []int64{few.ID, part.ID, many.ID} {
		for _, move := range []func(context.Context, audit.Actor, int64, string) (batch.Batch, error){h.batches.Retract, h.batches.Restore} {
			if _, err := move(t.Context(), official, id, "a test"); err != nil {
				t.Fatal(err)
			}
			h.settle(t, id)
		}
	}
	if n := walked.Load(); n > 100 {
		t.Errorf("want ballots looked up, got %d rows read from one end to the other", n)
	}
}
