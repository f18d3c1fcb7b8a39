package audit

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"testing"

	"urna/internal/database"
)

// recordOf returns the record of a change as images have it, made column by column.
func recordOf(t *testing.T, table *Table, c database.RowChange) (r record) {
	t.Helper()
	one := func(values []any) image {
		row, err := digester{}.image(table, values)
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	before, after := one(c.Before), one(c.After)
	var err error
	if r.Key, err = (digester{}).rowKey(table, c.Key); err != nil {
		t.Fatal(err)
	}
	switch {
	case before == nil && after == nil:
	case before == nil:
		r.Kind, r.After = rowAdded, after
	case after == nil:
		r.Kind, r.Before = rowRemoved, before
	default:
		maps.DeleteFunc(after, func(column string, value json.RawMessage) bool { return bytes.Equal(value, before[column]) })
		if len(after) > 0 {
			r.Kind, r.Before, r.After = rowChanged, before, after
		}
	}
	return r
}

// TestWritten_IsTheJSONOfImages: the rows of events that are stored already stay comparable, byte by byte, and can be read.
func TestWritten_IsTheJSONOfImages(t *testing.T) {
	table := &Table{
		Name: "things", Key: []string{"id", "b"}, Columns: []string{"z", "a", "state"}, Same: map[string]map[string]string{"a": {"step 1": "steps", "step 2": "steps", "x": "<"}},
		Absent: map[string][]string{"state": {"draft"}},
	}
	bare := &Table{Name: "bare", Key: []string{"id"}}
	values := []any{
		nil, int64(0), int64(math.MinInt64), int64(math.MaxInt64), 0.5, "", "plain ~", "a \"quoted\" one", `a\b`, "<b>&</b>", "ж", "\u2028", "tab\t", "\x7f",
		"no UTF-8: \xff", "step 1", "step 2", "x", "<",
		[]byte{},
		[]byte{0, 255},
	}
	changes := map[string][]database.RowChange{"bare": {{Key: []any{int64(1)}, After: []any{}}, {Key: []any{int64(2)}, Before: []any{}}}}
	add := func(before, after []any) {
		changes["things"] = append(changes["things"], database.RowChange{Key: []any{int64(len(changes["things"])), "k"}, Before: before, After: after})
	}
	for _, v := range values {
		add(nil, []any{v, v, "there"})
		add([]any{v, v, "there"}, nil)
		add([]any{v, v, "draft"}, []any{v, v, "there"})
		add([]any{v, v, "draft"}, []any{v, "other", "draft"})
		for _, w := range values {
			add([]any{v, v, "there"}, []any{v, w, "there"})
			add([]any{v, v, "there"}, []any{w, v, "gone"})
		}
	}
	for name, covers := range map[string]map[string]string{"rows": nil, "with covers": {"things": "id a"}} {
		want, got := images{Covers: covers, Rows: map[string][]record{}}, written{covers: covers, rows: map[string]*writtenRows{}}
		for _, of := range []*Table{table, bare} {
			w := newRowWriter(digester{}, of)
			for _, c := range changes[of.Name] {
				if err := w.change(c); err != nil {
					t.Fatal(err)
				}
				if r := recordOf(t, of, c); r.Kind != "" {
					want.Rows[of.Name] = append(want.Rows[of.Name], r)
				}
			}
			got.rows[of.Name] = w.into
			if n := len(want.Rows[of.Name]); w.into.n != n {
				t.Errorf("%s: want %d records, got %d", name, n, w.into.n)
			}
		}
		encoded, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := got.encode(); err != nil || string(text) != string(encoded) {
			t.Errorf("%s: want %s, got %s, %v", name, encoded, text, err)
		}
	}
}

// TestWritten_OfARowThatIsFound has no row that does not count yet.
func TestWritten_OfARowThatIsFound(t *testing.T) {
	w := newRowWriter(digester{}, &Table{Name: "things", Key: []string{"id"}, Columns: []string{"state"}, Absent: map[string][]string{"state": {"draft"}}})
	for i, state := range []string{"draft", "there"} {
		if err := w.found(database.RowChange{Key: []any{int64(i)}, After: []any{state}}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := string(w.into.text), `{"kind":"is","key":[1],"after":{"state":"there"}}`; got != want || w.into.n != 1 {
		t.Errorf("want %s, got %s, %d", want, got, w.into.n)
	}
	if got, err := (&written{covers: map[string]string{"things": "id state"}}).encode(); err != nil || string(got) != `{"covers":{"things":"id state"}}` {
		t.Errorf("want the covered tables alone, got %s, %v", got, err)
	}
}
