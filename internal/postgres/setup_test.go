package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	program "os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.yaml.in/yaml/v3"

	"urna/internal/database"
	"urna/internal/postgres"
	server "urna/internal/testing/postgres"
)

// deploy are the files for operators.
const deploy = "../../deploy/"

// TestSetup_TheRoleCanDoWhatUrnaNeeds runs the script for operators, and then what needs permissions as the role that it makes.
func TestSetup_TheRoleCanDoWhatUrnaNeeds(t *testing.T) {
	server.Need(t)
	admin := server.Start(t, "fsync=on")
	set := program.CommandContext(t.Context(), "psql",
		"-v", "role=owner", "-v", "database=election night", "-v", "password=it's \"secret\"", "-f", deploy+"postgres/urna.sql", admin)
	if out, err := set.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	address, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	query.Set("user", "owner")
	query.Set("password", `it's "secret"`)
	address.Path, address.RawQuery = "/election night", query.Encode()
	c, err := pgx.Connect(t.Context(), address.String())
	if err != nil {
		t.Fatal(err)
	}
	var super bool
	err = c.QueryRow(t.Context(), `SELECT rolsuper FROM pg_roles WHERE rolname = current_user`).Scan(&super)
	if err != nil || super {
		t.Error("want a role without all rights", err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for _, schema := range []database.Schema{database.Main, database.Sessions} {
		db, err := postgres.Open(t.Context(), address.String(), schema)
		if err != nil {
			t.Fatal(err)
		}
		if schema == database.Main {
			if err := db.Rewrite(t.Context(), "ballots"); err != nil {
				t.Error("want tables refilled", err)
			}
			if err := db.EmptyLog(t.Context()); err != nil {
				t.Error("want a new log begun", err)
			}
			err := db.Read(t.Context(), func(tx *database.Tx) error {
				faults, err := tx.Check(t.Context())
				for _, f := range faults {
					t.Error(f)
				}
				return err
			})
			if err != nil {
				t.Error("want the database checked", err)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestSetup_SaysWhatTheRoleLacks takes from the role the right to see how far others have replayed the log: without it, a standby that
// is behind would look like none.
func TestSetup_SaysWhatTheRoleLacks(t *testing.T) {
	server.Need(t)
	cluster := server.StartCluster(t)
	set := program.CommandContext(t.Context(), "psql", "-v", "role=owner", "-v", "database=urna", "-v", "password=secret", "-f", deploy+"postgres/urna.sql", cluster.Address)
	if out, err := set.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	admin, err := pgx.Connect(t.Context(), cluster.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(context.Background()) }) // nothing is lost
	db, err := postgres.Open(t.Context(), strings.Replace(strings.Replace(cluster.Address, "user=urna", "user=owner", 1), ":///postgres?", ":///urna?", 1), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	receiver := cluster.Command("pg_receivewal", "-D", ".")
	if err := receiver.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = receiver.Process.Kill()
		_ = receiver.Wait() // it was killed
	})
	for follows := false; !follows; time.Sleep(20 * time.Millisecond) {
		if err := admin.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming')`).Scan(&follows); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, admin, "REVOKE pg_read_all_stats FROM owner")
	if err := db.EmptyLog(t.Context()); err == nil || !strings.Contains(err.Error(), "needs GRANT pg_checkpoint, pg_read_all_stats") || !errors.Is(err, database.ErrMissingRight) {
		t.Errorf("want the missing right named, got %v", err)
	}
	exec(t, admin, "GRANT pg_read_all_stats TO owner")
	if err := db.EmptyLog(t.Context()); err != nil {
		t.Error("want a new log begun", err)
	}
}

// TestSetup_PatronisSettingsAreAccepted reads the settings that the example for Patroni gives PostgreSQL.
func TestSetup_PatronisSettingsAreAccepted(t *testing.T) {
	content, err := os.ReadFile(deploy + "patroni/patroni.yml")
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Bootstrap struct {
			DCS struct {
				Synchronous bool `yaml:"synchronous_mode"`
				Strict      bool `yaml:"synchronous_mode_strict"`
				PostgreSQL  struct {
					Parameters map[string]string `yaml:"parameters"`
				} `yaml:"postgresql"`
			} `yaml:"dcs"`
		} `yaml:"bootstrap"`
	}
	if err := yaml.Unmarshal(content, &config); err != nil {
		t.Fatal(err)
	}
	dcs := config.Bootstrap.DCS
	if !dcs.Synchronous || !dcs.Strict {
		t.Error("want each commit to wait for a standby: without strict, Patroni lets a lonely primary lose votes")
	}
	for name, want := range map[string]string{"wal_recycle": "off", "archive_mode": "off", "log_error_verbosity": "terse"} {
		if got := dcs.PostgreSQL.Parameters[name]; got != want {
			t.Errorf("want %s %s, got %q", name, want, got)
		}
	}
	settings := []string{}
	for name, value := range dcs.PostgreSQL.Parameters {
		settings = append(settings, name+"="+value)
	}
	address := server.Start(t, settings...)
	for _, schema := range []database.Schema{database.Main, database.Sessions} {
		db, err := postgres.Open(t.Context(), address, schema)
		if err == nil {
			err = db.Close()
		}
		if err != nil {
			t.Error("want the settings accepted", err)
		}
	}
}
