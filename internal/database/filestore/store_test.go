package filestore_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"urna/internal/database"
	"urna/internal/database/filestore"
	"urna/internal/testing/databasetest"
)

// each runs a test on both stores.
func each(t *testing.T, test func(t *testing.T, s filestore.Store)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) {
		s := filestore.InFolder(filepath.Join(t.TempDir(), "files"))
		if err := s.Make(); err != nil {
			t.Fatal(err)
		}
		test(t, s)
	})
	t.Run("database", func(t *testing.T) { test(t, filestore.InDatabase(databasetest.Open(t), "spool")) })
}

// arrive writes a file as it arrives.
func arrive(t *testing.T, content []byte) (path string, file *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "arriving")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return path, file
}

func keep(t *testing.T, s filestore.Store, name string, content []byte) {
	t.Helper()
	path, file := arrive(t, content)
	if err := s.Keep(t.Context(), path, file, name); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want the file gone from where it arrived, got %v", err)
	}
}

func read(t *testing.T, s filestore.Store, name string) []byte {
	t.Helper()
	file, err := s.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // only read
	content, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func wantNames(t *testing.T, s filestore.Store, want ...string) {
	t.Helper()
	if got, err := s.Names(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("want %v, got %v, %v", want, got, err)
	}
}

// random returns so many bytes.
func random(n int) []byte {
	content := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = r.Read(content)
	return content
}

func TestStore_ReadsWhatWasKept(t *testing.T) {
	const part = 1 << 20
	each(t, func(t *testing.T, s filestore.Store) {
		t.Helper()
		for _, n := range []int{0, 1, part - 1, part, part + 1, 3*part + 7} {
			content := random(n)
			keep(t, s, "a.csv", content)
			if !bytes.Equal(read(t, s, "a.csv"), content) {
				t.Fatalf("%d bytes: want the same ones", n)
			}
			file, err := s.Open(t.Context(), "a.csv")
			if err != nil {
				t.Fatal(err)
			}
			if size, err := filestore.Size(file); err != nil || size != int64(n) {
				t.Errorf("want %d bytes, got %d, %v", n, size, err)
			}
			from := max(0, n-part-3)
			got := make([]byte, n-from)
			if _, err := file.ReadAt(got, int64(from)); err != nil || !bytes.Equal(got, content[from:]) {
				t.Errorf("%d bytes: want those from %d, got an error %v or others", n, from, err)
			}
			if got, err := file.ReadAt(make([]byte, 9), int64(n)-4); n > 9 && (got != 4 || !errors.Is(err, io.EOF)) {
				t.Errorf("want four bytes and the end, got %d, %v", got, err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			if err := s.Remove(t.Context(), "a.csv"); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Open(t.Context(), "a.csv"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("want it gone, got %v", err)
			}
		}
	})
}

func TestStore_ASecondNameOutlivesTheFirst(t *testing.T) {
	each(t, func(t *testing.T, s filestore.Store) {
		t.Helper()
		content := random(100)
		keep(t, s, "a.upload", content)
		if err := s.Link(t.Context(), "a.upload", "b.csv"); err != nil {
			t.Fatal(err)
		}
		wantNames(t, s, "a.upload", "b.csv")
		for range 2 { // the second time there is none
			if err := s.Remove(t.Context(), "a.upload"); err != nil {
				t.Fatal(err)
			}
		}
		wantNames(t, s, "b.csv")
		if !bytes.Equal(read(t, s, "b.csv"), content) {
			t.Error("want the same bytes under the second name")
		}
		if err := s.Link(t.Context(), "a.upload", "c.csv"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("want no name for a file that is gone, got %v", err)
		}
	})
}

func TestStore_AFileIsNeverReplaced(t *testing.T) {
	each(t, func(t *testing.T, s filestore.Store) {
		t.Helper()
		keep(t, s, "a", []byte("first"))
		keep(t, s, "a", []byte("second"))
		if got := string(read(t, s, "a")); got != "first" {
			t.Errorf("want the first file, got %q", got)
		}
	})
}

// count returns the numbers of names and parts in the database.
func count(t *testing.T, db *database.DB) (files, parts int) {
	t.Helper()
	const query = `SELECT (SELECT count(*) FROM stored_files), (SELECT count(*) FROM stored_parts)`
	if err := db.Pool().QueryRowContext(t.Context(), query).Scan(&files, &parts); err != nil {
		t.Fatal(err)
	}
	return files, parts
}

func execute(t *testing.T, db *database.DB, statement string, args ...any) error {
	t.Helper()
	return db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), statement, args...)
		return err
	})
}

