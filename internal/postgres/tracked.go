package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"urna/internal/database"
)

// The rows that a transaction changes are remembered by triggers of the tables in temporary tables of the writing
// connection, touched_NAME, with the first state of each row. The setting urna.touched, which ends with the transaction,
// has the names of those that have any. The triggers do nothing in a session without those tables.

// trackedTable is a tracked table with its statements.
type trackedTable struct {
	database.Tracked
	changes string // reads the remembered rows beside the present ones
	forget  string
	all     string
}

// Track makes the temporary tables, on this writing connection and on one that replaces it, and the triggers.
func (e *engine) Track(ctx context.Context, tables []database.Tracked) error {
	var own strings.Builder
	var triggers []trigger
	tracked := make(map[string]*trackedTable, len(tables))
	for _, t := range tables {
		tracked[t.Name] = newTrackedTable(t)
		fmt.Fprintf(&own, "CREATE TEMP TABLE touched_%[1]s AS SELECT false AS existed%[2]s%[3]s FROM %[1]s WITH NO DATA;\nCREATE UNIQUE INDEX ON touched_%[1]s (%[4]s);\n",
			t.Name, renamed(t.Key, "k_"), renamed(t.Columns, "c_"), listed(t.Key, "k_"))
		triggers = append(triggers, triggersOf(t)...)
	}
	text := own.String()
	writer, err := e.writer.DB()
	if err == nil {
		err = makeTriggers(ctx, writer, triggers)
	}
	if err == nil {
		_, err = writer.ExecContext(ctx, text)
	}
	if err != nil {
		return fmt.Errorf("postgres: remember changed rows: %w", err)
	}
	e.tracked = tracked
	e.own.Store(&text)
	return nil
}

