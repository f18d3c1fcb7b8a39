package verify_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestQueries_OfTheSchemaPage runs the ten queries of docs/schema.md on the folder, read only, and looks for what each is
// about.
func TestQueries_OfTheSchemaPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	path := furnish(t)
	alter(t, path, `UPDATE elections SET closed_at = NULL WHERE title IN ('Region', 'Stations')`) // which had time to close, or not
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(path, "urna.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	queries := regexp.MustCompile("(?s)\\*\\*(\\d+)\\. ([^*]+)\\*\\*[^`]*```sql\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	for i, want := range []string{
		"1 | Council | certified", "Late | retracted | waiting | 1 | 2", "Council | North | 1 | List 1 | ", "Coast | 3", "2 | a.csv | 1 | 2", "1 | a.csv | 2 | holds the ballot",
		"correction-opened | election ", "Account 2 | ", "| Account 0 |", "0@example.org | Account 0 |",
	} {
		if i >= len(queries) || queries[i][1] != strconv.Itoa(i+1) {
			t.Fatalf("want ten queries in their order, found %d", len(queries))
		}
		// At a time before these two ended.
		now := `(SELECT min(ends_at) / 1000 - 1 FROM elections WHERE title IN ('Region', 'Stations'))`
		answer := answerOf(t, db, strings.ReplaceAll(queries[i][3], "unixepoch()", now))
		if !strings.Contains(answer, want) {
			t.Errorf("%s: want %q in the answer, got\n%s", queries[i][2], want, answer)
		}
		if strings.HasPrefix(queries[i][2], "How many votes") && (strings.Contains(answer, "Region") || strings.Contains(answer, "Stations")) {
			t.Errorf("want no counts of an election that has not ended, got\n%s", answer)
		}
	}
}

// answerOf returns the rows of a query as text.
func answerOf(t *testing.T, db *sql.DB, statement string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), statement)
	if err != nil {
		t.Fatalf("%v in\n%s", err, statement)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, cell := range cells {
			if i > 0 {
				b.WriteString(" | ")
			}
			fmt.Fprint(&b, cell)
		}
		b.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
