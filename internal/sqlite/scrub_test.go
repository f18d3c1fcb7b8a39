package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"urna/internal/database"
)

// TestScrub_LeavesNothingOfWhatWas deletes and overwrites, and looks at the bytes of the file and its log; first
// while a reader has the old state.
func TestScrub_LeavesNothingOfWhatWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "urna.db")
	db := open(t, path)
	old := []byte("a name that was never meant to stay")
	write := func(statement string, args ...any) {
		t.Helper()
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), statement, args...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	traces := func() (found []string) {
		t.Helper()
		for _, suffix := range []string{"", "-wal"} {
			content, err := os.ReadFile(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(content, old) {
				found = append(found, "urna.db"+suffix)
			}
		}
		return found
	}
	write(`INSERT INTO participants (name, short_name, color, kind, created_at) VALUES ($1, '', '', 'party', 0)`, string(old))
	reader, err := db.Pool().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reader.QueryRowContext(t.Context(), `SELECT count(*) FROM participants`).Scan(&n); err != nil || n != 1 {
		t.Fatalf("want a reader of the old state, got %d, %v", n, err)
	}
	write(`UPDATE participants SET name = 'another'`)
	scrub := func() error {
		if err := db.Rewrite(t.Context()); err != nil {
			t.Fatal(err)
		}
		return db.EmptyLog(t.Context())
	}
	if err := scrub(); !errors.Is(err, database.ErrReadersInTheWay) || len(traces()) == 0 {
		t.Errorf("want it said that a reader is in the way while %v hold the old state, got %v", traces(), err)
	}
	write(`UPDATE participants SET name = 'a third'`) // the writer is as it was
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := db.EmptyLog(t.Context()); err != nil || len(traces()) > 0 {
		t.Errorf("want no trace left, got %v, %v", traces(), err)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("want an empty log, got %v, %v", info, err)
	}
}
