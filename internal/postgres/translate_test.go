package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

var update = flag.Bool("update", false, "write the schemas, from those of the other engine")

// TestSchema_IsTheOtherEngines compares the schemas of this engine, as a new database gets them, with what SQLite's migrations
// lead to, translated.
func TestSchema_IsTheOtherEngines(t *testing.T) {
	for _, schema := range []database.Schema{database.Main, database.Sessions} {
		pool := databasetest.OpenSQLite(t, t.TempDir(), schema).Pool()
		var version int64
		if err := pool.QueryRowContext(t.Context(), `SELECT max(version_id) FROM goose_db_version`).Scan(&version); err != nil {
			t.Fatal(err)
		}
		objects, err := readObjects(t.Context(), pool)
		if err != nil {
			t.Fatal(err)
		}
		want := translated(schema, version, objects)
		path := "schema/" + string(schema) + ".sql"
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("internal/postgres/%s is not SQLite's schema %d (%v): go test ./internal/postgres -run TestSchema -update, and look at the difference", path, version, err)
		}
		if rest := sqliteOnly.FindString(comment.ReplaceAllString(want, "")); rest != "" {
			t.Errorf("%s has words of SQLite: %q", path, rest)
		}
	}
}

var sqliteOnly = regexp.MustCompile(`(?i)\bSTRICT\b|WITHOUT ROWID|AUTOINCREMENT|\bBLOB\b|\bGLOB\b|json_valid|raise\(ABORT|\bhex\(|\bINTEGER\b|IS (NOT )?(NEW|OLD)\.`)

// object is a table, index, view or trigger of SQLite.
type object struct{ kind, name, text string }

func readObjects(ctx context.Context, pool *sql.DB) (all []object, err error) {
	rows, err := pool.QueryContext(ctx, `SELECT type, name, sql FROM sqlite_schema
		WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT IN ('goose_db_version', 'numbers') AND sql IS NOT NULL ORDER BY rowid`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.kind, &o.name, &o.text); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

// translated returns the script of a schema: tables in an order in which each comes after those that it refers to, then
// views, indexes and triggers.
func translated(schema database.Schema, version int64, objects []object) string {
	var b strings.Builder
	fmt.Fprintf(&b, "-- The schema %q, version %d. Written by go test ./internal/postgres -run TestSchema -update.\n", schema, version)
	if schema == database.Main {
		b.WriteString("\nCREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);\n" +
			"CREATE TABLE numbers (n bigint PRIMARY KEY);\nINSERT INTO numbers SELECT generate_series(0, 999);\n")
	}
	for _, o := range inOrder(objects) {
		b.WriteString("\n" + o.translated() + "\n")
	}
	if schema == database.Main {
		b.WriteString("\nINSERT INTO voter_key_removals (only, times) VALUES (1, 0);\n\n" +
			"-- Statistics hold values of rows, which the close could not take out of the catalogue.\n" + withoutStatistics() + "\n" +
			"-- Parts of files are read as a whole, and compressing them takes longer than writing them.\n" +
			"ALTER TABLE stored_parts ALTER COLUMN content SET STORAGE EXTERNAL;\n" +
			"-- Flags are changed by each group of votes. Compressing a row of them takes longer than all else that a group does.\n" +
			"ALTER TABLE voter_flags ALTER COLUMN flags SET STORAGE PLAIN;\n")
	}
	return strings.ReplaceAll(b.String(), " (only, times)", ` ("only", times)`)
}

// withoutStatistics are statements for the columns that groups of votes change, or that name voters' keys.
func withoutStatistics() string {
	var b strings.Builder
	for _, table := range []struct {
		name    string
		columns []string
	}{
		{"online_ballots", []string{"election_id", "guid", "constituency_id", "poll_number"}},
		{"online_tallies", []string{"constituency_id", "poll_number", "votes", "shown"}},
		{"online_sums", []string{"used", "nonce", "sum"}},
		{"voter_flags", []string{"flags"}},
		{"voter_keys", []string{"pair"}},
		{"keyed_voters", []string{"voter", "pair"}},
		{"shown_changes", []string{"shown", "changed_at"}},
	} {
		for _, column := range table.columns {
			fmt.Fprintf(&b, "ALTER TABLE %s ALTER COLUMN %s SET STATISTICS 0;\n", table.name, column)
		}
	}
	return b.String()
}

var references = regexp.MustCompile(`REFERENCES (\w+)`)

func inOrder(objects []object) []object {
	var all, rest []object
	waiting := map[string]bool{}
	for _, o := range objects {
		if o.kind == "table" {
			rest, waiting[o.name] = append(rest, o), true
		}
	}
	for len(rest) > 0 {
		rest = slices.DeleteFunc(rest, func(o object) bool {
			for _, to := range references.FindAllStringSubmatch(o.text, -1) {
				if to[1] != o.name && waiting[to[1]] {
					return false
				}
			}
			all = append(all, o)
			delete(waiting, o.name)
			return true
		})
	}
	for _, kind := range []string{"view", "index", "trigger"} {
		for _, o := range objects {
			if o.kind == kind {
				all = append(all, o)
			}
		}
	}
	return all
}

// others are the parts that have words of their own in PostgreSQL.
var others = []struct{ from, to string }{
	{
		"instr('123456789ABCDEF', substr(hex(substr(f.flags, 1 + k.flag % 32000 / 8, 1)), 1 + k.flag % 8 / 4, 1)) >> (3 - k.flag % 4) & 1",
		"(get_byte(f.flags, (k.flag % 32000 / 8)::int) >> (7 - (k.flag % 8)::int)) & 1 = 1",
	},
	{"CHECK (takes_batches + takes_online > 0)", "CHECK (takes_batches OR takes_online)"},
	{"    only  INTEGER PRIMARY KEY CHECK (only = 1)", `    "only" INTEGER PRIMARY KEY CHECK ("only" = 1)`},
}

// rules translate the rest, in their order.
var rules = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`\) STRICT(, WITHOUT ROWID)?$`), ")"},
	{regexp.MustCompile(`\bINTEGER PRIMARY KEY AUTOINCREMENT`), "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"},
	{regexp.MustCompile(`\b(\w+)(\s+)INTEGER NOT NULL DEFAULT 0 CHECK \(\w+ IN \(0, 1\)\)`), "${1}${2}boolean NOT NULL DEFAULT false"},
	{regexp.MustCompile(`\b(\w+)(\s+)INTEGER NOT NULL CHECK \(\w+ IN \(0, 1\)\)`), "${1}${2}boolean NOT NULL"},
	{regexp.MustCompile(`\bINTEGER\b`), "bigint"},
	{regexp.MustCompile(`\bBLOB\b`), "bytea"},
	{regexp.MustCompile(`\bCOLLATE NOCASE\b`), "COLLATE nocase"},
	{regexp.MustCompile(`json_valid\((\w+)\)`), "$1::json IS NOT NULL"},
	{regexp.MustCompile(`color GLOB '#(\[0-9a-f\]){6}'`), "color ~ '^#[0-9a-f]{6}$$'"},
	{regexp.MustCompile(`(\w+) NOT GLOB '\*(\[\^[^'*]*\])\*'`), "$1 !~ '$2'"},
	{regexp.MustCompile(`(\w+) GLOB '\*(\[\^[^'*]*\])\*'`), `($1 COLLATE "C") ~ '$2'`},
	{regexp.MustCompile(`\b((?:OLD|NEW)\.\w+) IS NOT ((?:OLD|NEW)\.\w+)`), "$1 IS DISTINCT FROM $2"},
	{regexp.MustCompile(`\b((?:OLD|NEW)\.\w+) IS ((?:OLD|NEW)\.\w+)`), "$1 IS NOT DISTINCT FROM $2"},
}

