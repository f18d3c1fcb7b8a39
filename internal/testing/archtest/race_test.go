package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// outside are suites that run without the race detector although goroutines run in them: they look at the program from
// outside, or do one act at a time. The program runs under the detector in crash and vote.
var outside = []string{
	"internal/app/verify", "internal/cli", "internal/testing/attack", "internal/testing/browser", "internal/testing/deployment",
	"internal/testing/epms", "internal/testing/failover", "internal/testing/faults", "internal/testing/month", "internal/testing/soak",
	"internal/testing/standby", "internal/testing/stations",
}

// TestRace_OnlyPackagesWithoutGoroutinesRunWithoutTheDetector reads the Taskfile's list of packages that are tested
// without the race detector: neither they, nor their tests, nor packages of the module that they import, start a goroutine.
func TestRace_OnlyPackagesWithoutGoroutinesRunWithoutTheDetector(t *testing.T) {
	listed := taskfileList(t, "WITHOUT_RACE")
	byName := map[string]pack{}
	for _, p := range packages(t) {
		byName[p.name] = p
	}
	for _, name := range listed {
		if _, ok := byName[name]; !ok {
			t.Errorf("%s of the Taskfile is no package", name)
		}
		if slices.Contains(outside, name) {
			continue
		}
		for _, used := range closure(byName, name) {
			if where := startsGoroutine(t, used, used == name); where != "" {
				t.Errorf("%s is tested without the race detector and starts a goroutine, in %s", name, where)
			}
		}
	}
}

// TestRace_LongestPackagesRunUnderTheDetector: the Taskfile's packages that are tested first exist, and none is tested
// twice.
func TestRace_LongestPackagesRunUnderTheDetector(t *testing.T) {
	without, all := taskfileList(t, "WITHOUT_RACE"), packages(t)
	for _, name := range taskfileList(t, "LONGEST") {
		known := slices.ContainsFunc(all, func(p pack) bool { return p.name == name })
		if !known || slices.Contains(without, name) {
			t.Errorf("LONGEST of the Taskfile has %s: want a package that is tested under the race detector", name)
		}
	}
}

// TestRace_TestsOfOneActAtATimeExist: the Taskfile runs each test that it names without the detector, and skips it among the
// others, so that a name that has changed would be run nowhere.
func TestRace_TestsOfOneActAtATimeExist(t *testing.T) {
	known := testsByName(t)
	for _, name := range taskfileList(t, "ONE_AT_A_TIME") {
		if !known[name] {
			t.Errorf("ONE_AT_A_TIME of the Taskfile has %s, which is no test", name)
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

// closure returns a package and all of the module that it and its tests import.
func closure(byName map[string]pack, name string) []string {
	seen := map[string]bool{}
	var visit func(string, bool)
	visit = func(name string, tests bool) {
		if seen[name] {
			return
		}
		seen[name] = true
		imports := slices.Collect(maps.Keys(byName[name].imports))
		if tests {
			imports = slices.AppendSeq(imports, maps.Keys(byName[name].testImports))
		}
		for _, path := range imports {
			if ours, ok := strings.CutPrefix(path, "urna/"); ok {
				visit(ours, false)
			}
		}
	}
	visit(name, true)
	return slices.Sorted(maps.Keys(seen))
}

// startsGoroutine returns the file of a package that has a go statement or names a function that starts goroutines, as
// WaitGroup.Go and T.Parallel do; "" if none does.
func startsGoroutine(t *testing.T, name string, tests bool) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(module, name, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("read %s: found %d files, %v", name, len(files), err)
	}
	for _, path := range files {
		if !tests && strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				found = true
			case *ast.SelectorExpr:
				found = found || slices.Contains([]string{"Go", "Parallel", "AfterFunc", "RunParallel", "ListenAndServe", "NewServer"}, n.Sel.Name)
			}
			return !found
		})
		if found {
			return path
		}
	}
	return ""
}
