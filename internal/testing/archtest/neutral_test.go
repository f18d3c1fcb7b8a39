package archtest

import (
	"fmt"
	"go/ast"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// ownSQL are the packages whose statements are their engine's own, with the reason.
var ownSQL = map[string]string{
	"internal/sqlite":   "it is the engine: settings, migrations, copies, packed records, and the expressions of database.Dialect",
	"internal/postgres": "it is the other engine",
}

var (
	beginsStatement = regexp.MustCompile(`^\s*(WITH|SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|PRAGMA|VACUUM)\s`)
	quoted          = regexp.MustCompile(`'[^']*'`)
	placeholder     = regexp.MustCompile(`\$(\d+)`)

	// engineBound is what SQLite takes and PostgreSQL does not. COLLATE NOCASE is missing: PostgreSQL can have a
	// collation of that name.
	engineBound = regexp.MustCompile(`(?i)\b(randomblob|zeroblob|group_concat|json_each|json_extract|iif|ifnull|instr|glob|unixepoch|julianday|strftime|datetime|typeof)\s*\(|` +
		`\b(INSERT|UPDATE|REPLACE)\s+OR\b|\bREPLACE\s+INTO\b|\bINDEXED\s+BY\b|\bGLOB\b|\bPRAGMA\b|\bVACUUM\b|\browid\b|\bAS\s+BLOB\b|\bx''|` +
		`\b(max|min)\s*\([^()]*,|\bCROSS\s+JOIN\s+\w+(\s+(AS\s+)?\w+)?\s+ON\b|\bON\s+CONFLICT\s+DO\s+UPDATE\b|\?\d`)
)

// TestStatements_AreNeutral keeps SQL outside the engines in words that PostgreSQL takes too, with placeholders $1, $2
// and so on, first used in their order: SQLite's driver binds them in the order of first use. GORM has its own, ?.
func TestStatements_AreNeutral(t *testing.T) {
	found := 0
	for _, p := range checked(t) {
		if ownSQL[p.name] != "" || within(p.name, "internal/testing") {
			continue
		}
		for _, s := range p.statements() {
			found++
			if problem := notNeutral(s.text, s.gorm); problem != "" {
				t.Errorf("%s: %s: %.120s", s.at, problem, strings.Join(strings.Fields(s.text), " "))
			}
		}
	}
	if found < 100 {
		t.Errorf("want the program's statements, found %d", found)
	}
}

// TestStatements_EveryKindIsSeen judges statements with one fault each.
func TestStatements_EveryKindIsSeen(t *testing.T) {
	for statement, good := range map[string]bool{
		`SELECT a FROM t WHERE b = $1 AND c = $2 AND d = $1`:                       true,
		`SELECT a FROM t WHERE b = 'why?' AND c > $1`:                              true,
		`SELECT max(a) FROM t`:                                                     true,
		`SELECT a FROM t WHERE b = ?`:                                              false,
		`SELECT a FROM t WHERE b = ?1`:                                             false,
		`SELECT a FROM t WHERE b = $2 AND c = $1`:                                  false,
		`SELECT a FROM t WHERE b = $2`:                                             false,
		`SELECT max(a, 0) FROM t`:                                                  false,
		`SELECT iif(a, b, c) FROM t`:                                               false,
		`INSERT OR IGNORE INTO t (a) VALUES ($1)`:                                  false,
		`INSERT INTO t (a) VALUES ($1) ON CONFLICT DO UPDATE SET a = a + 1`:        false,
		`UPDATE t SET a = randomblob(16)`:                                          false,
		`SELECT a FROM t CROSS JOIN u AS v ON v.a = t.a`:                           false,
		`SELECT a FROM t INDEXED BY i`:                                             false,
		`SELECT a FROM t WHERE b = x'64'`:                                          false,
		`DELETE FROM t WHERE instr(a, $1) > 0`:                                     false,
		`SELECT CAST(group_concat(a, '') AS BLOB) FROM t`:                          false,
		`SELECT page FROM json_each($1) AS wanted JOIN t ON t.page = wanted.value`: false,
	} {
		if problem := notNeutral(statement, false); (problem == "") != good {
			t.Errorf("%s: want good %t, got %q", statement, good, problem)
		}
	}
}

// statement is a text of SQL in the code.
type statement struct {
	text, at string
	gorm     bool // an argument of GORM
}

// statements returns the texts that begin as a statement does, and the texts that GORM is given.
func (p *typed) statements() []statement {
	var all []statement
	for _, s := range p.files {
		gorm := map[ast.Expr]bool{}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if _, is := p.ofGORM(call); is {
					for _, argument := range call.Args {
						gorm[argument] = true
					}
				}
			}
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			switch e.(type) {
			case *ast.BasicLit, *ast.BinaryExpr, *ast.CallExpr:
			default:
				return true
			}
			text, ok := p.text(e)
			if !ok {
				return true
			}
			if gorm[e] || beginsStatement.MatchString(text) {
				all = append(all, statement{text, fmt.Sprintf("%s:%d", s.path, p.fset.Position(n.Pos()).Line), gorm[e]})
			}
			return false
		})
	}
	return all
}

// notNeutral returns what another engine would not take in a statement; "" for nothing.
func notNeutral(text string, gorm bool) string {
	text = quoted.ReplaceAllString(text, "''")
	if word := engineBound.FindString(text); word != "" {
		return fmt.Sprintf("want words that every engine takes, found %q", word)
	}
	if gorm {
		return ""
	}
	if strings.Contains(text, "?") {
		return "want $1, $2 and so on as placeholders"
	}
	most := 0
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(match[1]) // digits
		if n > most+1 {
			return fmt.Sprintf("want $%d used before $%d", most+1, n)
		}
		most = max(most, n)
	}
	return ""
}
