package archtest

import (
	"path"
	"regexp"
	"testing"
)

var (
	// A proof is `TestName`, `package: TestName`, or `package`: `TestName`.
	proof        = regexp.MustCompile("(?:`([a-z][a-z/]*)`: )?`(?:([a-z][a-z/]*): )?((?:Test|Fuzz)[A-Z][A-Za-z0-9]*_?[A-Za-z0-9]*)`")
	testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
)

// TestProofs_NameTestsThatExist looks for every test that a document names, in the package that it names if it names one. After
// renaming a test, change its name in ARCHITECTURE.md and docs/asvs.md.
func TestProofs_NameTestsThatExist(t *testing.T) {
	exists := map[string]bool{}
	for _, f := range texts(t, ".go") {
		for _, found := range testFunction.FindAllStringSubmatch(f.content, -1) {
			exists[found[1]], exists[path.Dir(f.path)+": "+found[1]] = true, true
		}
	}
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
