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

// Unpack passes the records as one parameter, which SQL cuts apart.
func (*engine) Unpack(_ context.Context, _ database.Querier, l *database.Layout, packed []byte) (with string, args []any, taken int, err error) {
	known, ok := unpacking.Load(l)
	if !ok {
		known, _ = unpacking.LoadOrStore(l, unpack(l))
	}
	return known.(string), []any{packed}, 1, nil //nolint:forcetypeassert // only strings are stored
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
	return fmt.Sprintf(`WITH r (%s) AS MATERIALIZED (SELECT %s FROM generate_series(0::bigint, length($1::bytea) / %d - 1) AS n) `,
		strings.Join(names, ", "), strings.Join(columns, ", "), l.Width)
}
