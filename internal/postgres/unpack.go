package postgres

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

// Unpack passes a few records as one parameter, which SQL cuts apart, and many as records.
func (*engine) Unpack(_ context.Context, _ database.Querier, l *database.Layout, packed []byte) (with string, args []any, taken int, err error) {
	if len(packed) >= copyFrom*l.Width {
		return "", []any{planned, newRecords(l, packed)}, 0, nil
	}
	return cutting(l), []any{planned, packed}, 1, nil
}

// cutting is unpack, made once for a layout.
func cutting(l *database.Layout) string {
	known, ok := unpacking.Load(l)
	if !ok {
		known, _ = unpacking.LoadOrStore(l, unpack(l))
	}
	return known.(string) //nolint:forcetypeassert // only strings are stored
}

// unpack returns a common table expression r that cuts $1 into records, in their order.
func unpack(l *database.Layout) string {
	names, columns := []string{"position"}, []string{"n"}
	at := 1
	for _, f := range l.Fields {
		column := fmt.Sprintf("substring($1::bytea FROM (%d * n + %d)::int FOR %d)", l.Width, at, f.Width)
		if f.Number {
			column = "convert_from(" + column + ", 'UTF8')::bigint"
		}
		names, columns = append(names, f.Name), append(columns, column)
		at += f.Width
	}
	return fmt.Sprintf(`WITH r (%s) AS MATERIALIZED (SELECT %s FROM generate_series(0::bigint, length($1::bytea) / %d - 1) AS n WHERE %s) `,
		strings.Join(names, ", "), strings.Join(columns, ", "), l.Width, asIfOne("n"))
}

// asIfOne is a condition that every record meets and that the planner takes for a rare one, so that it expects a single
// record. It then walks through the records and looks each of them up by an index, as SQLite does. Otherwise it would read the whole
// ledger for a large chunk, or, if it knew little of a new batch, all records for each ballot.
func asIfOne(column string) string {
	return fmt.Sprintf("%[1]s * 0 = 0 AND %[1]s & 0 = 0 AND %[1]s - %[1]s = 0", column)
}
