package audit

import (
	"encoding/json"
	"math"
	"testing"
)

// TestImages_AreEncodedAsJSONMarshalDoes: the rows of events that are stored already stay comparable, byte by byte.
func TestImages_AreEncodedAsJSONMarshalDoes(t *testing.T) {
	table := &Table{Name: "things", Columns: []string{"a", "b"}, Same: map[string]map[string]string{"a": {"step 1": "steps", "x": "<"}}}
	values := []any{
		nil, int64(0), int64(math.MinInt64), int64(math.MaxInt64), 0.5, "", "plain ~", "a \"quoted\" one", `a\b`, "<b>&</b>", "ж", "\u2028", "tab\t", "\x7f",
		"no UTF-8: \xff", "step 1", "x",
		[]byte{},
		[]byte{0, 255},
	}
	var rows []record
	for _, v := range values {
		got, err := digester{}.encode(table, "a", v)
		if err != nil {
			t.Fatal(err)
		}
		want := v
		switch v := v.(type) {
		case []byte:
			want = map[string]string{"hex": map[int]string{0: "", 2: "00ff"}[len(v)]}
		case string:
			if same, is := table.Same["a"][v]; is {
				want = same
			}
		}
		if encoded, err := json.Marshal(want); err != nil || string(encoded) != string(got) {
			t.Errorf("%#v: want %s, got %s", v, encoded, got)
		}
		rows = append(rows, record{Kind: rowAdded, Key: []json.RawMessage{got, got}, After: image{"b": got, "a": got, "c_d": got}})
		rows = append(rows, record{Kind: rowChanged, Key: []json.RawMessage{got}, Before: image{"b": got}, After: image{"a": got}})
	}
	rows = append(rows, record{Kind: rowRemoved, Key: []json.RawMessage{}, Before: image{}}, record{Kind: rowAdded, Key: []json.RawMessage{[]byte("1")}})
	for _, i := range []images{
		{Rows: map[string][]record{"things": rows, "a": rows[:1], "none": {}}}, {Covers: map[string]string{"things": "id a"}, Rows: map[string][]record{"things": rows}}, {Rows: map[string][]record{"things": rows[3:4]}},
	} {
		want, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := i.encode(); err != nil || string(got) != string(want) {
			t.Errorf("want %s, got %s, %v", want, got, err)
		}
	}
}
