package messages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	templ "github.com/a-h/templ/parser/v2"
)

// readAttributes are the attributes whose values people read or hear.
var readAttributes = []string{"aria-label", "aria-description", "aria-valuetext", "aria-roledescription", "title", "placeholder", "alt", "label", "summary"}

// TestTemplates_HaveNoTextOfTheirOwn finds sentences that stand in the markup instead of in the catalogue.
func TestTemplates_HaveNoTextOfTheirOwn(t *testing.T) {
	found := map[string]string{}
	eachSource(t, ".templ", func(path string) {
		source, err := os.ReadFile(filepath.Join(module, path))
		if err != nil {
			t.Fatal(err)
		}
		if texts := bareTexts(t, string(source)); len(texts) > 0 {
			found[path] = strconv.Quote(texts[0]) + " and " + strconv.Itoa(len(texts)-1) + " more"
		}
	})
	wantNone(t, found)
}

func TestTemplates_EveryPlaceForTextIsLookedAt(t *testing.T) {
	source := "package view\n\n" + `templ X(ok bool, n string) {
	<p title="In a title" class="not read" data-testid="not-read">In an element</p>
	if ok {
		<b>In a branch</b>
	} else {
		<b>In the other branch</b>
	}
	for range 2 {
		<b>In a loop</b>
	}
	switch n {
		case "not read":
			<b>In a case</b>
	}
	@Y("As an argument") {
		<b>In a child</b>
	}
	<p aria-label={ "In an expression " + n } id={ "not read " + n }>{ n + " and in a string" }</p>
	<input
		if ok {
			placeholder="In an attribute's branch"
		}
		type="submit"
		value="On a button"
	/>
	@Z(Element("span", "class", "not read", "title", "In an element's argument"))
	<p>{ n } · 1 – 2</p>
}
`
	want := []string{
		"In a title", "In an element", "In a branch", "In the other branch", "In a loop", "In a case", "As an argument", "In a child",
		"In an expression ", " and in a string", "In an element's argument", "In an attribute's branch", "On a button",
	}
	got := bareTexts(t, source)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
}

// A scan collects the texts of a template.
type scan struct{ texts []string }

func bareTexts(t *testing.T, source string) []string {
	t.Helper()
	file, err := templ.ParseString(source)
	if err != nil {
		t.Fatal(err)
	}
	var s scan
	for _, node := range file.Nodes {
		if html, ok := node.(*templ.HTMLTemplate); ok {
			s.nodes(html.Children)
		}
	}
	return s.texts
}

func (s *scan) text(text string) {
	if strings.ContainsFunc(text, unicode.IsLetter) && text != "Urna" {
		s.texts = append(s.texts, text)
	}
}

// expression collects the string literals of a Go expression; with whole, only those that read like one.
func (s *scan) expression(code string, whole bool) {
	parsed, err := parser.ParseExpr(code)
	if err != nil {
		return // it is no expression, such as several arguments; templ has compiled it
	}
	classes := map[ast.Node]bool{} // the values of messages.Element("span", "class", "soft small")
	ast.Inspect(parsed, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			for i := 1; i < len(call.Args); i++ {
				if name, ok := call.Args[i-1].(*ast.BasicLit); ok && name.Value == `"class"` {
					classes[call.Args[i]] = true
				}
			}
		}
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && !classes[literal] {
			if text, err := strconv.Unquote(literal.Value); err == nil && (!whole || isSentence(text)) {
				s.text(text)
			}
		}
		return true
	})
}

func (s *scan) nodes(nodes []templ.Node) {
	for _, node := range nodes {
		switch n := node.(type) {
		case *templ.Text:
			s.text(n.Value)
		case *templ.Element:
			s.attributes(n.Attributes)
			s.nodes(n.Children)
		case *templ.StringExpression:
			s.expression(n.Expression.Value, strings.Contains(n.Expression.Value, "("))
		case *templ.IfExpression:
			s.nodes(n.Then)
			for _, branch := range n.ElseIfs {
				s.nodes(branch.Then)
			}
			s.nodes(n.Else)
		case *templ.ForExpression:
			s.nodes(n.Children)
		case *templ.SwitchExpression:
			for _, branch := range n.Cases {
				s.nodes(branch.Children)
			}
		case *templ.TemplElementExpression:
			s.expression(n.Expression.Value, true)
			s.nodes(n.Children)
		}
	}
}

