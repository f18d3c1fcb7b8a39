package witness_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // goes around the program

	"urna/internal/app"
	"urna/internal/app/verify"
	"urna/internal/audit"
)

// rebuildLog gives the first event of a stopped folder another time and computes the chain again from there, as a person
// does who can write to the database; the anchor is removed with the database's knowledge of it, so that the next start
// makes one that fits.
func rebuildLog(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(path, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	var trigger string
	if err := db.QueryRowContext(t.Context(), `SELECT sql FROM sqlite_schema WHERE name = 'audit_events_are_not_changed'`).Scan(&trigger); err != nil {
		t.Fatal(err)
	}
	exec(`DROP TRIGGER audit_events_are_not_changed`)
	exec(`UPDATE audit_events SET at = at - 1 WHERE id = 1`)
	rows, err := db.QueryContext(t.Context(), `SELECT id, at, actor_id, actor_name, actor_from, action, subject, detail FROM audit_events ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	previous, hashes := audit.Genesis, []string{}
	for rows.Next() {
		var id, at, actor int64
		var name, from, action, subject, detail string
		if err := rows.Scan(&id, &at, &actor, &name, &from, &action, &subject, &detail); err != nil {
			t.Fatal(err)
		}
		fields, err := json.Marshal([]any{previous, id, at, actor, name, from, action, subject, detail})
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(fields)
		previous = hex.EncodeToString(sum[:])
		hashes = append(hashes, previous)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	_ = rows.Close() // read to its end
	for i, hash := range hashes {
		exec(`UPDATE audit_events SET hash = ? WHERE id = ?`, hash, i+1)
	}
	exec(trigger)
	exec(`DELETE FROM folder_anchor`)
	if err := os.Remove(filepath.Join(path, "urna.anchor")); err != nil {
		t.Fatal(err)
	}
}

// differences returns what urna verify finds in a folder.
func differences(t *testing.T, path string, o verify.Options) (found []string) {
	t.Helper()
	folder, err := app.OpenForReading(t.Context(), path, app.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Close() }()
	report, err := verify.Folder(t.Context(), folder, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Differences {
		found = append(found, d.Sentence)
	}
	return found
}

func oneSays(found []string, part string) bool {
	return slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, part) })
}
