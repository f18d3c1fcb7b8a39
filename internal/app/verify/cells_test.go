package verify_test

import (
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	_ "github.com/mattn/go-sqlite3" // goes around the program

	"urna/internal/app"
	"urna/internal/app/verify"
)

// exception is a line of the list in docs/trust.md: cells that may be altered without a difference.
type exception struct {
	table   string
	columns []string // "*" is all
}

var exceptionLine = regexp.MustCompile(`(?m)^\| ([a-z_]+) \| ([a-z_, *]+) \| (.+) \|$`)

// exceptions reads the list.
func exceptions(tb testing.TB) (found []exception) {
	tb.Helper()
	content, err := os.ReadFile("../../../docs/trust.md")
	if err != nil {
		tb.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), "<!-- not compared: begin -->")
	list, _, ended := strings.Cut(rest, "<!-- not compared: end -->")
	for _, line := range exceptionLine.FindAllStringSubmatch(list, -1) {
		if line[1] != "table" {
			found = append(found, exception{line[1], strings.Split(line[2], ", ")})
		}
	}
	if !ended || len(found) == 0 {
		tb.Fatal("want the list of columns that are not compared in docs/trust.md")
	}
	return found
}

// notYetCompared are cells whose comparison is still to be written. The list only shrinks; docs/trust.md names them
// under its known gaps.
var notYetCompared = []exception{
	{"keyed_voters", []string{"voter"}},
}

func excepted(list []exception, table, column string) bool {
	return slices.ContainsFunc(list, func(e exception) bool {
		return e.table == table && (slices.Contains(e.columns, column) || slices.Contains(e.columns, "*"))
	})
}

// cell is a column of a table, with the table's key.
type cell struct {
	table, column, kind string
	key                 []string
}

// cells returns all columns of the tables that have rows, in their order.
func cells(tb testing.TB, db *sql.DB) (found []cell) {
	tb.Helper()
	for _, table := range texts(tb, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%' ORDER BY name`) {
		if len(texts(tb, db, fmt.Sprintf(`SELECT 'x' FROM %s LIMIT 1`, table))) == 0 {
			continue
		}
		key := texts(tb, db, fmt.Sprintf(`SELECT name FROM pragma_table_info('%s') WHERE pk > 0 ORDER BY pk`, table))
		if len(key) == 0 {
			key = []string{"rowid"}
		}
		for _, column := range texts(tb, db, fmt.Sprintf(`SELECT name || ' ' || type FROM pragma_table_info('%s')`, table)) {
			name, kind, _ := strings.Cut(column, " ")
			found = append(found, cell{table, name, kind, key})
		}
	}
	return found
}

func texts(tb testing.TB, db *sql.DB, query string, args ...any) (found []string) {
	tb.Helper()
	rows, err := db.QueryContext(tb.Context(), query, args...)
	if err != nil {
		tb.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			tb.Fatal(err)
		}
		found = append(found, text)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return found
}

// around opens a folder's database past all triggers, foreign keys and checks.
func around(tb testing.TB, path string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(path, "urna.db")+"?_foreign_keys=off&_ignore_check_constraints=on")
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// other returns another value for a cell than the one that it has: at times one that the column has in another row.
func (c cell) other(tb testing.TB, db *sql.DB, now any, random *rand.Rand) any {
	tb.Helper()
	if random.IntN(2) == 0 {
		var values []any
		rows, err := db.QueryContext(tb.Context(), fmt.Sprintf(`SELECT DISTINCT %s FROM %s`, c.column, c.table))
		if err != nil {
			tb.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var value any
			if err := rows.Scan(&value); err != nil {
				tb.Fatal(err)
			}
			if value != nil && !reflect.DeepEqual(value, now) {
				values = append(values, value)
			}
		}
		if len(values) > 0 && rows.Err() == nil {
			return values[random.IntN(len(values))]
		}
	}
	switch v := now.(type) {
	case int64:
		if v == 0 || v == 1 {
			return 1 - v
		}
		return v + 1 + random.Int64N(3)
	case []byte:
		if len(v) == 0 {
			return []byte{1}
		}
		v = slices.Clone(v)
		v[random.IntN(len(v))] ^= byte(1 << random.IntN(8))
		return v
	case string:
		return v + "x"
	}
	switch c.kind {
	case "INTEGER":
		return int64(1)
	case "BLOB":
		return make([]byte, 16)
	default:
		return "x"
	}
}

