package attack

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want %s", what)
		}
	}
}

// readyz is what the server says of itself.
func (e *env) readyz(t *testing.T) string {
	t.Helper()
	return e.get(t, "/readyz")
}

// command is one of the program's commands, for the PostgreSQL database.
func (e *env) command(t *testing.T, words ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), e.binary, append(words, "--secrets", e.folder)...)
	c.Env = append(c.Environ(), "URNA_DATABASE="+e.database)
	return c
}

// verify returns the report of urna verify. The tests move the end of elections around the program, which it finds.
func (e *env) verify(t *testing.T) string {
	t.Helper()
	out, err := e.command(t, "verify").CombinedOutput()
	if _, differs := errors.AsType[*exec.ExitError](err); err != nil && !differs {
		t.Fatalf("urna verify: %v\n%s", err, out)
	}
	return string(out)
}

// leftCopies returns the details of the events about copies that a close could not reach.
func (e *env) leftCopies(t *testing.T) (details []string) {
	t.Helper()
	each(t, e.beside, `SELECT convert_to(detail, 'UTF8'), 0, 0 FROM audit_events WHERE action = 'log-copies-left' ORDER BY id`,
		func(detail string, _, _ int64) { details = append(details, detail) })
	return details
}

// TestClose_SaysWhatItCannotReach holds an election on a PostgreSQL that archives its log, beside a replication slot without a
// consumer. The close waits for the archive and for the slot and says so, and in the end names the copies that it could not reach.
func TestClose_SaysWhatItCannotReach(t *testing.T) {
	at := openPostgres(t, "archive_mode=on", "archive_command=test -e ../open && mkdir -p ../archive && cp %p ../archive/%f")
	folder := filepath.Dir(at.engine.(*postgresThief).Data)
	e := newEnv(t, at, program.Build(t), 1, 1, nil, inGroups...)
	e.sql(t, `SELECT pg_create_physical_replication_slot('abandoned', true)`)
	overHTTP(t, e, e.elections[0], 0)
	e.remember(e.steal(t, e))

	eventually(t, "the copies named while people vote", func() bool { return strings.Contains(e.readyz(t), "log-copies") })
	if said := e.verify(t); !strings.Contains(said, "which the close of votes will not reach") || !strings.Contains(said, "archive_mode") {
		t.Errorf("want urna verify to name the copies while people vote, got %s", said)
	}

	e.sql(t, `UPDATE elections SET ends_at = $1`, time.Now().Add(-time.Second).UnixMilli())
	eventually(t, "the close to wait", func() bool { return strings.Contains(e.readyz(t), "close-blocked") })
	if warnings := e.log(); !strings.Contains(warnings, "replication slot abandoned") || !strings.Contains(warnings, "the archive (archive_mode)") {
		t.Errorf("want the close to say for what it waits")
	}
	segments := func() (n int64) {
		if err := e.beside.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_ls_waldir()`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := segments()
	time.Sleep(7 * time.Second) // for a further try
	if now := segments(); now > before+2 {
		t.Errorf("want no further segments of the log while the close waits, got %d after %d", now, before)
	}

	if err := os.WriteFile(filepath.Join(folder, "open"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e.sql(t, `SELECT pg_logical_emit_message(false, 'test', ''), pg_switch_wal()`) // so that the archive tries again
	e.sql(t, `SELECT pg_drop_replication_slot('abandoned')`)
	e.end(t)
	e.wantErased(t, e.steal(t, e))
	if left := e.leftCopies(t); len(left) != 1 || left[0] != `{"copies":[{"kind":"archive"}]}` {
		t.Errorf("want the archive on record, got %q", left)
	}
	if said := e.verify(t); !strings.Contains(said, "the close of election 1 could not reach") || !strings.Contains(said, "the archive (archive_mode)") {
		t.Errorf("want urna verify to name the archive, got %s", said)
	}
	if said := e.readyz(t); strings.Contains(said, "close-blocked") || strings.Contains(said, "log-copies") {
		t.Errorf("want no warning after the close, got %s", said)
	}
	// The archive has what the close erased: this is why it is named.
	if found := find(filesOf(t, filepath.Join(folder, "archive")), e.old); len(found) == 0 {
		t.Error("want the archive to have earlier GUIDs")
	}
}
