package cli

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecret_AMadeOneIsSaid removes jwt.secret, which may change, and reads the log.
func TestSecret_AMadeOneIsSaid(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	folder := t.TempDir()
	if code, out := do(onFolder(folder)["users add"]...); code != 0 {
		t.Fatal(out)
	}
	if err := startedAndStopped(t, folder); err != nil || strings.Contains(log.String(), "sign in again") {
		t.Fatalf("want no word of a secret that has not changed, got %v, %s", err, log.String())
	}
	if err := os.Remove(filepath.Join(folder, "jwt.secret")); err != nil {
		t.Fatal(err)
	}
	if err := startedAndStopped(t, folder); err != nil || strings.Count(log.String(), "must sign in again") != 1 {
		t.Errorf("want one line about the new secret, got %v, %s", err, log.String())
	}
	for name, secret := range map[string]string{
		"empty": "", "blanks": strings.Repeat(" ", 40), "tabs": strings.Repeat("\t\n", 20), "short": "short", "one letter": strings.Repeat("a", 40),
		"short between blanks": strings.Repeat(" ", 20) + "short" + strings.Repeat(" ", 20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("URNA_JWT_SECRET", secret)
			refused(t, folder, "URNA_JWT_SECRET")
		})
	}
}

// TestSecrets_AreReplacedOnlyWhereTheyAreLost replaces each secret file: while it is there, while a server runs, once it
// is lost, and voters.key while voters have keys of an open election.
func TestSecrets_AreReplacedOnlyWhereTheyAreLost(t *testing.T) {
	folder := usedFolder(t)
	database := filepath.Join(folder, "urna.db")
	for _, name := range []string{"signing.key", "server.key", "voters.key"} {
		replace := func() (int, string) { return do("secrets", "replace", "--data", folder, name) }
		if code, out := replace(); code == 0 || !strings.Contains(out, "nothing to replace") {
			t.Errorf("%s: want a file that is there kept, got %d, %s", name, code, out)
		}
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "voters.key" {
			change(t, database, `INSERT INTO voter_rolls VALUES (1, 1, 'issued', 1, 0, ''); INSERT INTO voter_keys VALUES (randomblob(16), 1, 1, 1)`)
			if code, out := replace(); code == 0 || !strings.Contains(out, "vote twice") {
				t.Errorf("want voters.key kept while an election is open, got %d, %s", code, out)
			}
			refused(t, folder, name)
			change(t, database, `UPDATE elections SET starts_at = 1, ends_at = 2`)
		}
		change(t, database, `CREATE TRIGGER fault BEFORE INSERT ON audit_events WHEN NEW.action = 'secret-replaced' BEGIN SELECT raise(ABORT, 'a fault'); END`)
		if code, out := replace(); code == 0 || !strings.Contains(out, "a fault") {
			t.Errorf("%s: want the fault said, got %d, %s", name, code, out)
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if others, _ := filepath.Glob(filepath.Join(folder, name+".*")); err != nil || len(content) != 0 || len(others) != 0 {
			t.Errorf("%s: want the folder as it was after a failure, got %q, %v and %q", name, content, err, others)
		}
		change(t, database, `DROP TRIGGER fault`)
		if code, out := replace(); code != 0 || !strings.Contains(out, name+" was replaced") {
			t.Fatalf("%s: want it replaced, got %d, %s", name, code, out)
		}
		if got := query(t, database, `SELECT group_concat(detail) FROM audit_events WHERE action = 'secret-replaced'`); !strings.Contains(got, name) {
			t.Errorf("want it on record, got %s", got)
		}
		if err := startedAndStopped(t, folder); err != nil {
			t.Errorf("%s: want the folder served with the new file, got %v", name, err)
		}
	}
	s := started(t, folder)
	if code, out := do("secrets", "replace", "--data", folder, "server.key"); code == 0 || !strings.Contains(out, "stop it first") {
		t.Errorf("want nothing replaced under a server at %s, got %d, %s", s.URL, code, out)
	}
}
