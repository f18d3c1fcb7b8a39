package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"urna/internal/database"
)

// TestTrack_RemembersRowsAsTheyWere makes one change of each kind in one transaction each.
func TestTrack_RemembersRowsAsTheyWere(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "urna.db"))
	write := func(statements ...string) (changes []database.RowChange) {
		t.Helper()
		err := db.Write(t.Context(), func(tx *database.Tx) (err error) {
			for _, s := range statements {
				if _, err := tx.SQL().ExecContext(t.Context(), s); err != nil {
					return err
				}
			}
			changes, err = db.Changes(t.Context(), tx.SQL())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	write(`CREATE TABLE pairs (a INTEGER NOT NULL, b BLOB NOT NULL, c TEXT COLLATE NOCASE, d INTEGER, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID`)
	err := db.Track(t.Context(), []database.Tracked{
		{Name: "pairs", Key: []string{"a", "b"}, Columns: []string{"c"}},
		{Name: "settings", Key: []string{"name"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		statements []string
		want       string
	}{
		{[]string{`INSERT INTO pairs VALUES (1, x'02', 'one', 0)`, `INSERT INTO settings VALUES ('n', 'v')`}, "[{pairs [1 [2]] [] [one]} {settings [n] [] []}]"},
		{[]string{`UPDATE pairs SET d = 1`}, "[]"},                                // a column that is not tracked
		{[]string{`UPDATE pairs SET c = c`}, "[]"},                                // no change
		{[]string{`UPDATE pairs SET c = 'ONE'`}, "[{pairs [1 [2]] [one] [ONE]}]"}, // the same by the column's collation
		{[]string{`DELETE FROM pairs`, `INSERT INTO pairs VALUES (1, x'02', 'ONE', 5)`}, "[]"},
		{[]string{`UPDATE pairs SET c = 'two'`, `INSERT OR REPLACE INTO pairs VALUES (1, x'02', 'three', 5)`}, "[{pairs [1 [2]] [ONE] [three]}]"},
		{[]string{`UPDATE pairs SET a = 7`}, "[{pairs [1 [2]] [three] []} {pairs [7 [2]] [] [three]}]"},
		{[]string{`INSERT INTO pairs VALUES (8, x'', NULL, 0)`, `DELETE FROM pairs WHERE a = 8`}, "[]"},
		{[]string{`DELETE FROM pairs`}, "[{pairs [7 [2]] [three] []}]"},
		{[]string{`UPDATE settings SET value = 'w'`}, "[]"},
		{[]string{`DELETE FROM settings`}, "[{settings [n] [] []}]"},
	} {
		if got := fmt.Sprint(write(step.statements...)); got != step.want {
			t.Errorf("%q: want %s, got %s", step.statements, step.want, got)
		}
	}
}

// TestTrack_SearchesWhatItRemembers: a transaction that changes many rows finds each remembered one by its key.
func TestTrack_SearchesWhatItRemembers(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "urna.db"))
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT) STRICT`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Track(t.Context(), []database.Tracked{{Name: "things", Key: []string{"id"}, Columns: []string{"name"}}}); err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		steps := 0
		for _, statement := range []string{`INSERT INTO things VALUES (1, 'one')`, `UPDATE things SET name = 'two' WHERE id = 1`, `DELETE FROM things WHERE id = 1`} {
			n, whole, err := explain(t.Context(), tx, statement)
			if err != nil {
				return err
			}
			if whole {
				t.Errorf("%s: want no table read as a whole", statement)
			}
			steps += n
		}
		if steps < 100 {
			t.Errorf("want the programs of the triggers, got %d steps", steps)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// explain returns how many steps a statement has, with the programs of the triggers, and whether any reads a stored table
// from its beginning.
func explain(ctx context.Context, tx *database.Tx, statement string) (steps int, whole bool, err error) {
	rows, err := tx.SQL().QueryContext(ctx, "EXPLAIN "+statement)
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	stored := map[int]bool{} // cursors
	for ; rows.Next(); steps++ {
		var opcode string
		var cursor int
		var other any
		if err := rows.Scan(&other, &opcode, &cursor, &other, &other, &other, &other, &other); err != nil {
			return 0, false, err
		}
		switch opcode {
		case "Init": // of the next program
			stored = map[int]bool{}
		case "OpenRead", "OpenWrite":
			stored[cursor] = true
		case "Rewind", "Last":
			whole = whole || stored[cursor]
		}
	}
	return steps, whole, rows.Err()
}

func TestTrack_ARolledBackChangeIsForgotten(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "urna.db"))
	if err := db.Track(t.Context(), []database.Tracked{{Name: "settings", Key: []string{"name"}, Columns: []string{"value"}}}); err != nil {
		t.Fatal(err)
	}
	var hooked int
	db.BeforeCommit(func(context.Context, *database.Tx) error { hooked++; return nil })
	refused := errors.New("refused")
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO settings (name, value) VALUES ('a', 'b')`)
		return errors.Join(err, refused)
	})
	if !errors.Is(err, refused) || hooked != 0 {
		t.Fatalf("want it rolled back before the hook, got %v after %d calls", err, hooked)
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		changes, err := db.Changes(t.Context(), tx.SQL())
		if len(changes) != 0 {
			t.Errorf("want nothing, got %v", changes)
		}
		return err
	})
	if err != nil || hooked != 1 {
		t.Errorf("want one call of the hook, got %d, %v", hooked, err)
	}
}
