package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"urna/internal/database"
	"urna/internal/sqlite"
)

// execute runs statements on a closed database, around the program.
func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path)
	must(t, err)
	for _, s := range statements {
		_, err := db.ExecContext(t.Context(), s)
		must(t, err)
	}
	must(t, db.Close())
}

// schemaOf returns the newest schema version that a closed database names.
func schemaOf(t *testing.T, path string) (version int64) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path)
	must(t, err)
	must(t, db.QueryRowContext(t.Context(), `SELECT max(version_id) FROM goose_db_version`).Scan(&version))
	must(t, db.Close())
	return version
}

// earlier makes a database of version 14 with one participant, and returns its path.
func earlier(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "urna.db")
	db := openBefore(t, path, 14)
	_, err := db.ExecContext(t.Context(), `INSERT INTO participants (name, short_name, color, kind, created_at) VALUES ('Alder', '', '', 'party', 0)`)
	must(t, err)
	must(t, db.Close())
	return path
}

// copies returns the names of the files in a database's folder that are not its own.
func copies(t *testing.T, path string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	for _, entry := range entries {
		if !slices.Contains([]string{"urna.db", "urna.db-wal", "urna.db-shm"}, entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names
}

// newest is the newest schema version of this program.
func newest(t *testing.T) int64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "urna.db")
	must(t, open(t, path).Close())
	return schemaOf(t, path)
}

