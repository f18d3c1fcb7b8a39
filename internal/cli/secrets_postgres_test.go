package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/auth"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	server "urna/internal/testing/postgres"
)

// TestSecrets_AreReplacedBesideADatabase replaces each secret file of a PostgreSQL database: while it is there, once it is
// lost, and while a server leads the database.
func TestSecrets_AreReplacedBesideADatabase(t *testing.T) {
	databasetest.NeedsSQLite(t, "it begins with a folder")
	server.Need(t)
	folder, secrets := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "secrets")
	env := apptest.Open(t, folder, &clock.Clock{})
	env.AddAccount(t, "Ada", auth.Administrator)
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	address := databasetest.AddressOf(t, t.TempDir())
	succeeds(t, "move", "--from", folder, "--to", address, "--secrets", secrets)
	on := []string{"--database", address, "--secrets", secrets}
	serve := func() *runningServer {
		t.Helper()
		o := serverOn("")
		o.Database, o.Secrets = address, secrets
		s, err := startServer(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, name := range []string{"signing.key", "server.key", "voters.key"} {
		replace := append([]string{"secrets", "replace", name}, on...)
		fails(t, "nothing to replace", replace...)
		if err := os.WriteFile(filepath.Join(secrets, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		fails(t, name, append([]string{"serve", "--addr", "127.0.0.1:0"}, on...)...)
		if out := succeeds(t, replace...); !strings.Contains(out, name+" was replaced") {
			t.Errorf("want %s replaced, got %s", name, out)
		}
		if recorded := ask(t, address, "SELECT coalesce(string_agg(detail, ' '), '') FROM audit_events WHERE action = 'secret-replaced'"); !strings.Contains(recorded, name) {
			t.Errorf("want it on record, got %s", recorded)
		}
		if err := serve().Close(); err != nil {
			t.Errorf("%s: want the database served with the new file, got %v", name, err)
		}
		succeeds(t, append([]string{"verify"}, on...)...)
	}
	s := serve()
	fails(t, "another server is running", append([]string{"secrets", "replace", "server.key"}, on...)...)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
