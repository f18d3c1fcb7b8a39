package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"urna/internal/database"
)

// The kinds of a recorded row.
const (
	rowAdded   = "added"
	rowChanged = "changed"
	rowRemoved = "removed"
	rowIs      = "is" // of an event that covers the table: the row as it was found
)

// record is one row in an event's images.
type record struct {
	Kind   string            `json:"kind"`
	Key    []json.RawMessage `json:"key"`
	Before image             `json:"before,omitempty"` // of a changed or removed row
	After  image             `json:"after,omitempty"`  // of a changed row only the columns that changed
}

// images are the rows of an event.
type images struct {
	// Covers names tables with their columns, all of whose rows the log has from this event on.
	Covers map[string]string   `json:"covers,omitempty"`
	Rows   map[string][]record `json:"rows,omitempty"`
}

// written are the images of an event that is appended. They become the JSON of images, without a map for each row: an
// event of a long list has thousands.
type written struct {
	covers map[string]string
	rows   map[string]*writtenRows
}

// writtenRows are the records of a table as JSON, with commas between.
type writtenRows struct {
	text []byte
	n    int
}

func (w *written) empty() bool { return len(w.covers) == 0 && len(w.rows) == 0 }

// count returns the number of rows by table.
func (w *written) count() map[string]int {
	count := make(map[string]int, len(w.rows))
	for name, rows := range w.rows {
		count[name] = rows.n
	}
	return count
}

// encode returns the JSON. The names of tables are texts that JSON has as they are.
func (w *written) encode() ([]byte, error) {
	b, start := []byte{'{'}, ""
	if len(w.covers) > 0 {
		covers, err := json.Marshal(w.covers)
		if err != nil {
			return nil, err
		}
		b, start = append(append(b, `"covers":`...), covers...), ","
	}
	if len(w.rows) > 0 {
		b = append(append(b, start...), `"rows":`...)
		start = "{"
		for _, name := range slices.Sorted(maps.Keys(w.rows)) {
			b = append(append(append(b, start...), '"'), name...)
			b = append(append(append(b, `":[`...), w.rows[name].text...), ']')
			start = ","
		}
		b = append(b, '}')
	}
	return append(b, '}'), nil
}

// rowWriter writes the records of a table.
type rowWriter struct {
	digester digester
	table    *Table
	order    []int // of the columns: JSON has them by their names
	into     *writtenRows
	scratch  []byte
}

func newRowWriter(d digester, t *Table) *rowWriter {
	order := make([]int, len(t.Columns))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(t.Columns[a], t.Columns[b]) })
	return &rowWriter{digester: d, table: t, order: order, into: &writtenRows{}}
}

// found writes the record of a row that an event finds.
func (w *rowWriter) found(c database.RowChange) error {
	if !w.table.counts(c.After) {
		return nil
	}
	return w.write(rowIs, c.Key, nil, c.After)
}

// change writes the record of a change, if the log has one.
func (w *rowWriter) change(c database.RowChange) error {
	before, after := c.Before, c.After
	if !w.table.counts(before) {
		before = nil
	}
	if !w.table.counts(after) {
		after = nil
	}
	switch {
	case before == nil && after == nil:
		return nil
	case before == nil:
		return w.write(rowAdded, c.Key, nil, after)
	case after == nil:
		return w.write(rowRemoved, c.Key, before, nil)
	default:
		return w.write(rowChanged, c.Key, before, after)
	}
}

// write writes a record. Of a changed row it has the columns after the change that differ; if none does, there is no record.
func (w *rowWriter) write(kind string, key, before, after []any) (err error) {
	b := w.into.text
	if w.into.n > 0 {
		b = append(b, ',')
	}
	b = append(append(append(b, `{"kind":"`...), kind...), `","key":[`...)
	for i, v := range key {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = w.digester.appendValue(b, w.table, w.table.Key[i], v); err != nil {
			return err
		}
	}
	b = append(b, ']')
	if b, _, err = w.row(b, `,"before":`, before, nil); err != nil {
		return err
	}
	b, columns, err := w.row(b, `,"after":`, after, before)
	if err != nil || kind == rowChanged && columns == 0 {
		return err
	}
	w.into.text = append(b, '}')
	w.into.n++
	return nil
}

// row appends a row under a name, without the columns that are as they were; no name without columns.
func (w *rowWriter) row(b []byte, name string, values, were []any) (_ []byte, columns int, err error) {
	if values == nil {
		return b, 0, nil
	}
	start := len(b)
	b = append(append(b, name...), '{')
	for _, i := range w.order {
		if were != nil && sameValue(values[i], were[i]) {
			continue
		}
		column := w.table.Columns[i]
		last := len(b)
		if columns > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), column...), `":`...)
		at := len(b)
		if b, err = w.digester.appendValue(b, w.table, column, values[i]); err != nil {
			return nil, 0, err
		}
		if were != nil { // another value can be the same in the log
			if w.scratch, err = w.digester.appendValue(w.scratch[:0], w.table, column, were[i]); err != nil {
				return nil, 0, err
			}
			if bytes.Equal(b[at:], w.scratch) {
				b = b[:last]
				continue
			}
		}
		columns++
	}
	if columns == 0 {
		return b[:start], 0, nil
	}
	return append(b, '}'), columns, nil
}

// rowsKey is reserved in details for the hex SHA-256 of the event's images.
const rowsKey = "rows"

func imagesDigest(encoded []byte) string {
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

// Record makes all later events carry the rows of the tables that their transactions changed, and all later writing
// transactions of the database end with an event if rows were changed after the last one. It is called once, before
// the first of them.
func (l *Log) Record(ctx context.Context, db *database.DB, tables []Table) error {
	tracked := make([]database.Tracked, len(tables))
	l.tables = make(map[string]*Table, len(tables))
	for i := range tables {
		tracked[i] = tables[i].tracked()
		l.tables[tables[i].Name] = &tables[i]
	}
	if err := db.Track(ctx, tracked); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	l.db = db
	db.BeforeCommit(l.finish)
	return nil
}

// Records reports whether Record was called: then no row of a declared table changes without an event.
func (l *Log) Records() bool { return l.db != nil }

// UseSecret sets the secret of the data folder under which digests are made.
func (l *Log) UseSecret(secret []byte) (err error) {
	l.digester, err = newDigester(secret)
	return err
}

// finish records rows that were changed after the transaction's last event.
func (l *Log) finish(ctx context.Context, tx *database.Tx) error {
	rows, err := l.changed(ctx, tx.SQL())
	if err != nil || rows.empty() {
		return err
	}
	return l.append(ctx, tx.SQL(), System(), "rows-recorded", "", map[string]any{"changed": rows.count()}, rows)
}

// changed returns the rows that the transaction has changed since its last event.
func (l *Log) changed(ctx context.Context, tx database.Querier) (w written, err error) {
	if l.db == nil {
		return w, nil
	}
	changes, err := l.db.Changes(ctx, tx)
	if err != nil {
		return w, fmt.Errorf("audit: %w", err)
	}
	var rows *rowWriter
	for _, c := range changes { // in the order of tables
		if rows == nil || rows.table.Name != c.Table {
			rows = newRowWriter(l.digester, l.tables[c.Table])
		}
		if err := rows.change(c); err != nil {
			return w, err
		}
		if rows.into.n == 1 {
			if w.rows == nil {
				w.rows = map[string]*writtenRows{}
			}
			w.rows[c.Table] = rows.into
		}
	}
	return w, nil
}
