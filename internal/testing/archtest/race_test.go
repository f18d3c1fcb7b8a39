package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// outside are packages that start goroutines and are tested without the race detector: the command line does one act at a
// time, and app's goroutines wait for the end of PostgreSQL's lock. The whole program runs under the detector in the suites
// vote and watch. All other suites of internal/testing look at it from outside.
var outside = []string{"internal/app", "internal/cli"}

// TestRace_PackagesThatStartGoroutinesAreTestedUnderTheDetector reads the Taskfile's list of packages that are tested under the race
// detector. It has every tested package whose own code starts goroutines: where one runs alone, the detector finds nothing.
func TestRace_PackagesThatStartGoroutinesAreTestedUnderTheDetector(t *testing.T) {
	listed := taskfileList(t, "UNDER_RACE")
	known := map[string]bool{}
	for _, p := range packages(t) {
		known[p.name] = true
		if p.tests == 0 || slices.Contains(listed, p.name) || slices.Contains(outside, p.name) || strings.HasPrefix(p.name, "internal/testing/") {
			continue
		}
		for path, file := range goFiles(t, p.name, false) {
			if startsGoroutines(file) {
				t.Errorf("%s is tested without the race detector and starts goroutines, in %s", p.name, path)
			}
		}
	}
	for _, name := range append(listed, taskfileList(t, "LONGEST")...) {
		if !known[name] {
			t.Errorf("%s of the Taskfile is no package", name)
		}
	}
	for _, name := range taskfileList(t, "LONGEST") {
		if slices.Contains(listed, name) {
			t.Errorf("LONGEST of the Taskfile has %s: want a package that is tested without the race detector", name)
		}
	}
}

// TestRace_TestsThatDoSeveralThingsAtOnce: in packages that are tested without the detector, each test that starts goroutines is
// in the Taskfile's list of those that run under it all the same.
func TestRace_TestsThatDoSeveralThingsAtOnce(t *testing.T) {
	raced, atOnce := taskfileList(t, "UNDER_RACE"), taskfileList(t, "AT_ONCE")
	for _, p := range packages(t) {
		if p.name == "internal/cli" || strings.HasPrefix(p.name, "internal/testing/") || slices.Contains(raced, p.name) {
			continue
		}
		for path, file := range goFiles(t, p.name, true) {
			for _, declared := range file.Decls {
				function, ok := declared.(*ast.FuncDecl)
				if ok && strings.HasPrefix(function.Name.Name, "Test") && startsGoroutines(function) && !slices.Contains(atOnce, function.Name.Name) {
					t.Errorf("%s of %s starts goroutines and runs without the race detector; AT_ONCE of the Taskfile does not have it", function.Name.Name, path)
				}
			}
		}
	}
}

// TestRace_TestsByNameExist: the Taskfile runs each test that it names in one of two ways, and skips it in the other, so that a
// name that has changed would be run nowhere.
func TestRace_TestsByNameExist(t *testing.T) {
	known := testsByName(t)
	for _, list := range []string{"AT_ONCE", "ONE_AT_A_TIME"} {
		for _, name := range taskfileList(t, list) {
			if !known[name] {
				t.Errorf("%s of the Taskfile has %s, which is no test", list, name)
			}
		}
	}
}

// taskfileList returns the packages or tests of a list in the Taskfile.
func taskfileList(t *testing.T, name string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(module, "Taskfile.yml"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^  ` + name + `: >-\n((?:    .*\n)+)`).FindSubmatch(content)
	if found == nil {
		t.Fatalf("the Taskfile has no %s", name)
	}
	return strings.Fields(string(found[1]))
}

// goFiles returns the parsed files of a package, or of its tests, by their paths.
func goFiles(t *testing.T, name string, tests bool) map[string]*ast.File {
	t.Helper()
	if name == "main" {
		name = "."
	}
	paths, err := filepath.Glob(filepath.Join(module, name, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") != tests {
			continue
		}
		if files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// startsGoroutines reports whether code has a go statement or calls a function that starts one, as WaitGroup.Go does.
func startsGoroutines(code ast.Node) bool {
	found := false
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.SelectorExpr:
			found = found || slices.Contains([]string{"Go", "AfterFunc", "RunParallel"}, n.Sel.Name)
		}
		return !found
	})
	return found
}
