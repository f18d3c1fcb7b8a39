package api_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/internal/database"
)

// stored counts the rows of every table of the database, and the files beside it.
func (s *env) stored() map[string]int {
	s.t.Helper()
	found := map[string]int{}
	var path string
	must(s.t, s.DB.Read(s.t.Context(), func(tx *database.Tx) error {
		if err := tx.SQL().QueryRowContext(s.t.Context(), `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err != nil {
			return err
		}
		rows, err := tx.SQL().QueryContext(s.t.Context(), `SELECT name FROM sqlite_schema WHERE type = 'table'`)
		if err != nil {
			return err
		}
		defer rows.Close()
		var tables []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			tables = append(tables, name)
		}
		for _, name := range tables {
			var n int
			if err := tx.SQL().QueryRowContext(s.t.Context(), fmt.Sprintf(`SELECT count(*) FROM %q`, name)).Scan(&n); err != nil {
				return err
			}
			found[name] = n
		}
		return rows.Err()
	}))
	must(s.t, filepath.WalkDir(filepath.Dir(path), func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found[path] = 1
		}
		return err
	}))
	if len(found) < 20 || found["audit_events"] == 0 {
		s.t.Fatalf("want all tables, got %v", found)
	}
	return found
}

// TestUpload_DryRunLeavesNothingAnywhere compares every table and every file before and after dry runs of good
// and bad files, and then uploads the good one: nothing of it was claimed.
func TestUpload_DryRunLeavesNothingAnywhere(t *testing.T) {
	s := newEnv(t)
	path, parts := s.counting(5, 3)
	before := s.stored()
	for deadline := time.Now().Add(time.Minute); before["online_closings"] == 0 && time.Now().Before(deadline); before = s.stored() {
		time.Sleep(10 * time.Millisecond) // the election's end is recorded by itself, a moment later
	}
	query := "?dry_run=true&constituency_id=" + parts[0]
	s.csv(s.first, path, query, lines(0, 10, 1)).want(http.StatusOK).is("10", "valid")
	s.csv(s.first, path, query, lines(0, 10, 1)).want(http.StatusOK).is("10", "valid")
	s.csv(s.second, path, query+"&again=true", lines(0, 10, 2)).want(http.StatusOK).is("10", "valid")
	s.csv(s.first, path, query, "no ballot\n").refused(http.StatusUnprocessableEntity, "malformed-file")
	s.csv(s.first, path, query, "\x1f\x8bno gzip either").refused(http.StatusUnprocessableEntity, "bad-compression")
	if diff := cmp.Diff(before, s.stored()); diff != "" {
		t.Errorf("want nothing stored (-before +after):\n%s", diff)
	}
	id := s.csv(s.second, path, "?constituency_id="+parts[0], lines(0, 10, 2)).want(http.StatusAccepted).str("id")
	s.counted(id)
	s.get(s.second, "/batches/"+id).is("10", "valid")
}
