package archtest

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	// A proof is `TestName`, `package: TestName`, or `package`: `TestName`.
	proof        = regexp.MustCompile("(?:`([a-z][a-z/-]*)`: )?`(?:([a-z][a-z/-]*): )?((?:Test|Fuzz)[A-Z][A-Za-z0-9]*_?[A-Za-z0-9]*)`")
	testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
)

// testsByName returns the names of all tests, alone and with their packages.
func testsByName(t *testing.T) map[string]bool {
	t.Helper()
	exists := map[string]bool{}
	for _, f := range texts(t, ".go") {
		for _, found := range testFunction.FindAllStringSubmatch(f.content, -1) {
			exists[found[1]], exists[path.Dir(f.path)+": "+found[1]] = true, true
		}
	}
	return exists
}

// TestProofs_NameTestsThatExist looks for every test that a document names, in the package that it names if it names one. After
// renaming a test, change its name in ARCHITECTURE.md and docs/asvs.md.
func TestProofs_NameTestsThatExist(t *testing.T) {
	exists := testsByName(t)
	named := 0
	for _, f := range texts(t, ".md") {
		for _, found := range proof.FindAllStringSubmatch(f.content, -1) {
			name := found[3]
			if place := found[1] + found[2]; place != "" && place != "package" {
				name = place + ": " + name
			}
			if named++; !exists[name] && name != "TestName" {
				t.Errorf("%s names %s, which does not exist", f.path, name)
			}
		}
	}
	if named < 100 {
		t.Errorf("want the tests that documents name, found %d", named)
	}
}

// TestProofs_EveryRowOfTrustNamesOne reads the table of attacks in docs/trust.md: each row names a test with its
// package, which exists. A row that is not proved belongs under the known gaps.
func TestProofs_EveryRowOfTrustNamesOne(t *testing.T) {
	exists := testsByName(t)
	_, after, found := strings.Cut(document(t, "docs/trust.md"), "\n| who | attack | stopped or found by | test |\n| --- | --- | --- | --- |\n")
	table, _, _ := strings.Cut(after, "\n\n")
	rows := strings.Split(table, "\n")
	if !found || len(rows) < 30 {
		t.Fatalf("want the table of attacks in docs/trust.md, found %d rows", len(rows))
	}
	for _, row := range rows {
		cells := strings.Split(strings.Trim(row, "|"), " | ")
		if len(cells) != 4 {
			t.Errorf("want 4 cells, found %d: %s", len(cells), row)
			continue
		}
		named, place := 0, ""
		for _, p := range proof.FindAllStringSubmatch(cells[3], -1) {
			if p[1]+p[2] != "" {
				place = p[1] + p[2]
			}
			if named++; !exists[place+": "+p[3]] {
				t.Errorf("want a test that exists, found %s: %s in: %s", place, p[3], row)
			}
		}
		if named == 0 {
			t.Errorf("want a test, found %q in: %s", cells[3], row)
		}
	}
}
