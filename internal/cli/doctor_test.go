package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"urna/internal/app/backup"
)

// diagnosed returns the verdicts of urna doctor by check, and wants the exit code that belongs to them.
func diagnosed(t *testing.T, folder string, flags ...string) map[string]finding {
	t.Helper()
	code, out := do(append([]string{"doctor", "--json", "--data", folder}, flags...)...)
	var report struct{ Findings []finding }
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	found, faults := map[string]finding{}, 0
	for _, f := range report.Findings {
		found[f.Check] = f
		if f.Verdict == fault {
			faults++
		}
		if f.Sentence == "" || (f.Verdict == fault || f.Verdict == warning) && f.Remedy == "" {
			t.Errorf("want a sentence and a remedy, got %+v", f)
		}
	}
	if (code != 0) != (faults > 0) {
		t.Errorf("want the exit code to say whether there are faults, got %d with %d: %s", code, faults, out)
	}
	return found
}

// TestDoctor_NamesEachFault breaks one thing at a time.
func TestDoctor_NamesEachFault(t *testing.T) {
	folder := usedFolder(t)
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	backups := t.TempDir()
	succeeds(t, "backup", filepath.Join(backups, backup.FileName(time.Now(), false)), "--data", folder)
	whole := diagnosed(t, folder, "--backup-folder", backups)
	for _, check := range []string{"permissions", "schema", "secrets", "backup", "readers"} {
		if whole[check].Verdict != fine {
			t.Errorf("%s: want nothing found in a good folder, got %+v", check, whole[check])
		}
	}
	key := filepath.Join(folder, "voters.key")
	content, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		check       string
		want        severity
		act, repair func() error
		flags       []string
	}{
		{"permissions", fault, func() error { return os.Chmod(key, 0o644) }, func() error { return os.Chmod(key, 0o600) }, nil},
		{"secrets", fault, func() error { return os.WriteFile(key, append(content, '\n'), 0o600) }, func() error { return os.WriteFile(key, content, 0o600) }, nil},
		{"secrets", fault, func() error { return os.Remove(key) }, func() error { return os.WriteFile(key, content, 0o600) }, nil},
		{"backup", fault, func() error { return nil }, func() error { return nil }, []string{"--backup-folder", t.TempDir()}},
		{"backup", fault, func() error { return nil }, func() error { return nil }, []string{"--backup-folder", filepath.Join(backups, "none")}},
		{"backup", fault, func() error { time.Sleep(10 * time.Millisecond); return nil }, func() error { return nil }, []string{"--backup-folder", backups, "--backup-every", "1ns"}},
		{"certificate", fault, func() error { return nil }, func() error { return nil }, []string{"--tls-cert", key}},
		{
			"schema", fault,
			func() error {
				change(t, filepath.Join(folder, "urna.db"), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (90000, 1)`)
				return nil
			},
			func() error {
				change(t, filepath.Join(folder, "urna.db"), `DELETE FROM goose_db_version WHERE version_id = 90000`)
				return nil
			}, nil,
		},
		{
			"clock", fault,
			func() error {
				change(t, filepath.Join(folder, "urna.db"), `DROP TRIGGER audit_events_are_not_changed; UPDATE audit_events SET at = at + 864000000 WHERE id = (SELECT max(id) FROM audit_events)`)
				return nil
			}, func() error { return nil }, nil,
		},
	} {
		t.Run(c.check, func(t *testing.T) {
			if err := c.act(); err != nil {
				t.Fatal(err)
			}
			if got := diagnosed(t, folder, c.flags...)[c.check]; got.Verdict != c.want {
				t.Errorf("want %s, got %+v", c.want, got)
			}
			if err := c.repair(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestDoctor_BesideAServerAndWithoutAFolder wants the server named among the readers, and a wrong path to be a fault.
func TestDoctor_BesideAServerAndWithoutAFolder(t *testing.T) {
	folder := usedFolder(t)
	started(t, folder)
	if got := diagnosed(t, folder)["schema"]; got.Verdict != fine {
		t.Errorf("want the database of a running server read, got %+v", got)
	}
	if got := diagnosed(t, filepath.Join(folder, "none"))["permissions"]; got.Verdict != fault {
		t.Errorf("want a wrong path to be a fault, got %+v", got)
	}
}
