package archtest

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"urna/internal/testing/mermaid"
)

// TestStates_AreThoseOfTheCode compares the states in ARCHITECTURE.md's diagrams with the constants of the code, and the
// names of methods on the arrows with the methods of the services.
func TestStates_AreThoseOfTheCode(t *testing.T) {
	method := regexp.MustCompile(`\b[A-Z]\w+`)
	for _, d := range []struct {
		heading, pkg, constants string
		also                    []string // states that are no constants
	}{
		{"States of an election", "elections", "State", nil},
		{"States of a batch", "ballots/batch", "State", nil},
		{"States of a voter key", "ballots/online", "", []string{"issuing", "removed", "unused", "used"}},
	} {
		t.Run(d.heading, func(t *testing.T) {
			drawn := mermaid.StateDiagram(t, filepath.Join(module, "ARCHITECTURE.md"), d.heading)
			p := packageNamed(t, d.pkg)
			want := append(stringConstants(p, d.constants), d.also...)
			slices.Sort(want)
			if got := mermaid.States(drawn); !slices.Equal(got, want) {
				t.Errorf("want the states %q, drawn are %q", want, got)
			}
			methods := methodsOf(p, "Service")
			for _, a := range drawn {
				for _, name := range method.FindAllString(a.Label, -1) {
					if !slices.Contains(methods, name) {
						t.Errorf("%s → %s: %s is no method of the service of %s", a.From, a.To, name, d.pkg)
					}
				}
			}
		})
	}
}

func packageNamed(t *testing.T, name string) pack {
	t.Helper()
	for _, p := range packages(t) {
		if p.name == name {
			return p
		}
	}
	t.Fatalf("want the package %s", name)
	return pack{}
}

// stringConstants returns the values of the package's constants of the type.
func stringConstants(p pack, typeName string) (values []string) {
	for _, s := range p.sources {
		for _, d := range s.file.Decls {
			group, ok := d.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				constant, ok := spec.(*ast.ValueSpec)
				if !ok || len(constant.Values) != 1 {
					continue
				}
				named, isNamed := constant.Type.(*ast.Ident)
				literal, isLiteral := constant.Values[0].(*ast.BasicLit)
				if !isNamed || !isLiteral || named.Name != typeName {
					continue
				}
				if value, err := strconv.Unquote(literal.Value); err == nil {
					values = append(values, value)
				}
			}
		}
	}
	return values
}

// methodsOf returns the names of the exported methods of the package's type.
func methodsOf(p pack, typeName string) (names []string) {
	for _, s := range p.sources {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || !f.Name.IsExported() {
				continue
			}
			receiver := f.Recv.List[0].Type
			if pointer, ok := receiver.(*ast.StarExpr); ok {
				receiver = pointer.X
			}
			if named, ok := receiver.(*ast.Ident); ok && named.Name == typeName {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}
