package sqlite_test

import (
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"urna/internal/database"
)

// openBefore makes a file with the schema as it was at a version, and returns it open.
func openBefore(t *testing.T, path string, version int64) *sql.DB {
	t.Helper()
	return openAt(t, path, database.Main, version)
}

// openAt is openBefore for either schema.
func openAt(t *testing.T, path string, schema database.Schema, version int64) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations/"+string(schema)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestMigration_UsedKeysStayUsed brings voter keys of the form before their flags up to date: the used ones
// stay used, each has a flag of its own, and those of a roll share no row with another's.
func TestMigration_UsedKeysStayUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "urna.db")
	before := openBefore(t, path, 14)
	const rolls = `INSERT INTO elections VALUES (1, 'Online', 'parliamentary', 1, 2, 'UTC', 'turnout', 0, 1, 'dhondt', '', 'cast', '>=', 'absolute', 0, 0,
			NULL, NULL, 0, 1, NULL, 'constituency', 'valid', NULL);
		INSERT INTO constituencies VALUES (1, 1, 1, 'Nationwide', 3, 0, NULL);
		INSERT INTO voter_rolls (id, election_id, state, keys, changed_at) VALUES (1, 1, 'issued', 70000, 0), (2, 1, 'withdrawn', 3, 0), (4, 1, 'issued', 1, 0);
		INSERT INTO voter_keys WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 70000)
			SELECT randomblob(16), randomblob(16), 1, 1, random() % 3 = 0 FROM r;
		INSERT INTO voter_keys VALUES (randomblob(16), randomblob(16), 2, 1, 1), (randomblob(16), randomblob(16), 2, 1, 1), (randomblob(16), randomblob(16), 2, 1, 1),
			(randomblob(16), randomblob(16), 4, 1, 0);`
	if _, err := before.ExecContext(t.Context(), rolls); err != nil {
		t.Fatal(err)
	}
	used := pairs(t, before, `SELECT hex(pair) FROM voter_keys WHERE used`)
	voters := pairs(t, before, `SELECT hex(voter) || hex(pair) || roll_id FROM voter_keys`)
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}

	db := open(t, path)
	now := pairs(t, db.Pool(), `SELECT hex(pair) FROM used_voter_keys`)
	if len(now) != len(used) || len(used) < 20_000 {
		t.Fatalf("want %d used keys, got %d", len(used), len(now))
	}
	for pair := range used {
		if !now[pair] {
			t.Fatal("want every used key used")
		}
	}
	if still := pairs(t, db.Pool(), `SELECT hex(voter) || hex(pair) || roll_id FROM keyed_voters`); !maps.Equal(still, voters) {
		t.Errorf("want every voter's key kept, got %d of %d", len(still), len(voters))
	}
	for query, want := range map[string]int{
		`SELECT count(*) FROM voter_keys`:             70_004,
		`SELECT count(DISTINCT flag) FROM voter_keys`: 70_004,
		`SELECT count(*) FROM voter_flags`:            5,
		`SELECT sum(length(flags)) FROM voter_flags`:  4000 + 4000 + 750 + 1 + 1,
		`SELECT count(*) FROM voter_keys k JOIN voter_flags f ON f.page = k.flag / 32000 AND f.roll_id = k.roll_id AND k.flag % 32000 / 8 < length(f.flags)`: 70_004,
	} {
		var got int
		if err := db.Pool().QueryRowContext(t.Context(), query).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: want %d, got %d", query, want, got)
		}
	}
}

func pairs(t *testing.T, db *sql.DB, query string) map[string]bool {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]bool{}
	for rows.Next() {
		var pair string
		if err := rows.Scan(&pair); err != nil {
			t.Fatal(err)
		}
		found[pair] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
