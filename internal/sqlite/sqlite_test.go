package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"urna/internal/database"
	"urna/internal/sqlite"
)

func open(t *testing.T, path string) *database.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// TestOpen_EveryConnectionIsDurable holds several reading connections open at once, so that the pool
// cannot answer with one and the same.
func TestOpen_EveryConnectionIsDurable(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "odd name?&%20.db"))
	check := func(tx *database.Tx) error {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
			var got string
			if err := tx.SQL().QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("want %s %s, got %s", pragma, want, got)
			}
		}
		return nil
	}
	var nest func(depth int) error
	nest = func(depth int) error {
		return db.Read(t.Context(), func(tx *database.Tx) error {
			if depth > 0 {
				if err := nest(depth - 1); err != nil {
					return err
				}
			}
			return check(tx)
		})
	}
	if err := nest(3); err != nil {
		t.Error(err)
	}
	if err := db.Write(t.Context(), check); err != nil {
		t.Error(err)
	}
}

func TestOpen_FilesAreTheOwnersOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "urna.db")
	db := open(t, path)
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "CREATE TABLE t (a INTEGER) STRICT")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("want %s with mode 0600, got %v", name, info.Mode())
		}
	}
}

func TestWrite_AllOrNothing(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "urna.db"))
	insert := func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(),
			"INSERT INTO participants (name, short_name, kind, color, created_at) VALUES ('A', '', 'party', '', 0)")
		return err
	}
	count := func() (n int) {
		err := db.Read(t.Context(), func(tx *database.Tx) error {
			return tx.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM participants").Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	refusal, called := errors.New("no"), 0
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		tx.AfterCommit(func() { called++ })
		return errors.Join(insert(tx), refusal)
	})
	if !errors.Is(err, refusal) || count() != 0 || called != 0 {
		t.Errorf("want the refusal, no row and no call, got %v, %d, %d", err, count(), called)
	}
	func() {
		defer func() { _ = recover() }()
		_ = db.Write(t.Context(), func(tx *database.Tx) error {
			if err := insert(tx); err != nil {
				t.Error(err)
			}
			panic("in the middle")
		})
	}()
	if count() != 0 {
		t.Error("want no row after a panic")
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		tx.AfterCommit(func() { called++ })
		return insert(tx)
	})
	if err != nil || count() != 1 || called != 1 {
		t.Errorf("want one row and one call, got %v, %d, %d", err, count(), called)
	}
}

func TestRead_CannotWrite(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "urna.db"))
	err := db.Read(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "DELETE FROM participants")
		return err
	})
	if err == nil {
		t.Error("want a reader refused to write")
	}
}

// TestSchema_RefusesWhatTheDomainForbids goes around the domain, straight into the tables.
func TestSchema_RefusesWhatTheDomainForbids(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "urna.db"))
	for name, statement := range map[string]string{
		"unknown role": `INSERT INTO users (email, forename, surname, role, password_hash, created_at)
			VALUES ('a@b.cd', 'A', 'B', 'king', 'x', 0)`,
		"end before start": `INSERT INTO elections (title, kind, starts_at, ends_at, time_zone, public_view, takes_batches, takes_online,
			method, threshold_percent, threshold_base, threshold_comparison, majority, blank_ballots, rehearsal, created_at)
			VALUES ('T', 'parliamentary', 2, 1, 'UTC', 'turnout', 1, 1, 'dhondt', '5', 'none', '>=', 'absolute', 0, 0, 0)`,
		"candidacy without a constituency": `INSERT INTO candidacies VALUES (9, 1, 9, '', 0, 0)`,
		"negative tally":                   `INSERT INTO constituency_tallies VALUES (1, 1, -1)`,
		"text where a number belongs":      `INSERT INTO constituency_totals VALUES (1, 'many', 0)`,
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Write(t.Context(), func(tx *database.Tx) error {
				_, err := tx.SQL().ExecContext(t.Context(), statement)
				return err
			})
			if err == nil {
				t.Error("want the database to refuse")
			}
		})
	}
}

// TestWrite_LogMovesInSmallPiecesAmongFirst looks at the length of the log's file while transactions write a
// megabyte each: it grows to 128 MiB while no priority transaction waits, and to a few where those that go first would.
func TestWrite_LogMovesInSmallPiecesAmongFirst(t *testing.T) {
	const megabytes, mebibyte = 40, 1 << 20
	for name, c := range map[string]struct {
		first       func(i int) bool
		least, most int64
	}{
		"alone":       {func(int) bool { return false }, megabytes * mebibyte, 2 * megabytes * mebibyte},
		"first alone": {func(int) bool { return true }, megabytes * mebibyte, 2 * megabytes * mebibyte},
		"in turns":    {func(i int) bool { return i%2 == 0 }, 8 * mebibyte, 12 * mebibyte},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "urna.db")
			db := open(t, path)
			must(t, db.Write(t.Context(), func(tx *database.Tx) error {
				_, err := tx.SQL().ExecContext(t.Context(), `CREATE TABLE filler (content BLOB)`)
				return err
			}))
			for i := range megabytes {
				write := db.Write
				if c.first(i) {
					write = db.WritePriority
				}
				must(t, write(t.Context(), func(tx *database.Tx) error {
					_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO filler VALUES (randomblob(1048576))`)
					return err
				}))
			}
			log, err := os.Stat(path + "-wal")
			must(t, err)
			if log.Size() < c.least || log.Size() > c.most {
				t.Errorf("want a log of %d to %d MiB, got %d", c.least/mebibyte, c.most/mebibyte, log.Size()/mebibyte)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
