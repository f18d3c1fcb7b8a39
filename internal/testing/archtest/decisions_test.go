package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	decisionTitle  = regexp.MustCompile(`^# ([0-9]+)\. (.+)\n`)
	decisionStatus = regexp.MustCompile(`(?m)^Status: (accepted|proposed|superseded by [^,]+), ([0-9]{4}-[0-9]{2}-[0-9]{2})\.`)
)

// TestDecisions_HaveAStatusAndAreInTheIndex keeps the table in docs/decisions/README.md: with -update it writes it.
func TestDecisions_HaveAStatusAndAreInTheIndex(t *testing.T) {
	const begin, end = "<!-- decisions: begin -->\n", "<!-- decisions: end -->"
	files, err := filepath.Glob(filepath.Join(module, "docs", "decisions", "[0-9]*.md"))
	if err != nil || len(files) < 10 {
		t.Fatalf("want the decisions, found %d, %v", len(files), err)
	}
	var table strings.Builder
	table.WriteString("\n| | decision | status | date |\n| --- | --- | --- | --- |\n")
	for _, file := range files {
		name := filepath.Base(file)
		content := document(t, "docs/decisions/"+name)
		title, status := decisionTitle.FindStringSubmatch(content), decisionStatus.FindStringSubmatch(content)
		switch {
		case title == nil || fmt.Sprintf("%04s", title[1]) != name[:4]:
			t.Errorf("%s: want a title with the number of the file's name first", name)
		case status == nil:
			t.Errorf("%s: want a line such as \"Status: accepted, 2026-11-29.\"", name)
		default:
			fmt.Fprintf(&table, "| %s | [%s](%s) | %s | %s |\n", title[1], title[2], name, status[1], status[2])
		}
	}
	table.WriteString("\n")

	index := document(t, "docs/decisions/README.md")
	before, rest, found := strings.Cut(index, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatal("want the marks of the table in docs/decisions/README.md")
	}
	want := before + begin + table.String() + end + after
	if want == index {
		return
	}
	if !*update {
		t.Error("want every decision in docs/decisions/README.md: run go test ./internal/testing/archtest -run Decisions -update")
		return
	}
	if err := os.WriteFile(filepath.Join(module, "docs", "decisions", "README.md"), []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
