package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestGORM_IsInStores demands that code uses GORM in files named store*.go only, beside the packages that open the
// database. Other code passes a database.Tx or a database.Source on.
func TestGORM_IsInStores(t *testing.T) {
	packages := checked(t)
	stores := 0
	for _, p := range packages {
		found, seen := outsideStores(p)
		stores += seen
		for _, at := range found {
			t.Errorf("%s: want GORM in a file named store*.go", at)
		}
	}
	if stores < 5 {
		t.Errorf("want GORM in several stores, found %d: does the test see it at all?", stores)
	}
}

// TestGORM_IsSeen shows that each way of reaching GORM outside a store is found.
func TestGORM_IsSeen(t *testing.T) {
	for name, code := range map[string]string{
		"a transaction": "func code(tx *database.Tx) { tx.Gorm().Exec(``) }",
		"a reader":      "func code(db *database.DB) { db.Reader(context.Background()).Gorm().Exec(``) }",
		"a source":      "func code(s database.Source) { s.Gorm() }",
		"a method":      "var code = database.Source.Gorm",
		"a parameter":   "func code(db *gorm.DB) {}",
		"a variable":    "func code(tx *database.Tx) { db := tx.Gorm(); use(db) }",
	} {
		t.Run(name, func(t *testing.T) {
			text := "package pages\n\nimport (\"context\"; \"gorm.io/gorm\"; \"urna/internal/database\")\n\nvar _ = context.Background\n\n" +
				"var _ = gorm.ErrRecordNotFound\n\nvar _ database.Source\n\nfunc use(any) {}\n\n" + code + "\n"
			for file, want := range map[string]bool{"vote.go": true, "restore.go": true, "store.go": false, "store_keys.go": false} {
				found, _ := outsideStores(written(t, "web/pages", "web/pages/"+file, text))
				if len(found) > 0 != want {
					t.Errorf("in %s: want found to be %t, found %q", file, want, found)
				}
			}
		})
	}
}

// outsideStores returns where a package uses GORM outside its stores, each line once, and in how many stores it does.
func outsideStores(p typed) (found []string, stores int) {
	if p.name == "internal/database" || p.name == "internal/sqlite" || p.name == "internal/postgres" {
		return nil, 0
	}
	for _, s := range p.files {
		var here []string
		ast.Inspect(s.file, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && p.usesGORM(e) {
				here = append(here, fmt.Sprintf("%s:%d", s.path, p.fset.Position(e.Pos()).Line))
			}
			return true
		})
		if strings.HasPrefix(path.Base(s.path), "store") {
			if len(here) > 0 {
				stores++
			}
			continue
		}
		found = append(found, here...)
	}
	return slices.Compact(found), stores
}

// usesGORM reports whether an expression is a gorm.DB or names the method Gorm of a source.
func (p *typed) usesGORM(e ast.Expr) bool {
	if selector, ok := e.(*ast.SelectorExpr); ok && selector.Sel.Name == "Gorm" {
		return true
	}
	typ := p.info.TypeOf(e)
	return typ != nil && isType(typ, "gorm.io/gorm", "DB")
}