func TestOpen_RefusesANewerSchema(t *testing.T) {
	for _, schema := range []database.Schema{database.Main, database.Sessions} {
		for name, version := range map[string]int64{"much newer": 4711, "between those that are known": 9} {
			t.Run(string(schema)+" "+name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "urna.db")
				db, err := sqlite.Open(t.Context(), path, schema)
				must(t, err)
				must(t, db.Close())
				known := schemaOf(t, path)
				execute(t, path, fmt.Sprintf(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, 1)`, version))
				before, err := os.ReadFile(path)
				must(t, err)
				_, opened := sqlite.Open(t.Context(), path, schema)
				for act, err := range map[string]error{"open": opened, "check": sqlite.CheckSchema(t.Context(), path, schema)} {
					newer, ok := errors.AsType[*sqlite.NewerSchemaError](err)
					if !ok || newer.Found != version || newer.Known != known ||
						!strings.Contains(err.Error(), strconv.FormatInt(version, 10)) || !strings.Contains(err.Error(), strconv.FormatInt(known, 10)) {
						t.Errorf("%s: want versions %d and %d named, got %v", act, version, known, err)
					}
				}
				if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
					t.Errorf("want the file as it was, got another, %v", err)
				}
			})
		}
	}
}

func TestOpen_RefusesAForeignDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "urna.db")
	execute(t, path, `CREATE TABLE songs (title TEXT)`)
	if _, err := sqlite.Open(t.Context(), path, database.Main); err == nil || !strings.Contains(err.Error(), "not a database of Urna") {
		t.Errorf("want a foreign database refused, got %v", err)
	}
}

func TestMigration_KeepsACopy(t *testing.T) {
	path := earlier(t)
	must(t, open(t, path).Close())
	want := fmt.Sprintf("urna.schema-14.before-%d.db", newest(t))
	if got := copies(t, path); !slices.Equal(got, []string{want}) {
		t.Fatalf("want just %s beside the database, got %v", want, got)
	}
	kept := filepath.Join(filepath.Dir(path), want)
	info, err := os.Stat(kept)
	must(t, err)
	if info.Mode().Perm() != 0o600 || schemaOf(t, kept) != 14 {
		t.Errorf("want a copy of version 14 for its owner only, got %v of version %d", info.Mode(), schemaOf(t, kept))
	}
	must(t, os.Chmod(kept, 0o600))
	must(t, open(t, path).Close()) // nothing to migrate, nothing to copy
	if got := copies(t, path); len(got) != 1 {
		t.Errorf("want one copy, got %v", got)
	}
	// The copy is the database: a program opens it, and it has what was there.
	must(t, os.Rename(kept, path))
	_, _ = os.Remove(path+"-wal"), os.Remove(path+"-shm")
	var name string
	must(t, open(t, path).Pool().QueryRowContext(t.Context(), `SELECT name FROM participants`).Scan(&name))
	if name != "Alder" {
		t.Errorf("want what was stored, got %q", name)
	}
}

func TestMigration_CopiesNoNewDatabaseAndKeepsOneCopyOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "urna.db")
	must(t, open(t, path).Close())
	if got := copies(t, path); len(got) != 0 {
		t.Errorf("want no copy of a new database, got %v", got)
	}
	path = earlier(t)
	for _, old := range []string{"urna.schema-3.before-14.db", "urna.schema-13.before-14.db.part"} {
		must(t, os.WriteFile(filepath.Join(filepath.Dir(path), old), []byte("x"), 0o600))
	}
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "urna.schema-of-mine.db"), []byte("x"), 0o600))
	must(t, open(t, path).Close())
	want := []string{fmt.Sprintf("urna.schema-14.before-%d.db", newest(t)), "urna.schema-of-mine.db"}
	if got := copies(t, path); !slices.Equal(got, want) {
		t.Errorf("want %v, got %v", want, got)
	}
}

// TestMigration_FailsAsAWhole has the last of several migrations fail: those before it leave nothing either.
func TestMigration_FailsAsAWhole(t *testing.T) {
	path := earlier(t)
	execute(t, path, `CREATE TABLE settings (mine TEXT)`) // a later migration makes a table of this name
	if _, err := sqlite.Open(t.Context(), path, database.Main); err == nil || !strings.Contains(err.Error(), "as it was") {
		t.Fatalf("want the failure told, got %v", err)
	}
	if got := schemaOf(t, path); got != 14 {
		t.Errorf("want the schema version 14 as before, got %d", got)
	}
	execute(t, path, `DROP TABLE settings`)
	must(t, open(t, path).Close())
}

func TestMigration_GuardEndsIt(t *testing.T) {
	path, busy := earlier(t), errors.New("another server")
	o := sqlite.Options{Migrating: func(context.Context, func(context.Context) bool) (func() error, error) { return nil, busy }}
	if _, err := sqlite.OpenWith(t.Context(), path, database.Main, o); !errors.Is(err, busy) {
		t.Errorf("want the guard's refusal, got %v", err)
	}
	if got := schemaOf(t, path); got != 14 || len(copies(t, path)) != 0 {
		t.Errorf("want nothing done, got version %d and %v", got, copies(t, path))
	}
}

// TestEraseCopies_NamesWhatItCannotReach removes the copies of two upgrades, one of which was moved away, one of which
// has a second name, and names other files that look like copies.
func TestEraseCopies_NamesWhatItCannotReach(t *testing.T) {
	path := earlier(t)
	folder := filepath.Dir(path)
	db := open(t, path)
	kept := fmt.Sprintf("urna.schema-14.before-%d.db", newest(t))
	content, err := os.ReadFile(filepath.Join(folder, kept))
	must(t, err)
	must(t, os.Link(filepath.Join(folder, kept), filepath.Join(t.TempDir(), "elsewhere")))
	must(t, os.Mkdir(filepath.Join(folder, "old"), 0o700))
	for name, content := range map[string]string{
		"old/monday": string(content), "urna.db.gz": "x", "sessions.db": string(content), "voters.key": "secret", "rolls.csv": "1,2\n",
	} {
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	must(t, os.Link(path, filepath.Join(folder, "same-file"))) // no copy
	must(t, db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO database_copies VALUES ('urna.schema-3.before-14.db', 0)`)
		return err
	}))
	erased, err := db.EraseCopies(t.Context())
	must(t, err)
	if !slices.Equal(erased.Removed, []string{kept}) {
		t.Errorf("want %s removed, got %v", kept, erased.Removed)
	}
	want := []string{
		kept + " (has another name on this disk)", "urna.schema-3.before-14.db (is no longer where it was made)",
		"old/monday", "urna.db.gz",
	}
	if !slices.Equal(erased.Unreachable, want) {
		t.Errorf("want %q named, got %q", want, erased.Unreachable)
	}
	if _, err := os.Stat(filepath.Join(folder, kept)); err == nil {
		t.Error("want the copy gone")
	}
	// A program that is killed before it puts the names on record finds them again.
	for _, left := range [][]string{{want[1], "old/monday", "urna.db.gz"}, {"old/monday", "urna.db.gz"}} {
		erased, err = db.EraseCopies(t.Context())
		if err != nil || len(erased.Removed) != 0 || !slices.Equal(erased.Unreachable, left) {
			t.Errorf("want %q named, got %+v, %v", left, erased, err)
		}
		must(t, db.Write(t.Context(), func(tx *database.Tx) error { return tx.ForgetCopies(t.Context()) }))
	}
}

// TestEraseCopies_LooksThroughALink opens the database through a symbolic link to its folder.
func TestEraseCopies_LooksThroughALink(t *testing.T) {
	path := earlier(t)
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "monday"), []byte("SQLite format 3\x00"), 0o600))
	link := filepath.Join(t.TempDir(), "data")
	must(t, os.Symlink(filepath.Dir(path), link))
	erased, err := open(t, filepath.Join(link, filepath.Base(path))).EraseCopies(t.Context())
	if err != nil || len(erased.Removed) != 1 || !slices.Equal(erased.Unreachable, []string{"monday"}) {
		t.Errorf("want the copy removed and the other file named, got %+v, %v", erased, err)
	}
}

// TestEraseCopies_NothingIsAnEmptyList looks where there is no copy: the audit log says so with empty lists.
func TestEraseCopies_NothingIsAnEmptyList(t *testing.T) {
	erased, err := open(t, filepath.Join(t.TempDir(), "urna.db")).EraseCopies(t.Context())
	if err != nil || erased.Removed == nil || erased.Unreachable == nil || len(erased.Removed)+len(erased.Unreachable) != 0 {
		t.Errorf("want two empty lists, got %#v, %v", erased, err)
	}
}