var (
	comment = regexp.MustCompile(`--[^\n]*`)
	trigger = regexp.MustCompile(`(?s)^CREATE TRIGGER (\w+) BEFORE (INSERT|UPDATE|DELETE) ON (\w+)(?:\s+WHEN (.*?))?\s+BEGIN SELECT raise\(ABORT, '([^']*)'\); END$`)
)

func (o object) translated() string { return translate(o.text) + ";" }

// draft writes a step that does what a migration of SQLite does, as far as the rules translate it.
func draft(t *testing.T, from, to string) {
	t.Helper()
	script, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, statement := range statement.FindAllString(string(script), -1) {
		b.WriteString(translate(strings.TrimSuffix(strings.TrimSpace(statement), ";")) + ";\n\n")
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte(strings.TrimSpace(b.String())+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// statement is one of a migration. One that makes a trigger has others in it.
var statement = regexp.MustCompile(`(?s)(--[^\n]*\n|\s)*(CREATE TRIGGER .*?END|[^;]*?);`)

func translate(text string) string {
	for _, other := range others {
		text = strings.ReplaceAll(text, other.from, other.to)
	}
	if parts := trigger.FindStringSubmatch(text); parts != nil {
		text = refusal(parts[1], parts[2], parts[3], parts[4], parts[5])
	}
	for _, r := range rules {
		text = r.from.ReplaceAllString(text, r.to)
	}
	return text
}

// refusal is a trigger that refuses a change under a condition, "" for every change.
func refusal(name, act, table, condition, sentence string) string {
	refuse := fmt.Sprintf("RAISE EXCEPTION USING MESSAGE = '%s', ERRCODE = 'check_violation';", sentence)
	row := "NEW"
	if act == "DELETE" {
		row = "OLD"
	}
	if condition != "" {
		refuse = fmt.Sprintf("IF %s THEN %s END IF; RETURN %s;", condition, refuse, row)
	}
	return fmt.Sprintf("CREATE FUNCTION %[1]s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n%[4]s END $$;\n"+
		"CREATE TRIGGER %[1]s BEFORE %[2]s ON %[3]s FOR EACH ROW EXECUTE FUNCTION %[1]s()", name, act, table, refuse)
}
