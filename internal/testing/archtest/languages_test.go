package archtest

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
	"testing"
)

// readers are the packages that write for people, each in the reader's own language.
var readers = []string{"web/pages", "web/view", "web/view/kit", "web/letters", "results/document", "results/explanation"}

// TestPages_WriteInTheReadersLanguage finds sentences that pages, letters and papers make English: by Message.String, by
// messages.English, or by a function of package fmt.
func TestPages_WriteInTheReadersLanguage(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range checked(t) {
		for _, name := range readers {
			if p.name != name {
				continue
			}
			seen[name] = true
			for _, found := range p.inEnglish() {
				t.Errorf("%s: want the sentence in the reader's language, as a messages.Message or by In", found)
			}
		}
	}
	for _, name := range readers {
		if !seen[name] {
			t.Errorf("found no package %s", name)
		}
	}
}

// englishAllowed are functions that do not write what they find in English, each with the reason.
var englishAllowed = map[string]string{
	"HelpChapter": "the chapters' names are those of the English folder",
}

// inEnglish returns the places that make a sentence English.
func (p typed) inEnglish() (found []string) {
	for _, s := range p.files {
		for _, declaration := range s.file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && englishAllowed[f.Name.Name] != "" {
				continue
			}
			ast.Inspect(declaration, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				selector, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				called, ok := p.info.Uses[selector.Sel].(*types.Func)
				if !ok || called.Pkg() == nil {
					return true
				}
				english := called.Pkg().Path() == messagesPath && called.Name() == "English" ||
					called.Name() == "String" && isMessage(p.info.TypeOf(selector.X))
				if called.Pkg().Path() == "fmt" {
					for _, argument := range call.Args {
						english = english || isMessage(p.info.TypeOf(argument))
					}
				}
				if english {
					found = append(found, fmt.Sprintf("%s:%d", s.path, p.fset.Position(call.Pos()).Line))
				}
				return true
			})
		}
	}
	return found
}

const messagesPath = "urna/internal/messages"

func isMessage(t types.Type) bool {
	return t != nil && strings.TrimPrefix(types.TypeString(t, nil), "*") == messagesPath+".Message"
}

func TestInEnglish_FindsEachWay(t *testing.T) {
	p := written(t, "web/pages", "web/pages/a.go", `package pages

import (
	"fmt"

	"urna/internal/messages"
)

type row struct{ text messages.Message }

func a(r row) string { return r.text.String() }
func b(m messages.Message) string { return messages.English().Text(m) }
func c(m messages.Message) string { return fmt.Sprint("x", m) }
func d(l *messages.Localizer, m messages.Message) string { return l.Text(m) }
`)
	if got := strings.Join(p.inEnglish(), " "); got != "web/pages/a.go:11 web/pages/a.go:12 web/pages/a.go:13" {
		t.Errorf("want the three ways found, got %s", got)
	}
}
