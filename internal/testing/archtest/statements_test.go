package archtest

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// An access is a place where a package names a table.
type access struct {
	table  string // "" if the place does not say which
	writes bool
	at     string // file and line
	what   string // its description, for messages
}

// accesses returns where the package's code names tables: in statements of SQL, whole or put together, and in calls,
// models and table names of GORM. A statement that leaves the name of its table open comes back without a table.
func (p *typed) accesses(models map[types.Object]string) []access {
	var all []access
	for _, s := range p.files {
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr, *ast.BasicLit:
				text, ok := p.text(n.(ast.Expr))
				if !ok {
					return true
				}
				all = append(all, p.placed(s, n, statements(text)...)...)
				return false
			case *ast.CallExpr:
				all = append(all, p.placed(s, n, p.gormCall(n, models)...)...)
				if text, ok := p.text(n); ok { // fmt.Sprintf
					all = append(all, p.placed(s, n, statements(text)...)...)
					return false
				}
			case *ast.FuncDecl:
				if typ, table := p.model(n); typ != nil {
					all = append(all, p.placed(s, n, access{table: table, what: "TableName"})...)
				}
			}
			return true
		})
	}
	return all
}

func (p *typed) placed(s source, n ast.Node, found ...access) []access {
	for i := range found {
		found[i].at = fmt.Sprintf("%s:%d", s.path, p.fset.Position(n.Pos()).Line)
	}
	return found
}

// open is put into a text for a part that only the running program knows.
const open = "\x00"

// text returns what a literal, a sum of texts or a call of fmt.Sprintf says.
func (p *typed) text(e ast.Expr) (string, bool) {
	if value := p.info.Types[e].Value; value != nil && value.Kind() == constant.String {
		return constant.StringVal(value), true
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return p.text(e.X)
	case *ast.BinaryExpr:
		if basic, ok := p.info.TypeOf(e).Underlying().(*types.Basic); !ok || e.Op != token.ADD || basic.Info()&types.IsString == 0 {
			return "", false
		}
		return p.textOrOpen(e.X) + p.textOrOpen(e.Y), true
	case *ast.CallExpr:
		if selector, ok := e.Fun.(*ast.SelectorExpr); ok && len(e.Args) > 0 && strings.HasSuffix(selector.Sel.Name, "printf") {
			format, known := p.text(e.Args[0])
			return p.formatted(format, e.Args[1:]), known
		}
	}
	return "", false
}

func (p *typed) textOrOpen(e ast.Expr) string {
	if text, ok := p.text(e); ok {
		return text
	}
	return open
}

var verb = regexp.MustCompile(`%[-+# 0-9.\[\]]*[a-zA-Z]`)

// formatted puts the known texts among the arguments into the format, in their order.
func (p *typed) formatted(format string, args []ast.Expr) string {
	next := 0
	return verb.ReplaceAllStringFunc(format, func(v string) string {
		at := next
		if _, err := fmt.Sscanf(v, "%%[%d]", &at); err == nil {
			at--
		} else {
			next++
		}
		if at >= len(args) {
			return open
		}
		return p.textOrOpen(args[at])
	})
}

var (
	isSQL = regexp.MustCompile(`(?i)\b(select|insert\s+(or\s+\w+\s+)?into|replace\s+into|delete\s+from|update\s+(or\s+\w+\s+)?\S+\s+set)\b|\b(FROM|JOIN|UPDATE|INTO)\b`)
	words = regexp.MustCompile(`[\w.]+|[^\s\w]`)
)

// statements returns the tables that a text of SQL names after INSERT INTO, REPLACE INTO, UPDATE, DELETE FROM, FROM, JOIN
// and the commas of a list of tables.
func statements(text string) []access {
	if !isSQL.MatchString(text) {
		return nil
	}
	tokens := words.FindAllString(text, -1)
	is := func(i int, word string) bool { return i >= 0 && i < len(tokens) && strings.EqualFold(tokens[i], word) }
	var all []access
	for i := range tokens {
		at, writes := i+1, false
		switch {
		case is(i, "into"):
			writes = true
		case is(i, "update") && !is(i-1, "do") && !is(i-1, "for"):
			writes = true
			if is(at, "or") {
				at += 2
			}
		case is(i, "from"):
			writes = is(i-1, "delete")
		case !is(i, "join"):
			continue
		}
		for more := true; more; {
			var a access
			a, at, more = tableAt(tokens, at, writes)
			// In small letters the words are English more often than SQL, if no table follows.
			if a.what != "" && (a.table != "" || tokens[i] == strings.ToUpper(tokens[i])) {
				all = append(all, a)
			}
			more = more && !writes && is(i, "from")
		}
	}
	return all
}

