package standby

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/internal/testing/program"
)

// TestSecretsReplace_OnADatabase replaces a secret beside a server, which is refused, and without one.
func TestSecretsReplace_OnADatabase(t *testing.T) {
	p := &pair{binary: program.Build(t), address: empty(t, "standby_replace"), secrets: t.TempDir(), client: &http.Client{Timeout: time.Minute}}
	p.active = p.serve(t)
	p.until(t, p.active, "/readyz", http.StatusOK, time.Minute)
	made := contents(t, p.secrets)
	for _, refusal := range []string{"another server is running on this PostgreSQL database", "there is nothing to replace"} {
		output, err := p.command(t, "secrets", "replace", "signing.key").CombinedOutput()
		if err == nil || !strings.Contains(string(output), refusal) || contents(t, p.secrets)["signing.key"] != made["signing.key"] {
			t.Errorf("want it refused (%s), got %v %s", refusal, err, output)
		}
		p.active.Stop(t)
	}
	for _, name := range []string{"signing.key", "voters.key", "server.key"} {
		if err := os.Remove(filepath.Join(p.secrets, name)); err != nil {
			t.Fatal(err)
		}
		if output, err := p.command(t, "secrets", "replace", name).CombinedOutput(); err != nil || !strings.Contains(string(output), name+" was replaced") {
			t.Errorf("%s: want it replaced, got %v %s", name, err, output)
		}
		if contents(t, p.secrets)[name] == made[name] {
			t.Errorf("%s: want another file", name)
		}
	}
	p.active = p.serve(t)
	p.until(t, p.active, "/readyz", http.StatusOK, time.Minute)
	if output, err := p.command(t, "verify").CombinedOutput(); err != nil {
		t.Errorf("want the database verified, got %v\n%s", err, output)
	}
}

// TestDoctor_OnADatabase looks at databases that are well, and at others.
func TestDoctor_OnADatabase(t *testing.T) {
	p := &pair{binary: program.Build(t), address: empty(t, "standby_doctor"), secrets: filepath.Join(t.TempDir(), "secrets"), client: &http.Client{Timeout: time.Minute}}
	if err := os.Mkdir(p.secrets, 0o700); err != nil {
		t.Fatal(err)
	}
	doctor := func(wantCode int, parts ...string) {
		t.Helper()
		command := p.command(t, "doctor")
		output, _ := command.CombinedOutput()
		if code := command.ProcessState.ExitCode(); code != wantCode {
			t.Errorf("want exit code %d, got %d", wantCode, code)
		}
		for _, part := range parts {
			if !strings.Contains(string(output), part) {
				t.Errorf("want %q, got\n%s", part, output)
			}
		}
	}
	doctor(1, "FAULT    schema: the PostgreSQL database has no schema urna", "remedy: start the server")
	p.active = p.serve(t)
	p.until(t, p.active, "/readyz", http.StatusOK, time.Minute)
	doctor(0, "ok       schema: ", "ok       secrets: 3 secret files", "MiB are free for temporary files", "PostgreSQL does not tell how much room its disk has")

	made := p.secrets
	p.secrets += " of others"
	if err := os.Mkdir(p.secrets, 0o700); err != nil {
		t.Fatal(err)
	}
	doctor(1, "FAULT    secrets: missing, or another file than the one that was used: ")
	p.secrets = made

	p.active.Stop(t)
	p.exec(t, "UPDATE urna.schema_version SET version = 9999")
	doctor(1, "FAULT    schema: the PostgreSQL database has version 9999 of the schema urna", "remedy: use the newest program that has used this database")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // it would wait
	output, err := p.commandWithin(ctx, t, "serve", "--addr", "127.0.0.1:0").CombinedOutput()
	cancel()
	if err == nil || !strings.Contains(string(output), "a newer version of Urna has used the database; start that version") {
		t.Errorf("want the server refused, got %v %s", err, output)
	}
	p.exec(t, "UPDATE urna.schema_version SET version = 54")
	doctor(1, "FAULT    schema: the PostgreSQL database has version 54 of the schema urna", "it can upgrade versions from 55 on")

	p.address = strings.Replace(p.address, "host=", "host=/nowhere", 1)
	doctor(1, "FAULT    schema: ", "remedy: make the server of the database reachable")
}

// exec executes a statement.
func (p *pair) exec(t *testing.T, statement string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
	if _, err := c.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// TestServe_ADatabaseWithoutRoom has the database refuse parts of files as PostgreSQL does when its disk is full: an upload is refused,
// nothing of it stays, and the next one is accepted once there is room.
func TestServe_ADatabaseWithoutRoom(t *testing.T) {
	p, olga, _ := grownPair(t, 20, nil)
	p.active = p.serve(t)
	p.until(t, p.active, "/readyz", http.StatusOK, time.Minute)
	token := p.signIn(t, olga)
	for _, table := range []string{"stored_parts", "stored_files", "batches"} {
		p.exec(t, `CREATE FUNCTION urna.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$; CREATE TRIGGER full_disk BEFORE INSERT ON urna.`+table+` EXECUTE FUNCTION urna.full_disk()`)
		status, answer := p.send(t, token, 0)
		if status != http.StatusInsufficientStorage || !strings.Contains(answer, "disk") {
			t.Errorf("%s: want status 507 that speaks of the disk, got %d %s", table, status, answer)
		}
		if status, _ := p.get(p.active, "/readyz"); status != http.StatusOK {
			t.Errorf("%s: want the server to go on, got %d", table, status)
		}
		p.exec(t, `DROP FUNCTION urna.full_disk() CASCADE`)
	}
	p.upload(t, token, 0)
	p.active.Stop(t)
	p.stored(t, 0)
}

// query reads one row.
func (p *pair) query(t *testing.T, query string, into ...any) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
	if err := c.QueryRow(t.Context(), query).Scan(into...); err != nil {
		t.Fatal(err)
	}
}