func (s *scan) attributes(attributes []templ.Attribute) {
	button := false // whose value is its text
	for _, attribute := range attributes {
		if a, ok := attribute.(*templ.ConstantAttribute); ok && name(a.Key) == "type" && (a.Value == "submit" || a.Value == "button") {
			button = true
		}
	}
	isRead := func(key templ.AttributeKey) bool {
		return slices.Contains(readAttributes, name(key)) || button && name(key) == "value"
	}
	for _, attribute := range attributes {
		switch a := attribute.(type) {
		case *templ.ConstantAttribute:
			if isRead(a.Key) {
				s.text(a.Value)
			}
		case *templ.ExpressionAttribute:
			if isRead(a.Key) {
				s.expression(a.Expression.Value, strings.Contains(a.Expression.Value, "("))
			}
		case *templ.ConditionalAttribute:
			s.attributes(a.Then)
			s.attributes(a.Else)
		}
	}
}

func name(key templ.AttributeKey) string {
	if constant, ok := key.(templ.ConstantAttributeKey); ok {
		return constant.Name
	}
	if constant, ok := key.(*templ.ConstantAttributeKey); ok {
		return constant.Name
	}
	return ""
}

// sentencePlaces are the folders whose Go code makes what people read.
var sentencePlaces = []string{"web/pages/", "web/view/", "web/letters/"}

// commandFiles are errors of commands, which speak English.
var commandFiles = []string{"web/letters/read.go", "web/letters/sealed.go"}

// TestPages_HaveNoSentencesOfTheirOwn finds string literals that read like sentences in the code that fills the pages.
func TestPages_HaveNoSentencesOfTheirOwn(t *testing.T) {
	found := map[string]string{}
	eachSource(t, ".go", func(path string) {
		ours := slices.ContainsFunc(sentencePlaces, func(place string) bool { return strings.HasPrefix(path, place) })
		if !ours || slices.Contains(commandFiles, path) || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return
		}
		for _, text := range readSentences(parseFile(t, filepath.Join(module, path))) {
			found[path] = strconv.Quote(text)
			break
		}
	})
	wantNone(t, found)
}

// TestVerbatim_IsNoSentence finds sentences that go round the catalogue as if they were names.
func TestVerbatim_IsNoSentence(t *testing.T) {
	found := map[string]string{}
	eachSource(t, ".go", func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		ast.Inspect(parseFile(t, filepath.Join(module, path)), func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "Verbatim" {
				if text, ok := literal(call.Args[0]); ok {
					found[path] = strconv.Quote(text)
				}
			}
			return true
		})
	})
	wantNone(t, found)
}

// forMachines are functions whose arguments are not shown on a page.
var forMachines = []string{"fmt.Errorf", "errors.New", "panic", "regexp.MustCompile"}

// shownFields are fields of view models that hold even a single word for people.
var shownFields = []string{"Label", "Hint", "Heading", "Summary", "Message", "Advice", "Text", "Title", "Note"}

// readSentences returns the string literals of a file that people are to read.
func readSentences(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			if selector, ok := x.Fun.(*ast.SelectorExpr); ok {
				if from, ok := selector.X.(*ast.Ident); ok && (from.Name == "slog" || slices.Contains(forMachines, from.Name+"."+selector.Sel.Name)) {
					return false
				}
			}
			if f, ok := x.Fun.(*ast.Ident); ok && slices.Contains(forMachines, f.Name) {
				return false
			}
		case *ast.Field: // with its tag
			return false
		case *ast.ImportSpec:
			return false
		case *ast.KeyValueExpr:
			if key, ok := x.Key.(*ast.Ident); ok && slices.Contains(shownFields, key.Name) {
				if text, ok := literal(x.Value); ok && oneWord.MatchString(text) {
					found = append(found, text)
				}
			}
		case *ast.BasicLit:
			if text, ok := literal(x); ok && isSentence(text) {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

func literal(e ast.Expr) (string, bool) {
	x, ok := e.(*ast.BasicLit)
	if !ok || x.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(x.Value)
	return text, err == nil
}

var (
	oneWord = regexp.MustCompile(`^[A-Z][a-z]+$`)
	aWord   = regexp.MustCompile(`(^| )[a-z]{2,}[,.:;?!]?( |$)`)
)

// isSentence reports whether a text has a blank, and a word in small letters beside one.
func isSentence(text string) bool {
	return strings.Contains(text, " ") && aWord.MatchString(text) && !strings.HasPrefix(text, "attachment; filename=")
}