const leftOpen = "a statement that leaves its table open"

// tableAt reads a table's name and its alias from place at; more tells that a comma follows.
func tableAt(tokens []string, at int, writes bool) (a access, next int, more bool) {
	for at < len(tokens) && strings.Contains("`\"[", tokens[at]) {
		at++
	}
	if at >= len(tokens) || tokens[at] == open || tokens[at] == "%" {
		return access{writes: writes, what: leftOpen}, at, false
	}
	if !isName(tokens[at]) { // a query in brackets, whose own tables are seen by themselves
		return access{}, at, false
	}
	name := tokens[at]
	name = strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	next = at + 1
	for next < len(tokens) && (isName(tokens[next]) || strings.Contains("`\"]", tokens[next])) && next < at+5 && !ends(tokens[next]) {
		next++
	}
	return access{table: name, writes: writes, what: "a statement"}, next + 1, next < len(tokens) && tokens[next] == ","
}

func isName(word string) bool { return regexp.MustCompile(`^[A-Za-z_][\w.]*$`).MatchString(word) }

// ends reports whether a word ends a list of tables.
func ends(word string) bool {
	return slices.Contains([]string{"where", "join", "on", "group", "order", "set", "values", "cross", "left", "inner", "limit", "using"}, strings.ToLower(word))
}

// model returns the type and the table of a method TableName; "" for a name that is not a constant.
func (p *typed) model(f *ast.FuncDecl) (typ types.Object, table string) {
	if f.Name.Name != "TableName" || f.Recv == nil || f.Body == nil {
		return nil, ""
	}
	if len(f.Body.List) == 1 {
		if result, ok := f.Body.List[0].(*ast.ReturnStmt); ok && len(result.Results) == 1 {
			table, _ = p.text(result.Results[0])
		}
	}
	return modelType(p.info.TypeOf(f.Recv.List[0].Type)), table
}

// modelType returns the named type under pointers and slices; nil for another.
func modelType(typ types.Type) types.Object {
	for {
		switch t := types.Unalias(typ).(type) {
		case *types.Pointer:
			typ = t.Elem()
		case *types.Slice:
			typ = t.Elem()
		case *types.Named:
			return t.Obj()
		default:
			return nil
		}
	}
}

// writing are GORM's methods that write, reading those that read.
var (
	writing = []string{"Create", "CreateInBatches", "Save", "Delete", "Update", "Updates", "UpdateColumn", "UpdateColumns", "FirstOrCreate"}
	reading = []string{"Find", "First", "Last", "Take", "Model", "FindInBatches", "FirstOrInit"}
)

// gormCall returns the table of a call of GORM that names one: by Table or a model, its own or one that comes before it
// in the chain.
func (p *typed) gormCall(call *ast.CallExpr, models map[types.Object]string) []access {
	selector, ok := p.ofGORM(call)
	if !ok {
		return nil
	}
	name := selector.Sel.Name
	switch {
	case name == "Table":
		text, _ := p.text(call.Args[0])
		first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
		return []access{{table: first, what: "Table"}}
	case slices.Contains(reading, name):
		if typ := p.argument(call); typ != nil {
			if table, known := models[typ]; known {
				return []access{{table: table, what: name}}
			}
			if _, is := typ.Type().Underlying().(*types.Struct); is && p.chained(selector.X, models) == "" {
				return []access{{what: name + " of a type without TableName"}}
			}
		}
	case slices.Contains(writing, name):
		table := p.chained(selector.X, models)
		if typ := p.argument(call); table == "" && typ != nil {
			table = models[typ]
		}
		return []access{{table: table, writes: true, what: name}}
	}
	return nil
}

// ofGORM returns the selector of a call of a method of gorm.DB.
func (p *typed) ofGORM(call *ast.CallExpr) (*ast.SelectorExpr, bool) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || p.info.Selections[selector] == nil {
		return nil, false
	}
	return selector, isType(p.info.Selections[selector].Recv(), "gorm.io/gorm", "DB")
}

func (p *typed) argument(call *ast.CallExpr) types.Object {
	if len(call.Args) == 0 {
		return nil
	}
	return modelType(p.info.TypeOf(call.Args[0]))
}

// chained returns the table that Model or Table names in the chain of calls that ends in the expression.
func (p *typed) chained(e ast.Expr, models map[types.Object]string) string {
	for {
		call, ok := e.(*ast.CallExpr)
		if !ok {
			return ""
		}
		selector, ok := p.ofGORM(call)
		if !ok {
			return ""
		}
		switch selector.Sel.Name {
		case "Model":
			return models[p.argument(call)]
		case "Table":
			text, _ := p.text(call.Args[0])
			first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
			return first
		}
		e = selector.X
	}
}