func newTrackedTable(t database.Tracked) *trackedTable {
	equal := make([]string, len(t.Key))
	for i, k := range t.Key {
		equal[i] = fmt.Sprintf("t.%s = r.k_%s", k, k)
	}
	return &trackedTable{
		Tracked: t,
		// As few as they usually are, so that the table is not read from one end to the other for them.
		changes: fmt.Sprintf("SELECT r.existed, t.%s IS NOT NULL%s%s%s FROM pg_temp.touched_%s r LEFT JOIN %s t ON %s WHERE %s ORDER BY %s", t.Key[0],
			prefixed(t.Key, "r.k_"), prefixed(t.Columns, "r.c_"), prefixed(t.Columns, "t."), t.Name, t.Name, strings.Join(equal, " AND "),
			asIfOne("r.existed::int"), listed(t.Key, "r.k_")),
		forget: "TRUNCATE pg_temp.touched_" + t.Name,
		all:    fmt.Sprintf("SELECT false, true%s%s FROM %s t ORDER BY %s", prefixed(t.Key, "t."), prefixed(t.Columns, "t."), t.Name, listed(t.Key, "t.")),
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

// listed is prefixed for a list of these names alone.
func listed(names []string, prefix string) string {
	return strings.TrimPrefix(prefixed(names, prefix), ", ")
}

// renamed returns the columns as further elements of a list, each with a name that begins with the prefix.
func renamed(names []string, prefix string) string {
	var b strings.Builder
	for _, n := range names {
		fmt.Fprintf(&b, ", %s AS %s%s", n, prefix, n)
	}
	return b.String()
}

// trigger is a trigger with its function, which has the same name: the trigger's definition, in the form in which PostgreSQL
// shows it, and the function's body.
type trigger struct{ name, definition, body string }

// triggersOf returns the triggers that fill a table of remembered rows, one for each kind of statement. A row that is
// remembered already keeps its first state.
func triggersOf(t database.Tracked) (all []trigger) {
	same, differ := make([]string, len(t.Key)), make([]string, len(t.Columns)+1)
	for i, k := range t.Key {
		same[i] = fmt.Sprintf("b.%s = a.%s", k, k)
	}
	differ[0] = fmt.Sprintf("b.%[1]s IS NULL OR a.%[1]s IS NULL", t.Key[0])
	for i, c := range t.Columns { // as bytes, whatever a column's collation takes as the same
		differ[i+1] = fmt.Sprintf("convert_to(b.%[1]s::text, 'UTF8') IS DISTINCT FROM convert_to(a.%[1]s::text, 'UTF8')", c)
	}
	into := fmt.Sprintf("INSERT INTO pg_temp.touched_%s", t.Name)
	keyOnly := into + fmt.Sprintf(" (existed%s)", prefixed(t.Key, "k_"))
	changed := fmt.Sprintf("before_it b FULL JOIN after_it a ON %s WHERE (%s)", strings.Join(same, " AND "), strings.Join(differ, " OR "))
	bodies := map[string]string{ // with the tables' names, since a column may have that of a variable, such as found
		"INSERT": fmt.Sprintf("%s SELECT false, %s FROM after_it a ON CONFLICT DO NOTHING;", keyOnly, listed(t.Key, "a.")),
		"DELETE": fmt.Sprintf("%s SELECT true, %s FROM before_it b ON CONFLICT DO NOTHING;", into, listed(slices.Concat(t.Key, t.Columns), "b.")),
		"UPDATE": fmt.Sprintf("%s SELECT true, %s FROM %s AND b.%s IS NOT NULL ON CONFLICT DO NOTHING;\n"+
			"%s SELECT false, %s FROM %s AND a.%s IS NOT NULL ON CONFLICT DO NOTHING;",
			into, listed(slices.Concat(t.Key, t.Columns), "b."), changed, t.Key[0], keyOnly, listed(t.Key, "a."), changed, t.Key[0]),
	}
	tables := map[string]string{"INSERT": "NEW TABLE AS after_it", "DELETE": "OLD TABLE AS before_it", "UPDATE": "OLD TABLE AS before_it NEW TABLE AS after_it"}
	for _, act := range []string{"INSERT", "UPDATE", "DELETE"} {
		name := fmt.Sprintf("touched_%s_%s", t.Name, strings.ToLower(act))
		all = append(all, trigger{
			name: name,
			definition: fmt.Sprintf("CREATE TRIGGER %[1]s AFTER %[2]s ON %[3]s REFERENCING %[4]s FOR EACH STATEMENT EXECUTE FUNCTION %[1]s()",
				name, act, t.Name, tables[act]),
			body: fmt.Sprintf(` BEGIN
IF to_regclass('pg_temp.touched_%[1]s') IS NULL THEN RETURN NULL; END IF;
%[2]s
PERFORM set_config('urna.touched', coalesce(current_setting('urna.touched', true), '') || ' %[1]s', true);
RETURN NULL; END `, t.Name, bodies[act]),
		})
	}
	return all
}

// makeTriggers makes the triggers that are not there, switched on and as they are wanted. Most find all of them, and a command
// beside a server waits for no table's lock.
func makeTriggers(ctx context.Context, on *sql.DB, wanted []trigger) error {
	there, err := triggersIn(ctx, on)
	if err != nil {
		return err
	}
	var script strings.Builder
	for _, t := range wanted {
		if !there[t] {
			fmt.Fprintf(&script, "CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$%s$$;\n%s;\n", t.name, t.body,
				strings.Replace(t.definition, "CREATE", "CREATE OR REPLACE", 1))
		}
	}
	if script.Len() == 0 {
		return nil
	}
	_, err = on.ExecContext(ctx, script.String())
	return err
}

// triggersIn returns the triggers of the schema that are switched on and whose function has their name.
func triggersIn(ctx context.Context, on *sql.DB) (there map[trigger]bool, err error) {
	rows, err := on.QueryContext(ctx, `SELECT t.tgname, pg_get_triggerdef(t.oid, true), p.prosrc FROM pg_trigger t
		JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
		WHERE c.relnamespace = current_schema()::regnamespace AND p.pronamespace = c.relnamespace AND t.tgname = p.proname AND t.tgenabled = 'O'`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	there = map[trigger]bool{}
	for rows.Next() {
		var t trigger
		if err := rows.Scan(&t.name, &t.definition, &t.body); err != nil {
			return nil, err
		}
		there[t] = true
	}
	return there, rows.Err()
}

// Changes reads and deletes the rows that the transaction's triggers remembered.
func (e *engine) Changes(ctx context.Context, on database.Querier) ([]database.RowChange, error) {
	var touched string
	if err := on.QueryRowContext(ctx, `SELECT coalesce(current_setting('urna.touched', true), '')`).Scan(&touched); err != nil || touched == "" {
		return nil, err
	}
	names := strings.Fields(touched)
	slices.Sort(names)
	var changes []database.RowChange
	for _, name := range slices.Compact(names) {
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
	_, err := on.ExecContext(ctx, `SELECT set_config('urna.touched', '', true)`)
	return changes, err
}

// EachRow reads all rows of a table.
func (e *engine) EachRow(ctx context.Context, on database.Querier, t database.Tracked, fn func(database.RowChange) error) error {
	table := newTrackedTable(t)
	return table.read(ctx, on, table.all, false, fn)
}

// read calls fn with the rows of a query: whether a row existed and exists, its key, its columns before if the query has
// both states, and its columns. Truth values are 0 and 1, as in the other engine.
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
		c := t.change(values, existed, exists)
		if !both || !sameRow(c.Before, c.After) {
			if err := fn(c); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

// change returns the change that a row of a query is: its key, and the columns of one or both states.
func (t *trackedTable) change(values []any, existed, exists bool) database.RowChange {
	for i, v := range values {
		switch v {
		case false:
			values[i] = int64(0)
		case true:
			values[i] = int64(1)
		}
	}
	columns := values[len(t.Key):]
	c := database.RowChange{Table: t.Name, Key: values[:len(t.Key):len(t.Key)]}
	if existed {
		c.Before = columns[:len(t.Columns):len(t.Columns)]
	}
	if exists {
		c.After = columns[len(columns)-len(t.Columns):]
	}
	return c
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
