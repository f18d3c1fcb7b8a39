package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"urna/internal/database"
)

// The rows that a transaction changes are remembered by triggers of the writing connection, in tables of its temporary
// database: touched_tables has the names, and touched_NAME the first state of each row. Both are as transactional as
// the change itself, and no other program sees them.

// trackedTable is a tracked table with its statements.
type trackedTable struct {
	database.Tracked
	changes string // reads the remembered rows beside the present ones
	forget  string
	all     string
}

// Track makes the tables and triggers, on this writing connection and on one that replaces it.
func (e *engine) Track(ctx context.Context, tables []database.Tracked) error {
	statements := []string{"CREATE TEMP TABLE touched_tables (name TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID"}
	tracked := make(map[string]*trackedTable, len(tables))
	for _, t := range tables {
		tracked[t.Name] = newTrackedTable(t)
		statements = append(statements, triggers(t)...)
	}
	pool, err := e.writer.DB()
	if err == nil {
		err = executeEach(ctx, pool, statements)
	}
	if err != nil {
		return fmt.Errorf("sqlite: remember changed rows: %w", err)
	}
	e.tracked = tracked
	e.own.statements.Store(&statements)
	return nil
}

// executeEach executes statements one by one. Of several in one text the driver copies all that are left for each.
func executeEach(ctx context.Context, on database.Querier, statements []string) error {
	for _, s := range statements {
		if _, err := on.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func newTrackedTable(t database.Tracked) *trackedTable {
	equal := make([]string, len(t.Key))
	for i, k := range t.Key {
		equal[i] = fmt.Sprintf("t.%s = r.k_%s", k, k)
	}
	first := t.Key[0]
	return &trackedTable{
		Tracked: t,
		changes: fmt.Sprintf("SELECT r.existed, t.%s IS NOT NULL%s%s%s FROM touched_%s r LEFT JOIN main.%s t ON %s ORDER BY %s", first,
			prefixed(t.Key, "r.k_"), prefixed(t.Columns, "r.c_"), prefixed(t.Columns, "t."), t.Name, t.Name, strings.Join(equal, " AND "),
			strings.TrimPrefix(prefixed(t.Key, "r.k_"), ", ")),
		forget: fmt.Sprintf("DELETE FROM touched_%s", t.Name),
		all: fmt.Sprintf("SELECT 0, 1%s%s FROM main.%s t ORDER BY %s", prefixed(t.Key, "t."), prefixed(t.Columns, "t."), t.Name,
			strings.TrimPrefix(prefixed(t.Key, "t."), ", ")),
	}
}

// prefixed returns the names as further elements of a list, each with a prefix.
func prefixed(names []string, prefix string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString(", " + prefix + n)
	}
	return b.String()
}

// triggers returns the statements for the table of the remembered rows and for the triggers that fill it. A row that is
// remembered already keeps its first state. The triggers check that, because a statement's conflict clause (OR REPLACE)
// applies within triggers too.
func triggers(t database.Tracked) []string {
	remember := func(row string, existed int) string {
		same := make([]string, len(t.Key))
		for i, k := range t.Key {
			// The + takes away the type of an INTEGER PRIMARY KEY: without it SQLite would not search in the key of the
			// remembered rows, which has none, and would read all of them for each further one.
			same[i] = fmt.Sprintf("k_%s = +%s.%s", k, row, k)
		}
		values := prefixed(t.Columns, row+".")
		if existed == 0 {
			values = strings.Repeat(", NULL", len(t.Columns))
		}
		return fmt.Sprintf("\tINSERT INTO touched_tables SELECT '%[1]s' WHERE NOT EXISTS (SELECT 1 FROM touched_tables WHERE name = '%[1]s');\n"+
			"\tINSERT INTO touched_%[1]s SELECT %[2]d%[3]s%[4]s WHERE NOT EXISTS (SELECT 1 FROM touched_%[1]s WHERE %[5]s);\n",
			t.Name, existed, prefixed(t.Key, row+"."), values, strings.Join(same, " AND "))
	}
	differ := func(columns []string) string {
		each := make([]string, len(columns))
		for i, c := range columns {
			// BINARY, since a column's own collation may ignore the case of letters.
			each[i] = fmt.Sprintf("OLD.%s COLLATE BINARY IS NOT NEW.%s", c, c)
		}
		return strings.Join(each, " OR ")
	}
	return []string{
		fmt.Sprintf("CREATE TEMP TABLE touched_%s (existed%s%s, PRIMARY KEY (%s)) WITHOUT ROWID", t.Name,
			prefixed(t.Key, "k_"), prefixed(t.Columns, "c_"), strings.TrimPrefix(prefixed(t.Key, "k_"), ", ")),
		fmt.Sprintf("CREATE TEMP TRIGGER touched_%[1]s_insert AFTER INSERT ON main.%[1]s BEGIN\n%[2]sEND", t.Name, remember("NEW", 0)),
		fmt.Sprintf("CREATE TEMP TRIGGER touched_%[1]s_delete AFTER DELETE ON main.%[1]s BEGIN\n%[2]sEND", t.Name, remember("OLD", 1)),
		fmt.Sprintf("CREATE TEMP TRIGGER touched_%[1]s_update AFTER UPDATE ON main.%[1]s WHEN %[2]s BEGIN\n%[3]sEND", t.Name,
			differ(slices.Concat(t.Key, t.Columns)), remember("OLD", 1)),
		// A row with another key is another row, too. The key of most stays, so this is a trigger of its own.
		fmt.Sprintf("CREATE TEMP TRIGGER touched_%[1]s_key AFTER UPDATE ON main.%[1]s WHEN %[2]s BEGIN\n%[3]sEND", t.Name,
			differ(t.Key), remember("NEW", 0)),
	}
}

// Changes reads and deletes the rows that the transaction's triggers remembered.
func (e *engine) Changes(ctx context.Context, on database.Querier) ([]database.RowChange, error) {
	names, err := touchedTables(ctx, on)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	var changes []database.RowChange
	for _, name := range names {
		t := e.tracked[name]
		err := t.read(ctx, on, t.changes, true, func(c database.RowChange) error {
			changes = append(changes, c)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if _, err := on.ExecContext(ctx, t.forget); err != nil {
			return nil, err
		}
	}
	_, err = on.ExecContext(ctx, `DELETE FROM touched_tables`)
	return changes, err
}

func touchedTables(ctx context.Context, on database.Querier) (names []string, err error) {
	rows, err := on.QueryContext(ctx, `SELECT name FROM touched_tables ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// EachRow reads all rows of a table.
func (e *engine) EachRow(ctx context.Context, on database.Querier, t database.Tracked, fn func(database.RowChange) error) error {
	table := newTrackedTable(t)
	return table.read(ctx, on, table.all, false, fn)
}

// read calls fn with the rows of a query: whether a row existed and exists, its key, its columns before if the query has
// both states, and its columns.
func (t *trackedTable) read(ctx context.Context, on database.Querier, query string, both bool, fn func(database.RowChange) error) (err error) {
	rows, err := on.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	states := 1
	if both {
		states = 2
	}
	for rows.Next() {
		values := make([]any, len(t.Key)+states*len(t.Columns))
		var existed, exists bool
		into := []any{&existed, &exists}
		for i := range values {
			into = append(into, &values[i])
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		columns := values[len(t.Key):]
		c := database.RowChange{Table: t.Name, Key: values[:len(t.Key):len(t.Key)]}
		if existed {
			c.Before = columns[:len(t.Columns):len(t.Columns)]
		}
		if exists {
			c.After = columns[(states-1)*len(t.Columns):]
		}
		if !both || !sameRow(c.Before, c.After) {
			if err := fn(c); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

// sameRow reports whether two states of a row are the same; no row is another state than one without columns.
func sameRow(a, b []any) bool {
	return (a == nil) == (b == nil) && slices.EqualFunc(a, b, func(a, b any) bool {
		x, bytes := a.([]byte)
		y, too := b.([]byte)
		if bytes || too {
			return bytes && too && string(x) == string(y)
		}
		return a == b
	})
}
