package archtest

import (
	"context"
	"database/sql"
	"fmt"
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// TestStatements_PrepareOnBothEngines gives each statement of plain SQL that the code writes out as a whole to SQLite and to
// PostgreSQL, which look up its tables, columns, functions and types. Statements that leave a part to the running program
// are tried by the suites of their stores, which run on both engines too.
func TestStatements_PrepareOnBothEngines(t *testing.T) {
	records := recordsOf(t)
	engines := map[string]map[database.Schema]*sql.DB{}
	for name, open := range map[string]func(testing.TB, string, database.Schema) *database.DB{
		"SQLite": databasetest.OpenSQLite, "PostgreSQL": databasetest.OpenPostgres,
	} {
		folder := t.TempDir()
		engines[name] = map[database.Schema]*sql.DB{}
		for _, schema := range []database.Schema{database.Main, database.Sessions} {
			pool := open(t, folder, schema).Pool()
			if engines[name][schema] = pool; schema == database.Main {
				makeTemporary(t, pool)
			}
		}
	}
	tried, left := 0, 0
	for _, p := range checked(t) {
		if ownSQL[p.name] != "" || within(p.name, "internal/testing") || elsewhere[p.name] != "" {
			continue
		}
		for _, s := range p.statements() {
			if s.gorm || !beginsStatement.MatchString(s.text) || strings.HasPrefix(strings.TrimSpace(s.text), "CREATE TEMP TABLE") {
				continue
			}
			if strings.Contains(s.text, open) || fragments[strings.Join(strings.Fields(s.text), " ")] != "" {
				left++
				continue
			}
			tried++
			for name, schemas := range engines {
				if err := prepares(t.Context(), schemas, s.text, records[name]); err != nil {
					t.Errorf("%s: %s: %v: %s", s.at, name, err, strings.Join(strings.Fields(s.text), " "))
				}
			}
		}
	}
	t.Logf("%d statements prepared on both engines, %d have parts of the running program", tried, left)
	if tried < 100 {
		t.Errorf("want the program's statements, tried %d", tried)
	}
}

// elsewhere are packages whose statements run in other databases, with the reason.
var elsewhere = map[string]string{
	"results/mirror": "it writes results into databases of other programs",
}

// fragments are texts that begin as a statement does and are none, with the reason.
var fragments = map[string]string{
	"SELECT 1 FROM annulled_online_votes a JOIN corrections x ON x.election_id = a.election_id AND x.number = a.number " +
		"WHERE a.constituency_id = t.constituency_id AND x.ended_at IS NULL": "the condition of other queries, whose t it names",
}

// makeTemporary makes the temporary tables of the program on the one connection that a pool has from then on.
func makeTemporary(t *testing.T, pool *sql.DB) {
	t.Helper()
	pool.SetMaxOpenConns(1)
	writable := []string{"PRAGMA query_only = off", "SET default_transaction_read_only = off"} // each in words of one engine
	_, first := pool.ExecContext(t.Context(), writable[0])
	_, second := pool.ExecContext(t.Context(), writable[1])
	if first != nil && second != nil {
		t.Fatal(first, second)
	}
	for _, statement := range temporaryTables(t) {
		if _, err := pool.ExecContext(t.Context(), statement); err != nil {
			t.Errorf("%v: %s", err, statement)
		}
	}
}

// temporaryTables returns the statements that make temporary tables, those behind others on whose tables they build.
func temporaryTables(t *testing.T) (all []string) {
	t.Helper()
	for _, p := range checked(t) {
		if ownSQL[p.name] != "" {
			continue
		}
		for _, s := range p.statements() {
			if strings.HasPrefix(strings.TrimSpace(s.text), "CREATE TEMP TABLE") && !strings.Contains(s.text, open) {
				all = append(all, s.text)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(strings.Fields(a)[3]) - len(strings.Fields(b)[3]) })
	return slices.CompactFunc(all, func(a, b string) bool { return strings.Fields(a)[3] == strings.Fields(b)[3] })
}

// prepares returns the error of the schema whose tables the statement names.
func prepares(ctx context.Context, schemas map[database.Schema]*sql.DB, text, records string) error {
	if packedRecords.MatchString(text) {
		text = records + text
	}
	var errs []string
	for _, pool := range schemas {
		prepared, err := pool.PrepareContext(ctx, text)
		if err == nil {
			return prepared.Close() //nolint:sqlclosecheck // at once: there are hundreds
		}
		errs = append(errs, err.Error())
	}
	slices.Sort(errs)
	return fmt.Errorf("%s", strings.Join(errs, "; "))
}

// packedRecords finds statements that read the relation of packed records.
var packedRecords = regexp.MustCompile(`\b(FROM|JOIN)\s+r\b|,\s*r(\s|$)`)

// recordsOf returns, for each engine, a relation r with the fields of all layouts of packed records.
func recordsOf(t *testing.T) map[string]string {
	t.Helper()
	fields := map[string]bool{"position": true} // whether it is a number
	for _, p := range checked(t) {
		for _, s := range p.files {
			ast.Inspect(s.file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) != 2 {
					return true
				}
				selector, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || selector.Sel.Name != "Bytes" && selector.Sel.Name != "Digits" {
					return true
				}
				if of, ok := selector.X.(*ast.Ident); ok && of.Name == "database" {
					if name, ok := p.text(call.Args[0]); ok {
						fields[name] = selector.Sel.Name == "Digits"
					}
				}
				return true
			})
		}
	}
	names := slices.Sorted(maps.Keys(fields))
	var forSQLite, forPostgres []string
	for _, name := range names {
		number, kind := "0", "0::bigint"
		if !fields[name] {
			number, kind = "x''", "''::bytea"
		}
		forSQLite, forPostgres = append(forSQLite, number+" AS "+name), append(forPostgres, kind+" AS "+name)
	}
	return map[string]string{
		"SQLite": "WITH r AS (SELECT " + strings.Join(forSQLite, ", ") + ") ", "PostgreSQL": "WITH r AS (SELECT " + strings.Join(forPostgres, ", ") + ") ",
	}
}
