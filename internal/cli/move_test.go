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

// TestMove_ThereAndBack moves a folder with accounts; internal/app/verify moves one with everything.
func TestMove_ThereAndBack(t *testing.T) {
	databasetest.NeedsSQLite(t, "it begins with a folder")
	server.Need(t)
	folder, secrets, back := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "secrets"), filepath.Join(t.TempDir(), "back")
	env := apptest.Open(t, folder, &clock.Clock{})
	env.AddAccount(t, "Ada", auth.Administrator)
	address := databasetest.AddressOf(t, t.TempDir())
	fails(t, "another server is running", "move", "--from", folder, "--to", address, "--secrets", secrets)
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	out := succeeds(t, "move", "--from", folder, "--to", address, "--secrets", secrets)
	if !strings.Contains(out, "both ends were verified") {
		t.Errorf("want both ends verified, got %s", out)
	}
	fails(t, "the data were moved to postgres://", "users", "list", "--data", folder)
	if out := succeeds(t, "users", "list", "--database", address, "--secrets", secrets); !strings.Contains(out, "Ada@example.org") {
		t.Errorf("want the account in the database, got %s", out)
	}
	succeeds(t, "verify", "--database", address, "--secrets", secrets)
	fails(t, "has data already", "move", "--from", folder, "--to", address, "--secrets", secrets)
	fails(t, "has data already", "move", "--from", address, "--to", secrets, "--secrets", secrets)
	succeeds(t, "move", "--from", address, "--to", back, "--secrets", secrets)
	fails(t, "the data were moved to "+back, "users", "list", "--database", address, "--secrets", secrets)
	if out := succeeds(t, "users", "list", "--data", back); !strings.Contains(out, "Ada@example.org") {
		t.Errorf("want the account in the folder, got %s", out)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(back), "*")); err != nil || len(left) != 1 {
		t.Errorf("want the new folder alone, got %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(back, "urna.anchor")); err != nil {
		t.Errorf("want an anchor in the folder, got %v", err)
	}
}

// TestMove_RefusesWhatIsNoEnd names two folders, two databases and other addresses.
func TestMove_RefusesWhatIsNoEnd(t *testing.T) {
	const address = "postgres://urna@db/urna"
	folder := t.TempDir()
	for says, args := range map[string][]string{
		"one end is a data folder":                {"--from", folder, "--to", filepath.Join(folder, "new")},
		"one end is a data folder and":            {"--from", address, "--to", address},
		"--to: the address of a PostgreSQL":       {"--from", folder, "--to", "mysql://db/urna"},
		"is not a data folder of Urna":            {"--from", folder, "--to", address},
		"--from: the address of a PostgreSQL dat": {"--from", "http://db/urna", "--to", folder},
	} {
		fails(t, says, append([]string{"move", "--secrets", filepath.Join(folder, "secrets")}, args...)...)
	}
}
