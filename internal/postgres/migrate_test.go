package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/internal/database"
	"urna/internal/postgres"
)

var both = []database.Schema{database.Main, database.Sessions}

// bareNumber tells the databases of one process apart.
var bareNumber atomic.Int64

// bare returns the address of a new database without schemas, and a connection to it beside the program.
func bare(t *testing.T) (at string, beside *pgx.Conn) {
	t.Helper()
	other, admin := address(t)
	name := fmt.Sprintf("bare_%d_%d", os.Getpid(), bareNumber.Add(1))
	exec(t, admin, "CREATE DATABASE "+name+" TEMPLATE template0 LOCALE 'C.UTF-8'")
	t.Cleanup(func() { _, _ = admin.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)") }) // the server ends with the process
	u, err := url.Parse(other)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	if beside, err = pgx.Connect(t.Context(), u.String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.Close(context.Background()) })
	return u.String(), beside
}

// baseline is a database as the first release with PostgreSQL made it.
func baseline(t *testing.T) (address string, beside *pgx.Conn) {
	t.Helper()
	address, beside = bare(t)
	for schema, name := range map[database.Schema]string{database.Main: "urna", database.Sessions: "urna_sessions"} {
		script, err := os.ReadFile("testdata/baseline/" + string(schema) + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("-- The schema %q, version %d.", schema, postgres.Baseline(schema)); !strings.HasPrefix(string(script), want) {
			t.Fatalf("want a script that begins with %s", want)
		}
		exec(t, beside, "CREATE SCHEMA "+name, "SET search_path = "+name, string(script), "CREATE TABLE schema_version (version bigint PRIMARY KEY)",
			fmt.Sprintf("INSERT INTO schema_version VALUES (%d)", postgres.Baseline(schema)))
	}
	exec(t, beside, "RESET search_path")
	return address, beside
}

// next are the designs of a program whose main schema has further versions, with the steps that lead to the last.
func next(t *testing.T, whole string, steps ...string) postgres.Designs {
	t.Helper()
	now, version := postgres.Whole(database.Main)
	_, rest, _ := strings.Cut(now, "\n")
	last := version + int64(len(steps))
	files := fstest.MapFS{"main.sql": {Data: fmt.Appendf(nil, "-- The schema \"main\", version %d.\n%s\n%s", last, rest, whole)}}
	for i, step := range steps {
		files[fmt.Sprintf("main/%05d_more.sql", version+1+int64(i))] = &fstest.MapFile{Data: []byte(step)}
	}
	for name, script := range postgres.Steps(database.Main) {
		files["main/"+name+".sql"] = &fstest.MapFile{Data: []byte(script)}
	}
	known, err := postgres.OtherDesigns(files, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// led opens a schema as the leader of its database.
func led(t *testing.T, address string, known postgres.Designs, schema database.Schema) (*database.DB, error) {
	t.Helper()
	l := postgres.NewLead(nil)
	o := postgres.Options{Create: true, Lead: l}
	db, err := postgres.OpenOther(t.Context(), address, schema, known, o)
	if err == nil {
		t.Cleanup(func() { _ = db.Close() })
	}
	t.Cleanup(l.End)
	return db, err
}

// atPresent upgrades the schemas of a database to those of this program, and stops.
func atPresent(t *testing.T, address string) {
	t.Helper()
	known, err := postgres.OtherDesigns(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, schema := range both {
		l := postgres.NewLead(nil)
		db, err := postgres.OpenOther(t.Context(), address, schema, known, postgres.Options{Create: true, Lead: l})
		if err == nil {
			err = db.Close()
		}
		l.End()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func versionOf(t *testing.T, c *pgx.Conn) (version int64) {
	t.Helper()
	if err := c.QueryRow(t.Context(), `SELECT version FROM urna.schema_version`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

func faults(t *testing.T, db *database.DB) (all []string) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *database.Tx) error {
		found, err := tx.Check(t.Context())
		for _, f := range found {
			all = append(all, f.Sentence)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestMigrate_BaselineAndStepsAreTheSchemaMadeWhole upgrades the schemas of the first release with PostgreSQL and compares them
// with new ones.
func TestMigrate_BaselineAndStepsAreTheSchemaMadeWhole(t *testing.T) {
	address, _ := baseline(t)
	known, err := postgres.OtherDesigns(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, schema := range both {
		db, err := led(t, address, known, schema)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults(t, db) {
			t.Errorf("schema %s: the steps from version %d on lead to another schema than a new one: %s", schema, postgres.Baseline(schema), fault)
		}
	}
}

// TestMigrate_AServerUpgrades gives a database of this program to a server of the next version, and to commands of both.
func TestMigrate_AServerUpgrades(t *testing.T) {
	address, beside := baseline(t)
	atPresent(t, address)
	step := `ALTER TABLE participants ADD COLUMN motto TEXT NOT NULL DEFAULT '' CHECK (length(motto) <= 9); CREATE TABLE mottos (id bigint PRIMARY KEY)`
	whole := `CREATE TABLE mottos (id bigint PRIMARY KEY); ALTER TABLE participants ADD COLUMN motto TEXT NOT NULL DEFAULT '' CHECK (length(motto) <= 9);`
	known := next(t, whole, step)
	before, err := postgres.OpenWith(t.Context(), address, database.Main, postgres.Options{}) // a command of the earlier version
	if _, version := postgres.Whole(database.Main); err == nil && versionOf(t, beside) == version {
		err = before.Write(t.Context(), func(*database.Tx) error { return nil })
		t.Cleanup(func() { _ = before.Close() })
	}
	if err != nil {
		t.Fatal(err)
	}
	exec(t, beside, `INSERT INTO urna.participants (name, short_name, kind, color, created_at) VALUES ('Alder', '', 'party', '', 0)`)

	if _, err := postgres.OpenOther(t.Context(), address, database.Main, known, postgres.Options{Create: true}); !isOlder(err) {
		t.Errorf("want a command of the next version refused before a server of it ran, got %v", err)
	}
	db, err := led(t, address, known, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	if all := faults(t, db); len(all) > 0 {
		t.Errorf("want the schema made whole, got %q", all)
	}
	_, now := postgres.Whole(database.Main)
	if got := versionOf(t, beside); got != now+1 {
		t.Errorf("want version %d, got %d", now+1, got)
	}
	var name, motto string
	if err := beside.QueryRow(t.Context(), `SELECT name, motto FROM urna.participants`).Scan(&name, &motto); err != nil || name != "Alder" {
		t.Errorf("want the row kept, got %q, %v", name, err)
	}

	if err := before.Write(t.Context(), func(*database.Tx) error { return nil }); !isNewer(err) {
		t.Errorf("want a command of the earlier version, which had opened the database before, refused to write, got %v", err)
	}
	if _, err := postgres.OpenWith(t.Context(), address, database.Main, postgres.Options{}); !isNewer(err) {
		t.Errorf("want a command of the earlier version refused, got %v", err)
	}
	for _, older := range []bool{false, true} {
		if _, err := postgres.OpenForReading(t.Context(), address, database.Main, older); !isNewer(err) {
			t.Errorf("want a reader of the earlier version refused, got %v", err)
		}
	}
	after, err := postgres.OpenOther(t.Context(), address, database.Main, known, postgres.Options{})
	if err != nil {
		t.Fatal("want a command of the next version to work", err)
	}
	t.Cleanup(func() { _ = after.Close() })
	if err := after.Write(t.Context(), func(*database.Tx) error { return nil }); err != nil {
		t.Error("want a command of the next version to write", err)
	}
}

// TestMigrate_AFailedUpgradeChangesNothing has the second of two steps fail, or its connection end.
func TestMigrate_AFailedUpgradeChangesNothing(t *testing.T) {
	for name, fails := range map[string]string{
		"an error":                 `SELECT 1 / 0`,
		"the end of a connection":  `SELECT pg_terminate_backend(pg_backend_pid())`,
		"a contradicting row":      `ALTER TABLE participants ADD CONSTRAINT short CHECK (length(name) < 3)`,
		"a table that has its end": `INSERT INTO mottos VALUES (1), (1)`,
	} {
		t.Run(name, func(t *testing.T) {
			address, beside := baseline(t)
			exec(t, beside, `INSERT INTO urna.participants (name, short_name, kind, color, created_at) VALUES ('Alder', '', 'party', '', 0)`)
			was := versionOf(t, beside)
			const good = `CREATE TABLE mottos (id bigint PRIMARY KEY);`
			if _, err := led(t, address, next(t, good, good, fails), database.Main); err == nil || !strings.Contains(err.Error(), "nothing was changed") || !strings.Contains(err.Error(), "_more") {
				t.Errorf("want the failure said, with the step, got %v", err)
			}
			var tables int
			if err := beside.QueryRow(t.Context(), `SELECT count(*) FROM pg_class WHERE relname = 'mottos'`).Scan(&tables); err != nil || tables != 0 {
				t.Errorf("want nothing of the upgrade left, got %d tables, %v", tables, err)
			}
			if got := versionOf(t, beside); got != was {
				t.Errorf("want version %d, got %d", was, got)
			}
			db, err := led(t, address, next(t, good, good), database.Main)
			if err != nil {
				t.Fatal("want the next try to succeed", err)
			}
			if all := faults(t, db); len(all) > 0 {
				t.Errorf("want the schema made whole, got %q", all)
			}
		})
	}
}

// TestMigrate_OtherVersionsAreRefused opens schemas of versions that this program does not know.
func TestMigrate_OtherVersionsAreRefused(t *testing.T) {
	for _, c := range []struct {
		change string
		says   []string
		newer  bool
	}{
		{"UPDATE urna.schema_version SET version = 9999", []string{"has version 9999 of the schema urna", "a newer version of Urna has used the database"}, true},
		{"UPDATE urna_sessions.schema_version SET version = 99", []string{"has version 99 of the schema urna_sessions", "a newer version"}, true},
		{"UPDATE urna.schema_version SET version = 54", []string{"has version 54 of the schema urna", "it can upgrade versions from 55 on"}, false},
	} {
		address, beside := baseline(t)
		exec(t, beside, c.change)
		was := versionOf(t, beside)
		known, err := postgres.OtherDesigns(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = led(t, address, known, database.Main)
		if c.newer && !isNewer(err) || !c.newer && !isOlder(err) {
			t.Errorf("%s: want it refused, got %v", c.change, err)
			continue
		}
		for _, part := range append(c.says, "nothing was changed") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: want a message with %q, got %v", c.change, part, err)
			}
		}
		if got := versionOf(t, beside); got != was {
			t.Errorf("%s: want nothing changed, got version %d", c.change, got)
		}
	}
}

// TestMigrate_WaitsForACommandThatWrites upgrades beside a transaction that writes.
func TestMigrate_WaitsForACommandThatWrites(t *testing.T) {
	address, beside := baseline(t)
	atPresent(t, address)
	db, err := postgres.OpenWith(t.Context(), address, database.Main, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	const good = `CREATE TABLE mottos (id bigint PRIMARY KEY);`
	known := next(t, good, good)
	upgraded := make(chan error, 1)
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		go func() {
			_, err := led(t, address, known, database.Main)
			upgraded <- errors.Join(err, errEnd)
		}()
		for {
			select {
			case err := <-upgraded:
				return fmt.Errorf("want the upgrade to wait, got its end, %w", err)
			case <-time.After(10 * time.Millisecond):
			}
			var waiting bool
			err := beside.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&waiting)
			if err != nil || waiting {
				return errors.Join(err, insertRow(t.Context(), tx))
			}
		}
	})
	if err != nil {
		t.Fatalf("want the command to end its work, got %v", err)
	}
	if err := <-upgraded; err.Error() != errEnd.Error() {
		t.Errorf("want the upgrade after it, got %v", err)
	}
}

var errEnd = errors.New("ended")

func insertRow(ctx context.Context, tx *database.Tx) error {
	_, err := tx.SQL().ExecContext(ctx, `INSERT INTO settings VALUES ('a', 'b')`)
	return err
}

func isOlder(err error) bool {
	_, is := errors.AsType[*postgres.OlderSchemaError](err)
	return is
}

func isNewer(err error) bool {
	_, is := errors.AsType[*postgres.NewerSchemaError](err)
	return is
}

// TestSteps_AreSQLites compares the numbers of the steps with those of SQLite's migrations after the baseline.
func TestSteps_AreSQLites(t *testing.T) {
	for _, schema := range both {
		entries, err := os.ReadDir("../sqlite/migrations/" + string(schema))
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, entry := range entries {
			name := strings.TrimSuffix(entry.Name(), ".sql")
			if name < fmt.Sprintf("%05d_", postgres.Baseline(schema)+1) {
				continue
			}
			want = append(want, name)
			path := fmt.Sprintf("schema/%s/%s.sql", schema, name)
			if _, err := os.Stat(path); *update && errors.Is(err, os.ErrNotExist) {
				draft(t, fmt.Sprintf("../sqlite/migrations/%s/%s", schema, entry.Name()), path)
			}
		}
		if got := slices.Sorted(maps.Keys(postgres.Steps(schema))); !slices.Equal(got, want) {
			t.Errorf("schema %s: want a step of PostgreSQL for each migration of SQLite after version %d, by the same name, %q, got %q: "+
				"go test ./internal/postgres -run TestS -update drafts them, and look at them", schema, postgres.Baseline(schema), want, got)
		}
	}
}
