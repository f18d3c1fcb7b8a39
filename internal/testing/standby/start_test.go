package standby

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/internal/testing/databasetest"
	"urna/internal/testing/postgres"
	"urna/internal/testing/program"
)

// empty returns the address of a new database without schemas.
func empty(t *testing.T, name string) (address string) {
	t.Helper()
	postgres.Need(t)
	other := databasetest.AddressOf(t, filepath.Join(t.TempDir(), "urna.db"))
	c, err := pgx.Connect(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name + " TEMPLATE template0 LOCALE 'C.UTF-8'"} {
		if _, err := c.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	u, err := url.Parse(other)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// secretFiles are the files that the first server makes.
var secretFiles = []string{"voters.key", "signing.key", "server.key", "jwt.secret"}

// contents are the secret files of a folder, by name.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range secretFiles {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(content)
	}
	return all
}

// TestServe_TwoAtOnceOnAnEmptyDatabase starts two processes at the same time, several times: one makes the schema and the secrets, and
// the other one is on standby and can take over.
func TestServe_TwoAtOnceOnAnEmptyDatabase(t *testing.T) {
	for round := range 3 {
		p := &pair{binary: program.Build(t), address: empty(t, "standby_at_once"), secrets: t.TempDir(), client: &http.Client{Timeout: time.Minute}}
		var servers [2]*program.Server
		var both sync.WaitGroup
		for i := range servers {
			both.Go(func() { servers[i] = p.serve(t) })
		}
		both.Wait()
		if t.Failed() || servers[0] == nil || servers[1] == nil {
			t.Fatal("want both started")
		}
		active := -1
		for deadline := time.Now().Add(time.Minute); active < 0; time.Sleep(20 * time.Millisecond) {
			for i, s := range servers {
				if status, _ := p.get(s, "/readyz"); status == http.StatusOK {
					active = i
				}
			}
			if time.Now().After(deadline) {
				t.Fatal("want one of them active")
			}
		}
		p.active, p.standby = servers[active], servers[1-active]
		if status, body := p.get(p.standby, "/readyz"); status != http.StatusServiceUnavailable || body != "standby\n" {
			t.Errorf("want the other one on standby, got %d %q", status, body)
		}
		made := contents(t, p.secrets)
		p.known(t, len(secretFiles)-1) // jwt.secret has no fingerprint
		p.active.Kill(t)
		p.until(t, p.standby, "/readyz", http.StatusOK, time.Minute)
		for name, content := range contents(t, p.secrets) {
			if content != made[name] {
				t.Errorf("round %d: want %s made once, got another one at the takeover", round, name)
			}
		}
		p.known(t, len(secretFiles)-1)
		p.standby.Stop(t)
	}
}

// known wants one version of each schema, and so many secrets with their fingerprints.
func (p *pair) known(t *testing.T, want int) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
	var secrets, versions int
	err = c.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM urna.folder_secrets),
		(SELECT count(*) FROM urna.schema_version) + (SELECT count(*) FROM urna_sessions.schema_version)`).Scan(&secrets, &versions)
	if err != nil || secrets != want || versions != 2 {
		t.Errorf("want %d secrets known and a version of both schemas, got %d and %d, %v", want, secrets, versions, err)
	}
}

// TestServe_TwoAtOnceWithOtherSecrets gives each process a folder of its own, on an empty database, as if the
// secrets were not copied: one of them makes them, and the other one ends and says which file it lacks, before its takeover.
func TestServe_TwoAtOnceWithOtherSecrets(t *testing.T) {
	binary, address := program.Build(t), empty(t, "standby_own_secrets")
	var pairs [2]*pair
	var both sync.WaitGroup
	for i := range pairs {
		pairs[i] = &pair{binary: binary, address: address, secrets: t.TempDir(), client: &http.Client{Timeout: time.Minute}}
		both.Go(func() { pairs[i].active = pairs[i].serve(t) })
	}
	both.Wait()
	if pairs[0].active == nil || pairs[1].active == nil {
		t.Fatal("want both started")
	}
	first := -1
	for deadline := time.Now().Add(time.Minute); first < 0; time.Sleep(20 * time.Millisecond) {
		for i, p := range pairs {
			if status, _ := p.get(p.active, "/readyz"); status == http.StatusOK {
				first = i
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("want one of them active")
		}
	}
	other := pairs[1-first]
	if code := other.active.End(t); code == 0 {
		t.Error("want the other one to end with an error")
	}
	if log := other.active.Log(); !strings.Contains(log, "voters.key is missing") && !strings.Contains(log, "server.key is missing") && !strings.Contains(log, "signing.key is missing") {
		t.Errorf("want it to say which file it lacks, got %s", log)
	}
	for _, name := range secretFiles {
		if _, err := os.Stat(filepath.Join(other.secrets, name)); err == nil {
			t.Errorf("want %s not made by the one that does not lead", name)
		}
	}
}
