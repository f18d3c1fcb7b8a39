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

// encode returns the images as JSON. It is what json.Marshal returns: an event of a long list has thousands of rows, which
// are valid JSON already, and json.Marshal would read each once more.
func (i *images) encode() ([]byte, error) {
	if len(i.Covers) > 0 { // once for each folder
		return json.Marshal(i)
	}
	e := encoder{b: []byte(`{"rows":{`)}
	for n, name := range slices.Sorted(maps.Keys(i.Rows)) {
		if n > 0 {
			e.text(",")
		}
		e.text(`"`, name, `":[`)
		for k := range i.Rows[name] {
			if k > 0 {
				e.text(",")
			}
			e.record(&i.Rows[name][k])
		}
		e.text("]")
	}
	e.text("}}")
	return e.b, nil
}

// encoder appends JSON. The names of tables and columns are texts that JSON has as they are.
type encoder struct {
	b       []byte
	columns []string // of the present row
}

func (e *encoder) text(all ...string) {
	for _, text := range all {
		e.b = append(e.b, text...)
	}
}

func (e *encoder) record(r *record) {
	e.text(`{"kind":"`, r.Kind, `","key":[`)
	for n, value := range r.Key {
		if n > 0 {
			e.text(",")
		}
		e.b = append(e.b, value...)
	}
	e.text("]")
	e.row("before", r.Before)
	e.row("after", r.After)
	e.text("}")
}

// row appends a row under a name; no row is left out.
func (e *encoder) row(name string, row image) {
	if len(row) == 0 {
		return
	}
	e.columns = slices.AppendSeq(e.columns[:0], maps.Keys(row))
	slices.Sort(e.columns)
	e.text(`,"`, name, `":`)
	start := "{"
	for _, column := range e.columns {
		e.text(start, `"`, column, `":`)
		e.b, start = append(e.b, row[column]...), ","
	}
	e.text("}")
}

func (i *images) empty() bool { return len(i.Covers) == 0 && len(i.Rows) == 0 }

// count returns the number of rows by table.
func (i *images) count() map[string]int {
	count := make(map[string]int, len(i.Rows))
	for name, records := range i.Rows {
		count[name] = len(records)
	}
	return count
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
	if err != nil || len(rows) == 0 {
		return err
	}
	i := images{Rows: rows}
	return l.append(ctx, tx.SQL(), System(), "rows-recorded", "", map[string]any{"changed": i.count()}, i)
}

// changed returns the rows that the transaction has changed since its last event.
func (l *Log) changed(ctx context.Context, tx database.Querier) (map[string][]record, error) {
	if l.db == nil {
		return nil, nil
	}
	changes, err := l.db.Changes(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	var rows map[string][]record
	for _, c := range changes {
		r, err := l.record(c)
		if err != nil {
			return nil, err
		}
		if r.Kind == "" {
			continue
		}
		if rows == nil {
			rows = map[string][]record{}
		}
		rows[c.Table] = append(rows[c.Table], r)
	}
	return rows, nil
}

// record returns the log's record of a change; its kind is "" if the log has none.
func (l *Log) record(c database.RowChange) (r record, err error) {
	t := l.tables[c.Table]
	if r.Before, err = l.digester.image(t, c.Before, nil); err != nil {
		return r, err
	}
	var before []any
	if r.Before != nil {
		before = c.Before
	}
	after, err := l.digester.image(t, c.After, before)
	if err != nil {
		return r, err
	}
	if r.Key, err = l.digester.rowKey(t, c.Key); err != nil {
		return r, err
	}
	switch {
	case r.Before == nil && after == nil:
	case r.Before == nil:
		r.Kind, r.After = rowAdded, after
	case after == nil:
		r.Kind = rowRemoved
	default:
		maps.DeleteFunc(after, func(column string, value json.RawMessage) bool { return bytes.Equal(value, r.Before[column]) })
		if len(after) > 0 {
			r.Kind, r.After = rowChanged, after
		}
	}
	return r, nil
}
