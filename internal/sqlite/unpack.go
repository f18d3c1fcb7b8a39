package sqlite

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"urna/internal/database"
)

// unpacking holds the common table expression of each layout, by *database.Layout.
//
//nolint:gochecknoglobals // a cache of constants
var unpacking sync.Map

// Unpack passes the records as one parameter, which SQL cuts apart: a call into SQLite for each record costs more than
// the record. The parameters have numbers, so that a statement's own $1 is the next after them.
func (*engine) Unpack(_ context.Context, _ database.Querier, l *database.Layout, packed []byte) (with string, args []any, taken int, err error) {
	known, ok := unpacking.Load(l)
	if !ok {
		known, _ = unpacking.LoadOrStore(l, unpack(l))
	}
	return known.(string), []any{packed, len(packed) / l.Width}, 0, nil //nolint:forcetypeassert // only strings are stored
}

// unpack returns a common table expression r that cuts ?1 into ?2 records, in their order. The table of numbers
// has 0 to 999, hence database.MaxRows. SQLite merges the expression into the statement that reads it, and
// evaluates only the columns that are used there.
func unpack(l *database.Layout) string {
	const position = "1000 * thousands.n + ones.n"
	names, columns := []string{"position"}, []string{position}
	at := 1
	for _, f := range l.Fields {
		column := fmt.Sprintf("substr(?1, %d * (%s) + %d, %d)", l.Width, position, at, f.Width)
		if f.Number {
			column = "CAST(" + column + " AS INTEGER)"
		}
		names, columns = append(names, f.Name), append(columns, column)
		at += f.Width
	}
	return fmt.Sprintf(`WITH r (%s) AS (SELECT %s FROM numbers AS thousands CROSS JOIN numbers AS ones
		WHERE thousands.n < (?2 + 999) / 1000 AND ones.n < ?2 - 1000 * thousands.n) `, strings.Join(names, ", "), strings.Join(columns, ", "))
}

// InsertAbsent leaves it to the table's key to find rows that exist. Which records those are is not known.
func (e *engine) InsertAbsent(ctx context.Context, on database.Querier, l *database.Layout, packed []byte, into database.Insertion) (inserted int64, rest []byte, err error) {
	with, args, _, err := e.Unpack(ctx, on, l, packed)
	if err != nil {
		return 0, nil, err
	}
	var columns, values []string
	for i, c := range into.Constants() {
		columns, values, args = append(columns, c.Column), append(values, fmt.Sprintf("$%d", i+1)), append(args, c.Value)
	}
	for _, f := range l.Fields {
		columns, values = append(columns, f.Name), append(values, "r."+f.Name)
	}
	result, err := on.ExecContext(ctx, fmt.Sprintf("%s INSERT INTO %s (%s) SELECT %s FROM r WHERE true ON CONFLICT DO NOTHING",
		with, into.Table, strings.Join(columns, ", "), strings.Join(values, ", ")), args...)
	if err == nil {
		inserted, err = result.RowsAffected()
	}
	return inserted, packed, err
}

// ExecAll runs them.
func (*engine) ExecAll(ctx context.Context, on database.Querier, all []database.Statement) error {
	for _, s := range all {
		if _, err := on.ExecContext(ctx, s.SQL, s.Args...); err != nil {
			return err
		}
	}
	return nil
}
