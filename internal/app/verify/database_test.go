package verify_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/app/datafolder"
	"urna/internal/app/verify"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// said reports whether a sentence of the report has a part.
func said(report *verify.Report, check, part string) bool {
	for _, d := range report.Differences {
		if d.Check == check && strings.Contains(d.Sentence, part) {
			return true
		}
	}
	return false
}

// TestFolder_NamesDamage alters a database in ways that no program of Urna does.
func TestFolder_NamesDamage(t *testing.T) {
	const unchecked = `PRAGMA ignore_check_constraints = 1; `
	for name, c := range map[string]struct{ statement, want string }{
		"a trigger gone":          {`DROP TRIGGER audit_events_are_not_changed`, "the trigger audit_events_are_not_changed is missing"},
		"another trigger":         {`CREATE TRIGGER mine AFTER INSERT ON ballots BEGIN DELETE FROM ballots; END`, "the trigger mine is none of Urna's"},
		"an index gone":           {`DROP INDEX invalid_lines_by_guid`, "the index invalid_lines_by_guid is missing"},
		"a column more":           {`ALTER TABLE participants ADD COLUMN mine TEXT`, "the table participants was altered"},
		"a table more":            {`CREATE TABLE mine (id INTEGER)`, "the table mine is none of Urna's"},
		"a reference":             {`UPDATE lot_participants SET lot_id = 99`, "lot_participants: rows refer to rows of lots that do not exist"},
		"a check without row ids": {unchecked + `UPDATE voter_keys SET flag = -1`, "voter_keys: rows contradict CHECK (flag >= 0)"},
		"a check of a list":       {unchecked + `UPDATE users SET role = 'king'`, "users: rows contradict CHECK (role IN ('administrator', 'official', 'observer'))"},
		"a check of a length": {
			unchecked + `UPDATE keyed_voters SET voter = substr(voter, 1, 15)`, "keyed_voters: rows contradict CHECK (length(voter) = 16)",
		},
		"a check of several columns": {
			unchecked + `DROP TRIGGER certified_batches_update; UPDATE batches SET processed = processed + 1`,
			"batches: rows contradict CHECK (processed = valid + invalid + duplicates)",
		},
		"an index of its own": {
			`PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE INDEX batches_by_official ON batches (official_id DESC, id)' WHERE name = 'batches_by_official'`,
			"the index batches_by_official was altered",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := folder(t)
			db, err := sql.Open("sqlite3", filepath.Join(path, "urna.db"))
			if err != nil {
				t.Fatal(err)
			}
			db.SetMaxOpenConns(1)
			if _, err := db.ExecContext(t.Context(), c.statement); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if report := verified(t, path, verify.Options{}); !said(report, "database", c.want) {
				t.Errorf("want %q, got %+v", c.want, report.Differences)
			}
		})
	}
}

// TestFolder_ComparesSecrets replaces a secret file, and removes it.
func TestFolder_ComparesSecrets(t *testing.T) {
	path := folder(t)
	key := filepath.Join(path, datafolder.SigningKey)
	if err := os.WriteFile(key, []byte("another secret of more than 32 characters"), 0o600); err != nil {
		t.Fatal(err)
	}
	if report := verified(t, path, verify.Options{}); !said(report, "secrets", "signing.key is another file") {
		t.Errorf("want the other file named, got %+v", report.Differences)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	report := verified(t, path, verify.Options{})
	for _, n := range report.NotChecked {
		if n.Check == "secrets" && strings.Contains(n.Sentence, "signing.key") && !said(report, "secrets", "") {
			return
		}
	}
	t.Errorf("want it said that the file is not there, got %+v", report)
}

// TestFolder_SaysThatTheClockWasSetBack appends an event that is earlier than the one before.
func TestFolder_SaysThatTheClockWasSetBack(t *testing.T) {
	path, c := t.TempDir(), &clock.Clock{}
	e := apptest.Open(t, path, c)
	e.AddAccount(t, "Ada", auth.Administrator)
	c.Move(-time.Hour)
	e.AddAccount(t, "Bob", auth.Administrator)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	report := verified(t, path, verify.Options{})
	for _, c := range report.Checks {
		if c.Counts["backwards"] == 1 && strings.Contains(c.Sentence, "the clock was set back") {
			return
		}
	}
	t.Errorf("want the clock named, got %+v", report.Checks)
}
