package archtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A typed is one package of the program with the types of its expressions, without tests.
type typed struct {
	name  string // its folder from the module's, or "main"
	files []source
	fset  *token.FileSet
	info  *types.Info
}

// checked type-checks the module's packages that are built here, but for those that serve tests alone. The go command
// compiles what they import, mostly from its cache.
func checked(t *testing.T) []typed {
	t.Helper()
	module, err := checkOnce()
	if err != nil {
		t.Fatal(err)
	}
	// A listing that finds nothing would let everything pass.
	if len(module.packages) < 10 {
		t.Fatalf("want the module's packages, found %d", len(module.packages))
	}
	return module.packages
}

// written type-checks a file of the text as if it were the package's only one.
func written(t *testing.T, name, path, text string) typed {
	t.Helper()
	module, err := checkOnce()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(module.fset, path, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	one := typed{name: name, fset: module.fset, info: newInfo(), files: []source{{path: path, file: file}}}
	if _, err := (&types.Config{Importer: module.compiled}).Check("urna/"+name, module.fset, []*ast.File{file}, one.info); err != nil {
		t.Fatal(err)
	}
	return one
}

// A program is the module's packages and what they import, compiled.
type program struct {
	packages []typed
	fset     *token.FileSet
	compiled types.Importer
}

// checkOnce is shared by the tests: a run takes seconds.
var checkOnce = sync.OnceValues(check)

// A compilation is a package as "go list -json" describes it.
type compilation struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	CgoFiles                []string
	Standard                bool
}

func check() (*program, error) {
	// With the tag of the tasks, so that most packages are in the cache.
	command := exec.CommandContext(context.Background(), "go", "list", "-tags", "nomsgpack", "-export", "-deps",
		"-json=ImportPath,Dir,Export,GoFiles,CgoFiles,Standard", "./...")
	command.Dir = module
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, problems.String())
	}
	exports := map[string]string{}
	var ours []compilation
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p compilation
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		exports[p.ImportPath] = p.Export
		name, ok := strings.CutPrefix(p.ImportPath, "urna/")
		if (ok || p.ImportPath == "urna") && !testsOnly(name) {
			ours = append(ours, p)
		}
	}
	fset := token.NewFileSet()
	compiled := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	all := make([]typed, 0, len(ours))
	for _, p := range ours {
		one, err := checkPackage(fset, compiled, p)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return &program{packages: all, fset: fset, compiled: compiled}, nil
}

func checkPackage(fset *token.FileSet, compiled types.Importer, p compilation) (typed, error) {
	one := typed{name: strings.TrimPrefix(p.ImportPath, "urna/"), fset: fset, info: newInfo()}
	if p.ImportPath == "urna" {
		one.name = "main"
	}
	files := make([]*ast.File, 0, len(p.GoFiles))
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return one, err
		}
		files = append(files, file)
		path := name
		if one.name != "main" {
			path = one.name + "/" + name
		}
		one.files = append(one.files, source{path: path, file: file})
	}
	config := types.Config{Importer: compiled}
	if _, err := config.Check(p.ImportPath, fset, files, one.info); err != nil {
		return one, fmt.Errorf("%s: %w", p.ImportPath, err)
	}
	return one, nil
}

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
}

// isType reports whether a type is the named one of a package or a pointer to it.
func isType(typ types.Type, pkg, name string) bool {
	if pointer, ok := types.Unalias(typ).(*types.Pointer); ok {
		typ = pointer.Elem()
	}
	named, ok := types.Unalias(typ).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == pkg && named.Obj().Name() == name
}
