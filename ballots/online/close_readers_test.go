package online_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/internal/testing/databasetest"
)

// TestClose_AReaderInTheWayIsNamedAndTheFileRewrittenOnce reads an old state for many tries of the closer: the file is
// rewritten once, the service says what waits from the third try on, the server's log says it once and not again until ten minutes
// later, and the close ends soon after the reader.
func TestClose_AReaderInTheWayIsNamedAndTheFileRewrittenOnce(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	for _, k := range o.issue(t, e, 50) {
		if err := o.cast(t, k, "Birch"); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := o.db.Pool().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.QueryRowContext(t.Context(), `SELECT count(*) FROM online_ballots`).Scan(new(int)); err != nil {
		t.Fatal(err)
	}
	said := listen(t)
	o.Move(2 * time.Hour)
	step := func() (step string) {
		if err := o.db.Pool().QueryRowContext(t.Context(), `SELECT coalesce(max(step), '') FROM online_closings`).Scan(&step); err != nil {
			t.Fatal(err)
		}
		return step
	}
	if !databasetest.OnPostgres() { // where the reader is in the way of rewriting
		until(t, "the file to be rewritten", func() bool { return step() == "rewritten" })
	}
	size := func() int64 {
		if databasetest.OnPostgres() {
			return 0
		}
		info, err := os.Stat(filepath.Join(o.folder, "urna.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	once := size()
	if o.votes.BlockedClose() != nil {
		t.Error("want nothing said before the third try")
	}
	until(t, "the service to say what waits", func() bool { return o.votes.BlockedClose() != nil })
	b := o.votes.BlockedClose()
	if b.Tries < 3 || !slices.Equal(b.Elections, []int64{e.ID}) || b.Since.IsZero() {
		t.Errorf("want the election named after three tries, got %+v", b)
	}
	wantSaid(t, said(), 1)
	o.Move(11 * time.Minute)
	until(t, "more tries", func() bool { return o.votes.BlockedClose().Tries > 4 })
	wantSaid(t, said(), 2)
	if grown := size() - once; grown > once/4 {
		t.Errorf("want the file rewritten once, and the log grew from %d bytes by %d", once, grown)
	}
	if o.closed(t, e) {
		t.Error("want the close not done")
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	o.waitForClose(t, e)
	until(t, "nothing to be said after the close", func() bool { return o.votes.BlockedClose() == nil })
}

// wantSaid looks for so many warnings of a close that waits, and for no error, in the server's log.
func wantSaid(t *testing.T, log string, times int) {
	t.Helper()
	const waits = `level=WARN msg="the close of an election waits`
	if n := strings.Count(log, waits); n != times || strings.Contains(log, "level=ERROR") {
		t.Errorf("want %d warnings and no error, got %d:\n%s", times, n, log)
	}
}