// TestDatabase_ClearRemovesWhatNoRowNames clears after processes that ended between the parts, the name and the row.
func TestDatabase_ClearRemovesWhatNoRowNames(t *testing.T) {
	db := databasetest.Open(t)
	s, scans := filestore.InDatabase(db, "spool"), filestore.InDatabase(db, "scans")
	keep(t, s, "known.csv", random(3<<20))
	keep(t, s, "unknown.csv", random(2<<20))
	keep(t, s, "unknown.upload", random(10))
	keep(t, scans, "scan", random(10))
	if err := execute(t, db, `INSERT INTO stored_parts (content_id, part, content) VALUES ('CUT', 0, $1)`, random(5)); err != nil {
		t.Fatal(err)
	}
	if err := s.Clear(t.Context(), map[string]bool{"known.csv": true}); err != nil {
		t.Fatal(err)
	}
	wantNames(t, s, "known.csv")
	if files, parts := count(t, db); files != 2 || parts != 4 {
		t.Errorf("want the known file and the scan, got %d names and %d parts", files, parts)
	}
}

// TestDatabase_AFailureLeavesNothing fails before the second part and before the name.
func TestDatabase_AFailureLeavesNothing(t *testing.T) {
	for name, trigger := range map[string]string{
		"part": databasetest.Trigger("fails", "BEFORE INSERT ON stored_parts", "NEW.part = 1", databasetest.Refuse("no")),
		"name": databasetest.Trigger("fails", "BEFORE INSERT ON stored_files", "NEW.name = 'a'", databasetest.Refuse("no")),
	} {
		t.Run(name, func(t *testing.T) {
			db := databasetest.Open(t)
			if err := execute(t, db, trigger); err != nil {
				t.Fatal(err)
			}
			path, file := arrive(t, random(2<<20))
			if err := filestore.InDatabase(db, "spool").Keep(t.Context(), path, file, "a"); err == nil {
				t.Error("want the failure reported")
			}
			if files, parts := count(t, db); files+parts != 0 {
				t.Errorf("want nothing left, got %d names and %d parts", files, parts)
			}
		})
	}
}

// TestDatabase_RefusesWhatAFileDoesNotSurvive goes around the program, straight into the tables.
func TestDatabase_RefusesWhatAFileDoesNotSurvive(t *testing.T) {
	db := databasetest.Open(t)
	keep(t, filestore.InDatabase(db, "spool"), "a.csv", random(10))
	keep(t, filestore.InDatabase(db, "scans"), "b", random(10))
	for _, statement := range []string{
		`UPDATE stored_parts SET content = content`,
		`UPDATE stored_files SET name = 'c'`,
		`DELETE FROM stored_parts`,
		`DELETE FROM stored_files WHERE folder = 'scans'`,
	} {
		if err := execute(t, db, statement); err == nil {
			t.Errorf("want it refused: %s", statement)
		}
	}
}

// TestDatabase_SaysThatAPartIsMissing damages the file behind the triggers' back.
func TestDatabase_SaysThatAPartIsMissing(t *testing.T) {
	for name, damage := range map[string]string{
		"missing": `DELETE FROM stored_parts WHERE part = 1`,
		"shorter": `UPDATE stored_parts SET content = substr(content, 1, 7) WHERE part = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			db := databasetest.Open(t)
			s := filestore.InDatabase(db, "spool")
			keep(t, s, "a.csv", random(3<<20))
			for _, statement := range []string{databasetest.DropTrigger("stored_parts_delete"), databasetest.DropTrigger("stored_parts_update"), damage} {
				if err := execute(t, db, statement); err != nil {
					t.Fatal(err)
				}
			}
			file, err := s.Open(t.Context(), "a.csv")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = file.Close() }() // only read
			if n, err := io.Copy(io.Discard, file); err == nil || n != 1<<20 {
				t.Errorf("want an error after the first part, got %d bytes, %v", n, err)
			}
		})
	}
}
