package archtest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// column is a column of a table, as the migrations leave it.
type column struct {
	name, kind string
	required   bool
	key        int    // its place in the primary key, from 1; 0: it is not in it
	refersTo   string // the table
}

// columnsOf returns the columns of all tables and views of both databases, by table.
func columnsOf(t *testing.T) map[string][]column {
	t.Helper()
	found := map[string][]column{}
	for _, schema := range []database.Schema{database.Main, database.Sessions} {
		rows, err := databasetest.OpenIn(t, t.TempDir(), schema).Pool().QueryContext(t.Context(), `
			SELECT s.name, i.name, i.type, i."notnull", i.pk, coalesce((SELECT max(f."table") FROM pragma_foreign_key_list(s.name) f WHERE f."from" = i.name), '')
			FROM sqlite_schema s, pragma_table_info(s.name) i
			WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite_%' AND s.name NOT LIKE 'goose_%' ORDER BY s.name, i.cid`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var table string
			var c column
			if err := rows.Scan(&table, &c.name, &c.kind, &c.required, &c.key, &c.refersTo); err != nil {
				t.Fatal(err)
			}
			found[table] = append(found[table], c)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// meanings are the meanings of tables and columns, from columns.toml.
type meanings map[string]map[string]string

func readMeanings(t *testing.T) meanings {
	t.Helper()
	content, err := os.ReadFile("columns.toml")
	if err != nil {
		t.Fatal(err)
	}
	var m meanings
	if err := toml.Unmarshal(content, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// of returns the meaning of a column, or that of the table for the name "table".
func (m meanings) of(table, name string) string {
	if meaning := m[table][name]; meaning != "" || name == "table" {
		return meaning
	}
	return m["every"][name]
}

// TestSchema_EveryColumnHasAMeaning compares columns.toml with the migrations, both ways.
func TestSchema_EveryColumnHasAMeaning(t *testing.T) {
	const where = "write it into internal/testing/archtest/columns.toml, then go test ./internal/testing/archtest -run Schema -update"
	m, in := readMeanings(t), columnsOf(t)
	used := map[string]bool{}
	for table, columns := range in {
		if m.of(table, "table") == "" {
			t.Errorf("the table %s has no meaning: %s", table, where)
		}
		for _, c := range columns {
			if m.of(table, c.name) == "" {
				t.Errorf("the column %s.%s has no meaning: %s", table, c.name, where)
			}
			if m[table][c.name] == "" {
				used[c.name] = true
			}
		}
	}
	for table, own := range m {
		for name := range own {
			switch {
			case table == "every" && !used[name]:
				t.Errorf("no table has the column %s of [every] of columns.toml", name)
			case table == "every":
			case in[table] == nil:
				t.Errorf("[%s] of columns.toml is no table", table)
			case name != "table" && !slices.ContainsFunc(in[table], func(c column) bool { return c.name == name }):
				t.Errorf("%s.%s of columns.toml is no column", table, name)
			}
		}
	}
}

// TestSchema_PageIsThatOfTheMigrations compares docs/schema.md with them.
func TestSchema_PageIsThatOfTheMigrations(t *testing.T) {
	m, in := readMeanings(t), columnsOf(t)
	const begin, end = "<!-- schema: written by go test ./internal/testing/archtest -run Schema -update -->\n", "<!-- end of schema -->\n"
	path := "../../../docs/schema.md"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(content), begin)
	_, after, ended := strings.Cut(rest, end)
	if !begun || !ended {
		t.Fatal("want the marks of the schema in docs/schema.md")
	}
	want := before + begin + drawnSchema(in) + listedSchema(m, in) + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(content) != want {
		t.Error("docs/schema.md is out of date: go test ./internal/testing/archtest -run Schema -update")
	}
}

// implicit are references that the one writer keeps, because a foreign key would cost a look-up for each row.
func implicit() map[string][]string {
	return map[string][]string{
		"ballots":            {"elections", "batches"},
		"online_ballots":     {"elections", "constituencies"},
		"batches":            {"uploads"},
		"keyed_voters":       {"voter_keys"},
		"voter_keys":         {"voter_flags"},
		"audit_images":       {"audit_events"},
		"accepted_rollbacks": {"audit_events"},
		"certifications":     {"audit_events"},
		"approvals":          {"elections"},
		"used_voter_keys":    {"voter_keys", "voter_flags"},
	}
}

// drawnSchema draws which table refers to which. An arrow goes from the table with the reference.
func drawnSchema(in map[string][]column) string {
	var b strings.Builder
	b.WriteString(wrapped("", "An arrow leads from the table with the reference to the table that it names. A dotted arrow is a reference "+
		"without a foreign key: the one writer keeps it.") + "\n```mermaid\nflowchart LR\n")
	byOwner := map[string][]string{}
	for _, one := range tables {
		byOwner[one.owner] = append(byOwner[one.owner], one.name)
	}
	for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
		fmt.Fprintf(&b, "  subgraph %s [%s]\n", strings.ReplaceAll(owner, "/", "_"), owner)
		for _, name := range byOwner[owner] {
			fmt.Fprintf(&b, "    t_%[1]s[%[1]s]\n", name)
		}
		b.WriteString("  end\n")
	}
	for _, table := range slices.Sorted(maps.Keys(in)) {
		to := map[string]bool{}
		for _, c := range in[table] {
			if c.refersTo != "" {
				to[c.refersTo] = true
			}
		}
		for _, name := range slices.Sorted(maps.Keys(to)) {
			fmt.Fprintf(&b, "  t_%s --> t_%s\n", table, name)
		}
		for _, name := range implicit()[table] {
			fmt.Fprintf(&b, "  t_%s -.-> t_%s\n", table, name)
		}
	}
	b.WriteString("```\n\n")
	return b.String()
}

// listedSchema lists all tables, each with its owner.
func listedSchema(m meanings, in map[string][]column) string {
	var b strings.Builder
	b.WriteString("## Tables\n\n" + wrapped("", "Only the owner, a package of Urna, writes a table. In the type, *key* marks the primary key, and "+
		"*or NULL* a value that may be missing."))
	for _, one := range tables {
		meaning := m.of(one.name, "table")
		if meaning == "" {
			continue // TestSchema_EveryColumnHasAMeaning reports it
		}
		fmt.Fprintf(&b, "\n### %s\n\n", one.name)
		b.WriteString(wrapped("", fmt.Sprintf("%s. Owner: `%s`.", strings.ToUpper(meaning[:1])+meaning[1:], one.owner)))
		b.WriteString("\n| column | type | meaning |\n| --- | --- | --- |\n")
		for _, c := range in[one.name] {
			kind := strings.ToLower(c.kind)
			if c.key > 0 {
				kind += ", key"
			}
			if !c.required && c.key == 0 {
				kind += ", or NULL"
			}
			meaning := m.of(one.name, c.name)
			if c.refersTo != "" {
				meaning += fmt.Sprintf(" (→ `%s`)", c.refersTo)
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.name, kind, meaning)
		}
	}
	return b.String() + "\n"
}
