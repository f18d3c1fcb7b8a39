package archtest

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A text is one file that people write by hand.
type text struct {
	path    string // from the module's folder, with slashes
	content string
}

// texts reads the hand-written files of the module whose names end in one of the extensions (all files that are not
// binary if none is given): no generated Go, no test data, nothing from other projects.
func texts(t *testing.T, extensions ...string) []text {
	t.Helper()
	var found []text
	err := filepath.WalkDir(module, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(module, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() {
			if relative != "." && (entry.Name() == "testdata" || relative == "assets/vendor" || relative == "internal/rehearsal/resultsfile/data" ||
				strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".ci" || strings.HasSuffix(entry.Name(), "-data")) {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || strings.HasSuffix(relative, "_templ.go") || strings.HasSuffix(relative, "_gen.go") ||
			len(extensions) > 0 && !slices.Contains(extensions, path.Ext(relative)) {
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil || strings.ContainsRune(string(content), 0) {
			return err
		}
		found = append(found, text{relative, string(content)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// A walk that finds nothing would let everything pass.
	if len(found) < 10 {
		t.Fatalf("want the module's files, found %d", len(found))
	}
	return found
}

// document reads one file of the module.
func document(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(module, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
