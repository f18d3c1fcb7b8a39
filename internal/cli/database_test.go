package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDatabase_FlagsAreRefused lists combinations that mean nothing, or that would lose something.
func TestDatabase_FlagsAreRefused(t *testing.T) {
	const address = "postgres://urna@db/urna"
	secrets := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"two places":         {[]string{"serve", "--database", address, "--secrets", secrets, "--data", "x"}, "two places for the same data"},
		"of a command":       {[]string{"users", "list", "--database", address, "--secrets", secrets, "--data", "x"}, "two places for the same data"},
		"no secrets":         {[]string{"serve", "--database", address}, "--database needs --secrets"},
		"nor of a command":   {[]string{"users", "list", "--database", address}, "--database needs --secrets"},
		"no database":        {[]string{"serve", "--secrets", secrets}, "--secrets needs --database"},
		"scratch":            {[]string{"serve", "--scratch", secrets}, "--scratch needs --database"},
		"no address":         {[]string{"serve", "--database", "urna.db", "--secrets", secrets}, "write it as postgres://"},
		"missing folder":     {[]string{"serve", "--database", address, "--secrets", filepath.Join(secrets, "none")}, "does not exist"},
		"backup":             {[]string{"backup", filepath.Join(secrets, "b"), "--database", address, "--secrets", secrets}, "pg_basebackup"},
		"backups of serve":   {[]string{"serve", "--database", address, "--secrets", secrets, "--backup-folder", secrets}, "pg_basebackup"},
		"rollback":           {[]string{"serve", "--database", address, "--secrets", secrets, "--accept-rollback", "lost"}, "--accept-rollback is about"},
		"certificate":        {[]string{"serve", "--database", address, "--secrets", secrets, "--acme-host", "vote.example.org"}, "--acme-host gets a certificate"},
		"address of servers": {[]string{"setup-link", "--database", address, "--secrets", secrets}, "--database needs --url"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, out := do(c.args...); code == 0 || !strings.Contains(out, c.says) {
				t.Errorf("want a refusal with %q, got %d: %s", c.says, code, out)
			}
		})
	}
	t.Setenv("URNA_DATA", "x")
	if code, out := do("serve", "--database", address, "--secrets", secrets); code == 0 || !strings.Contains(out, "two places for the same data") {
		t.Errorf("want a data folder of the environment refused too, got %d: %s", code, out)
	}
}

// TestDatabase_ThePasswordIsNeverSaid makes commands fail with an address that has a password, in both places for it.
func TestDatabase_ThePasswordIsNeverSaid(t *testing.T) {
	secrets := t.TempDir()
	for _, address := range []string{
		"postgres://ada:hunter2@127.0.0.1:1/urna", "postgres://127.0.0.1:1,127.0.0.1:2/urna?user=ada&password=hunter2&target_session_attrs=read-write",
		"postgres://ada:hunter2@127.0.0.1:port/urna", "postgres://ada:hunter2@127.0.0.1:1/urna?sslmode=hunter2", "https://ada:hunter2@127.0.0.1/urna",
	} {
		file := configuration(t, `database = "`+address+`"`, `secrets = "`+secrets+`"`)
		t.Setenv("URNA_DATABASE", address)
		for _, args := range [][]string{
			{"serve", "--secrets", secrets},
			{"users", "list", "--secrets", secrets},
			{"verify"},
			{"doctor", "--secrets", secrets},
			{"config", "show"},
			{"config", "check"},
			{"config", "show", "--config", file},
			{"serve", "--secrets", secrets, "--no-such-flag"},
		} {
			if _, out := do(args...); strings.Contains(out, "hunter2") {
				t.Errorf("%v: want no password, got %s", args, out)
			}
		}
		if err := os.Unsetenv("URNA_DATABASE"); err != nil {
			t.Fatal(err)
		}
		if code, out := do("serve", "--config", file); code == 0 || strings.Contains(out, "hunter2") {
			t.Errorf("want a refusal without the password, got %d: %s", code, out)
		}
	}
	if _, out := do("config", "show", "--config", configuration(t, `database = "postgres://ada:hunter2@db/urna"`, `secrets = "/etc/urna"`)); !strings.Contains(out, "database = 'hidden'") {
		t.Errorf("want the database shown as hidden, got %s", out)
	}
}
