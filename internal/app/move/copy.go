package move

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"urna/internal/database"
)

// rowsAtOnce bounds the rows of one statement, and valuesAtOnce their values: engines take some 32,000.
const (
	rowsAtOnce   = 1000
	valuesAtOnce = 30_000
)

// digest identifies the rows of a table, in whatever order.
type digest struct {
	Rows int64
	Sum  [sha256.Size]byte
}

// add adds a row.
func (d *digest) add(values []any) error {
	h := sha256.New()
	for _, v := range values {
		kind := byte('n')
		switch v.(type) {
		case nil:
		case int64:
			kind = 'i'
		case string:
			kind = 't'
		case []byte:
			kind = 'b'
		default:
			return fmt.Errorf("a value of the type %T", v)
		}
		text := fmt.Append(nil, v)
		if b, is := v.([]byte); is {
			text = b
		}
		fmt.Fprintf(h, "%c%d:%s", kind, len(text), text)
	}
	d.Rows++
	for i, b := range h.Sum(nil) {
		d.Sum[i] ^= b
	}
	return nil
}

// copyTables copies all tables from one transaction to another, which writes, and compares what it reads back.
func copyTables(ctx context.Context, from, to *database.Tx) (rows int64, err error) {
	given, err := from.Given(ctx)
	if err != nil {
		return 0, err
	}
	names := []string{"stored_files", "stored_parts", "folder_anchor"}
	for _, t := range tables {
		names = append(names, t.name)
	}
	err = to.Load(ctx, names, given, func() error {
		for _, name := range slices.Backward(names) { // what the schema makes, or an interrupted move left
			if _, err := to.SQL().ExecContext(ctx, `DELETE FROM "`+name+`"`); err != nil {
				return fmt.Errorf("empty %s: %w", name, err)
			}
		}
		for _, t := range tables {
			n, err := t.copy(ctx, from, to)
			if err != nil {
				return fmt.Errorf("copy the table %s: %w", t.name, err)
			}
			rows += n
		}
		return nil
	})
	return rows, err
}

// copy copies one table.
func (t table) copy(ctx context.Context, from, to *database.Tx) (rows int64, err error) {
	columns, _, err := t.columns(ctx, from)
	if err != nil {
		return 0, err
	}
	_, truths, err := t.columns(ctx, to)
	if err != nil {
		return 0, err
	}
	w := &inserter{table: t, columns: columns, truths: truths, to: to}
	var sent digest
	err = t.each(ctx, from, columns, func(values []any) error {
		if err := sent.add(values); err != nil {
			return err
		}
		return w.add(ctx, values)
	})
	if err == nil {
		err = w.flush(ctx)
	}
	if err != nil {
		return 0, err
	}
	stored, err := t.digest(ctx, to)
	if err == nil && stored != sent {
		err = errors.New("the rows that were stored are not those that were sent")
	}
	return sent.Rows, err
}

// digest reads the whole table.
func (t table) digest(ctx context.Context, tx *database.Tx) (d digest, err error) {
	columns, _, err := t.columns(ctx, tx)
	if err != nil {
		return d, err
	}
	err = t.each(ctx, tx, columns, d.add)
	return d, err
}

// columns returns the names of a table's columns, sorted as every engine has them, and which of them hold truth values.
func (t table) columns(ctx context.Context, tx *database.Tx) (names []string, truths map[string]bool, err error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT * FROM "`+t.name+`" WHERE 1 = 0`)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if names, err = rows.Columns(); err != nil {
		return nil, nil, err
	}
	kinds, err := rows.ColumnTypes()
	truths = map[string]bool{}
	for i, k := range kinds {
		truths[names[i]] = k.DatabaseTypeName() == "BOOL"
	}
	return names, truths, err
}

// each calls fn with the values of each row, in the order of the key. Truth values are 0 and 1.
func (t table) each(ctx context.Context, tx *database.Tx, columns []string, fn func(values []any) error) (err error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT `+quoted(columns)+` FROM "`+t.name+`" ORDER BY `+quoted(t.key))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			switch v {
			case true:
				values[i] = int64(1)
			case false:
				values[i] = int64(0)
			}
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// quoted returns the names with commas between.
func quoted(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

// inserter inserts rows, many in one statement.
type inserter struct {
	table   table
	columns []string
	truths  map[string]bool
	to      *database.Tx
	values  []any
}

// add adds a row.
func (w *inserter) add(ctx context.Context, values []any) error {
	for i, v := range values {
		if n, is := v.(int64); is && w.truths[w.columns[i]] {
			v = n != 0
		}
		w.values = append(w.values, v)
	}
	if rows := len(w.values) / len(w.columns); rows < rowsAtOnce && len(w.values)+len(w.columns) <= valuesAtOnce {
		return nil
	}
	return w.flush(ctx)
}

// flush inserts the rows that wait.
func (w *inserter) flush(ctx context.Context) error {
	if len(w.values) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString(`INSERT INTO "` + w.table.name + `" (` + quoted(w.columns) + `) VALUES `)
	for i := range w.values {
		switch {
		case i%len(w.columns) != 0:
			b.WriteString(", ")
		case i > 0:
			b.WriteString("), (")
		default:
			b.WriteByte('(')
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteByte(')')
	_, err := w.to.SQL().ExecContext(ctx, b.String(), w.values...)
	w.values = w.values[:0]
	return err
}
