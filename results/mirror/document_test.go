package mirror

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables into docs/results-elsewhere.md")

// TestDocument_HasTheTables compares the tables with their description.
func TestDocument_HasTheTables(t *testing.T) {
	const path, begin, end = "../../docs/results-elsewhere.md", "<!-- tables: written by go test ./results/mirror -update -->\n", "<!-- end of tables -->\n"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(content), begin)
	_, after, ended := strings.Cut(rest, end)
	if !begun || !ended {
		t.Fatal("want the marks of the tables")
	}
	want := before + begin + described() + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(content) != want {
		t.Error("docs/results-elsewhere.md is out of date: go test ./results/mirror -update")
	}
}

func described() string {
	var b strings.Builder
	for _, table := range Tables() {
		key := "`" + strings.Join(table.Key, "`, `") + "`"
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n\nKey: %s.", table.Name, strings.ToUpper(table.Meaning[:1])+table.Meaning[1:], key)
		if table.Parent != "" {
			fmt.Fprintf(&b, " Refers to `%s`.", table.Parent)
		}
		if table.Counted {
			b.WriteString(" *Counts.*")
		}
		b.WriteString("\n\n| column | type | meaning |\n| --- | --- | --- |\n")
		for _, c := range table.Columns {
			kind := c.Type
			if c.Null {
				kind += ", or null"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, kind, c.Meaning)
		}
	}
	return b.String() + "\n"
}

// TestTables_ParentsComeFirst holds because rows are inserted in this order and deleted in the other.
func TestTables_ParentsComeFirst(t *testing.T) {
	seen := map[string]bool{}
	for _, table := range Tables() {
		if table.Parent != "" && !seen[table.Parent] {
			t.Errorf("%s comes before %s", table.Name, table.Parent)
		}
		seen[table.Name] = true
	}
}

// TestLiteral_EndsWhereItMust reads literals back as SQL does.
func TestLiteral_EndsWhereItMust(t *testing.T) {
	for _, text := range []string{"", "'", `\`, `\'`, "''", "$urna$", "a\nb", "'); DROP TABLE elections; --"} {
		inner := strings.TrimSuffix(strings.TrimPrefix(literal(text), "'"), "'")
		if strings.ReplaceAll(inner, "''", "") != strings.ReplaceAll(text, "'", "") || len(inner) != len(text)+strings.Count(text, "'") {
			t.Errorf("want %q with each quote twice, got %q", text, inner)
		}
	}
}

func TestCheckSchema(t *testing.T) {
	for name, good := range map[string]bool{"urna": true, "results_2026": true, "": false, "Urna": false, "a-b": false, "pg_x": false, `a"b`: false, "1a": false} {
		if err := CheckSchema(name); (err == nil) != good {
			t.Errorf("%q: want good to be %v, got %v", name, good, err)
		}
	}
}
