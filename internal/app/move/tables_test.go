package move

import (
	"slices"
	"strings"
	"testing"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// TestTables_AreThoseOfTheSchema compares the list with the schema: each table once, with its key, after those that it
// refers to.
func TestTables_AreThoseOfTheSchema(t *testing.T) {
	db := databasetest.OpenSQLite(t, t.TempDir(), database.Main)
	rows, err := db.Pool().QueryContext(t.Context(), `SELECT s.name,
		(SELECT group_concat(name, ' ' ORDER BY pk) FROM pragma_table_info(s.name) WHERE pk > 0),
		coalesce((SELECT group_concat("table", ' ') FROM pragma_foreign_key_list(s.name)), '')
		FROM sqlite_schema s WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	place := func(name string) int { return slices.IndexFunc(tables, func(t table) bool { return t.name == name }) }
	found := 0
	for rows.Next() {
		var name, key, refers string
		if err := rows.Scan(&name, &key, &refers); err != nil {
			t.Fatal(err)
		}
		at := place(name)
		if _, not := excepted[name]; not != (at < 0) {
			t.Errorf("%s: want it in one of the lists", name)
		}
		if at < 0 {
			continue
		}
		found++
		if got := strings.Join(tables[at].key, " "); got != key {
			t.Errorf("%s: want the key %q, got %q", name, key, got)
		}
		for other := range strings.FieldsSeq(refers) {
			if other != name && place(other) > at {
				t.Errorf("%s: want it after %s, to which it refers", name, other)
			}
		}
	}
	if err := rows.Err(); err != nil || found != len(tables) {
		t.Errorf("want %d tables, found %d, %v", len(tables), found, err)
	}
}
