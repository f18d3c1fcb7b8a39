package messages

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// module is the folder with go.mod, seen from this package.
const module = "../.."

// folders returns the folders of the catalogue, English first.
func folders() []string {
	var all []string
	for _, l := range known {
		if l.Script == "" {
			all = append(all, l.Tag)
		}
	}
	return all
}

func TestCatalogue_EverySentenceCanBeRead(t *testing.T) {
	for _, language := range folders() {
		for _, m := range read(language) {
			if m.Other == "" {
				t.Errorf("%s %s: want a sentence", language, m.ID)
			}
			for _, sentence := range forms(m) {
				if _, err := parse(sentence); err != nil {
					t.Errorf("%s %s: %v", language, m.ID, err)
				}
				if strings.TrimSpace(sentence) != sentence && m.ID != LanguageGroupSeparator().id {
					t.Errorf("%s %s: want no blank around a sentence, which is there to be glued: %q", language, m.ID, sentence)
				}
			}
		}
	}
}

// differences says what a language has too little, too much, with other arguments or without one of its plural forms.
func differences(english, other []*i18n.Message, plurals ...string) []string {
	byID := func(all []*i18n.Message) map[string]*i18n.Message {
		m := map[string]*i18n.Message{}
		for _, one := range all {
			m[one.ID] = one
		}
		return m
	}
	a, b := byID(english), byID(other)
	var found []string
	for _, id := range slices.Sorted(maps.Keys(a)) {
		switch m := b[id]; {
		case m == nil:
			found = append(found, id+": is missing")
		case !slices.Equal(arguments(m), arguments(a[id])):
			found = append(found, fmt.Sprintf("%s: has the arguments %v and not %v", id, arguments(m), arguments(a[id])))
		case a[id].One != "" || m.One != "":
			for _, form := range plurals {
				if pluralForms(m)[form] == "" {
					found = append(found, id+": lacks the plural form "+form)
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b)) {
		if a[id] == nil {
			found = append(found, id+": is not in English")
		}
	}
	return found
}

// arguments returns the names of a message's arguments and elements in all of its forms, sorted.
func arguments(m *i18n.Message) []string {
	names := map[string]bool{}
	for _, sentence := range forms(m) {
		parts, _ := parse(sentence)
		for _, p := range parts {
			if p.kind != textPart {
				names[p.text] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func pluralForms(m *i18n.Message) map[string]string {
	return map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
}

func forms(m *i18n.Message) []string {
	return slices.DeleteFunc([]string{m.Zero, m.One, m.Two, m.Few, m.Many, m.Other}, func(s string) bool { return s == "" })
}

// TestCatalogue_EverySentenceIsUsed keeps the catalogue free of sentences that translators would work on for nothing. A
// sentence that is used and not in the catalogue does not compile.
func TestCatalogue_EverySentenceIsUsed(t *testing.T) {
	functions := map[string]bool{}
	generated, err := filepath.Glob("*_gen.go")
	if err != nil || len(generated) == 0 {
		t.Fatalf("want the generated files, got %v, %v", generated, err)
	}
	for _, path := range generated {
		for _, declaration := range parseFile(t, path).Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok {
				functions[f.Name.Name] = false
			}
		}
	}
	eachSource(t, ".go", func(path string) {
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_gen.go") {
			return
		}
		own := strings.HasPrefix(path, "internal/messages/")
		ast.Inspect(parseFile(t, filepath.Join(module, path)), func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.SelectorExpr:
				if from, ok := x.X.(*ast.Ident); ok && from.Name == "messages" {
					functions[x.Sel.Name] = true
				}
			case *ast.Ident:
				if own {
					functions[x.Name] = true
				}
			}
			return true
		})
	})
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		if !functions[name] {
			t.Errorf("no code uses %s: remove its sentence from the catalogue", name)
		}
	}
}

func parseFile(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// eachSource calls do with every file of the module that has the extension, by its path from the module's folder.
func eachSource(t *testing.T, extension string, do func(path string)) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(module, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != module && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if !entry.IsDir() && filepath.Ext(path) == extension {
			relative, err := filepath.Rel(module, path)
			if err != nil {
				return err
			}
			found++
			do(filepath.ToSlash(relative))
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Fatalf("want files %s, found %d, %v", extension, found, err)
	}
}

// wantNone fails for each file in which a sentence was found; found maps the file to the first one.
func wantNone(t *testing.T, found map[string]string) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(found)) {
		t.Errorf("%s: want every sentence in the catalogue, found %s", path, found[path])
	}
}