// change changes the cell in one random row past all triggers, and says where; "" if the schema refuses the value.
func (c cell) change(tb testing.TB, path string, random *rand.Rand) string {
	tb.Helper()
	db := around(tb, path)
	defer func() { _ = db.Close() }()
	triggers := texts(tb, db, `SELECT sql FROM sqlite_schema WHERE type = 'trigger'`)
	for _, name := range texts(tb, db, `SELECT name FROM sqlite_schema WHERE type = 'trigger'`) {
		if _, err := db.ExecContext(tb.Context(), "DROP TRIGGER "+name); err != nil {
			tb.Fatal(err)
		}
	}
	var rows int
	if err := db.QueryRowContext(tb.Context(), "SELECT count(*) FROM "+c.table).Scan(&rows); err != nil {
		tb.Fatal(err)
	}
	values := make([]any, 1+len(c.key))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	key := strings.Join(c.key, ", ")
	query := fmt.Sprintf(`SELECT %s, %s FROM %s ORDER BY %s LIMIT 1 OFFSET %d`, c.column, key, c.table, key, random.IntN(rows))
	if err := db.QueryRowContext(tb.Context(), query).Scan(into...); err != nil {
		tb.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	value := c.other(tb, db, values[0], random)
	update := fmt.Sprintf(`UPDATE %s SET %s = ? WHERE (%s) = (%s)`, c.table, c.column, key, strings.TrimSuffix(strings.Repeat("?, ", len(c.key)), ", "))
	if len(c.key) == 1 {
		update = fmt.Sprintf(`UPDATE %s SET %s = ? WHERE %s = ?`, c.table, c.column, key)
	}
	result, err := db.ExecContext(tb.Context(), update, append([]any{value}, values[1:]...)...)
	if err != nil {
		return "" // such as a value that is there already
	}
	if n, err := result.RowsAffected(); n != 1 || err != nil {
		tb.Fatalf("%s: want one row changed, got %d, %v", update, n, err)
	}
	for _, trigger := range triggers {
		if _, err := db.ExecContext(tb.Context(), trigger); err != nil {
			tb.Fatal(err)
		}
	}
	return fmt.Sprintf("%s.%s in the row %v: %v became %v", c.table, c.column, values[1:], values[0], value)
}

// furnished is the folder of the fixture with rows in further tables.
var furnished struct {
	once  sync.Once
	files map[string][]byte
}

// named reports whether verify names anything in a folder, or refuses to read it.
func named(t *testing.T, path string) bool {
	t.Helper()
	folder, err := app.OpenForReading(t.Context(), path, app.ReadOptions{Scratch: t.TempDir()})
	if err != nil {
		t.Logf("not opened: %v", err)
		return true
	}
	defer func() { _ = folder.Close() }()
	report, err := verify.Folder(t.Context(), folder, verify.Options{})
	if err == nil && len(report.Differences) > 0 {
		t.Logf("%s: %s", report.Differences[0].Check, report.Differences[0].Sentence)
	}
	return err != nil || len(report.Differences) > 0
}

// FuzzFolder_OneCell changes one random cell of one random row, and wants it named unless docs/trust.md excepts it.
func FuzzFolder_OneCell(f *testing.F) {
	for seed := range uint64(24) {
		f.Add(seed, seed*seed)
	}
	list := exceptions(f)
	f.Fuzz(func(t *testing.T, a, b uint64) {
		random := rand.New(rand.NewPCG(a, b))
		path := furnish(t)
		all := comparedCells(t, path, list)
		oneCell(t, path, all[random.IntN(len(all))], random)
	})
}

// everyCell is for the day on which something of the schema or of verify changes: it takes some minutes.
var everyCell = flag.Int("every-cell", 0, "change each cell so many times in TestFolder_EveryColumn")

// TestFolder_EveryColumn is FuzzFolder_OneCell over all columns in turn.
func TestFolder_EveryColumn(t *testing.T) {
	if *everyCell == 0 {
		t.Skip("only with -every-cell")
	}
	for _, c := range comparedCells(t, furnish(t), exceptions(t)) {
		t.Run(c.table+"."+c.column, func(t *testing.T) {
			for i := range *everyCell {
				oneCell(t, furnish(t), c, rand.New(rand.NewPCG(uint64(i), 1)))
			}
		})
	}
}

func oneCell(t *testing.T, path string, c cell, random *rand.Rand) {
	t.Helper()
	changed := c.change(t, path, random)
	if changed == "" {
		t.Logf("the schema refuses another value of %s.%s", c.table, c.column)
	} else if !named(t, path) {
		t.Errorf("want verify to name it: %s", changed)
	}
}

// comparedCells are the cells of a folder that the list does not except.
func comparedCells(t *testing.T, path string, list []exception) []cell {
	t.Helper()
	db := around(t, path)
	defer func() { _ = db.Close() }()
	list = slices.Concat(list, notYetCompared)
	return slices.DeleteFunc(cells(t, db), func(c cell) bool { return excepted(list, c.table, c.column) })
}

// TestExceptions_AreNoRightsAndNoFigures keeps the list short of anything that enters a result, an account's rights or
// a certification, and of columns that the log has.
func TestExceptions_AreNoRightsAndNoFigures(t *testing.T) {
	list := exceptions(t)
	for _, table := range app.LoggedTables() {
		for _, column := range slices.Concat(table.Key, table.Columns) {
			if excepted(list, table.Name, column) {
				t.Errorf("%s.%s is in the log and in the list of columns that are not compared", table.Name, column)
			}
		}
	}
	db := around(t, folder(t))
	defer func() { _ = db.Close() }()
	for _, e := range list {
		for _, column := range e.columns {
			if column == "*" {
				column = texts(t, db, fmt.Sprintf(`SELECT name FROM pragma_table_info('%s') LIMIT 1`, e.table))[0]
			}
			if found := texts(t, db, fmt.Sprintf(`SELECT name FROM pragma_table_info('%s') WHERE name = '%s'`, e.table, column)); len(found) != 1 {
				t.Errorf("%s.%s is in the list and not in the schema", e.table, column)
			}
		}
	}
	for _, decisive := range []string{
		"audit_events", "audit_images", "ballots", "batch_tallies", "candidacies", "certifications", "confirmations", "constituencies",
		"constituency_tallies", "constituency_totals", "elections", "invalid_lines", "lot_participants", "lot_seeds", "lot_values", "lots", "online_ballots",
		"online_tallies.votes", "participants", "passkeys.user_id", "passkeys.public_key", "recovery_codes", "token_families", "users.role", "users.password_hash", "voter_rolls.keys",
	} {
		table, column, _ := strings.Cut(decisive, ".")
		for _, e := range list {
			if e.table == table && (column == "" || excepted(list, table, column)) {
				t.Errorf("%s decides a result, a right or a certification: it has no exception", decisive)
			}
		}
	}
}
