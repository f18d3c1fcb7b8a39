package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the folder with go.mod, seen from this package.
const module = "../../.."

// A source is one Go file that is no test.
type source struct {
	path string // from the module's folder, with slashes
	file *ast.File
}

// A pack is one package of the module without its tests.
type pack struct {
	name    string // its folder from the module's, or "main"
	sources []source
	imports map[string]string // import path → a file that has it
	tests   int               // test files in the folder

	testImports map[string]string // imports of its tests
}

// packages reads every package of the module, in the order of names. It reads the files themselves and
// not a build's list of them, so that code for another system is held to the rules too.
func packages(t *testing.T) []pack {
	t.Helper()
	found := map[string]*pack{}
	err := filepath.WalkDir(module, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != module && skips(path, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) == ".go" {
			return read(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// A walk that finds nothing would let everything pass.
	if len(found) < 10 {
		t.Fatalf("want the module's packages, found %d", len(found))
	}
	all := make([]pack, 0, len(found))
	for _, p := range found {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b pack) int { return strings.Compare(a.name, b.name) })
	return all
}

// skips reports whether the go command, too, would not look into the folder for packages of this module.
func skips(path, name string) bool {
	if name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

// read adds the Go file to the package of its folder.
func read(found map[string]*pack, path string) error {
	relative, err := filepath.Rel(module, path)
	if err != nil {
		return err
	}
	relative = filepath.ToSlash(relative)
	name := "main"
	if at := strings.LastIndexByte(relative, '/'); at >= 0 {
		name = relative[:at]
	}
	p := found[name]
	if p == nil {
		p = &pack{name: name, imports: map[string]string{}, testImports: map[string]string{}}
		found[name] = p
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	imports := p.imports
	if strings.HasSuffix(relative, "_test.go") {
		p.tests++
		imports = p.testImports
	} else {
		p.sources = append(p.sources, source{path: relative, file: file})
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		imports[imported] = relative
	}
	return nil
}
