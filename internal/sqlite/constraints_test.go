package sqlite

import (
	"slices"
	"strings"
	"testing"

	"urna/internal/database"
)

func TestChecksOf(t *testing.T) {
	const statement = `CREATE TABLE checks (
		id     INTEGER PRIMARY KEY CHECK (id > 0), -- a CHECK (that's none
		state  TEXT NOT NULL CHECK (state IN ('a', ')', 'CHECK (x)')) DEFAULT 'b''(',
		"odd)" TEXT check(length("odd)") = (1 + 2)),
		precheck INTEGER NOT NULL REFERENCES checks (id),
		CHECK ( id < precheck ), CHECK (checked(id))
	) STRICT`
	want := []string{"id > 0", "state IN ('a', ')', 'CHECK (x)')", `length("odd)") = (1 + 2)`, "id < precheck", "checked(id)"}
	if got := checksOf(statement); !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
}

// TestChecksOf_OfEveryMigration wants as many expressions as the scripts have constraints.
func TestChecksOf_OfEveryMigration(t *testing.T) {
	known, err := load(database.Main)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range known {
		for statement := range strings.SplitSeq(m.script, ";\n") {
			if strings.Contains(statement, "CREATE TABLE") {
				got, want := len(checksOf(statement)), strings.Count(statement, "CHECK (")
				if found += got; got != want {
					t.Errorf("migration %d: want %d constraints, got %d:\n%s", m.version, want, got, statement)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("want the constraints of the schema, got %d", found)
	}
}
