package sqlite

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"urna/internal/database"
)

// checkConstraints evaluates the CHECK constraints of tables. A connection that cannot write ignores them, in
// integrity_check too.
func checkConstraints(ctx context.Context, on database.Querier, tables map[string]object, faults *[]database.Fault) error {
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		o := tables[name]
		checks := checksOf(o.statement)
		if !strings.HasPrefix(name, "table ") || len(checks) == 0 {
			continue
		}
		columns, broken, into := make([]string, len(checks)), make([]bool, len(checks)), make([]any, len(checks))
		for i, check := range checks { // a constraint that is neither true nor false holds
			columns[i], into[i] = fmt.Sprintf("coalesce(max(CASE WHEN NOT (%s) THEN 1 END), 0)", check), &broken[i]
		}
		query := fmt.Sprintf(`SELECT %s FROM "%s"`, strings.Join(columns, ", "), o.table)
		if err := on.QueryRowContext(ctx, query).Scan(into...); err != nil {
			return fmt.Errorf("%s: %w", o.table, err)
		}
		for i, check := range checks {
			if broken[i] {
				*faults = append(*faults, database.Fault{Table: o.table, Sentence: fmt.Sprintf("%s: rows contradict CHECK (%s)", o.table, check)})
			}
		}
	}
	return nil
}

// checksOf returns the expressions of the CHECK constraints in a CREATE TABLE statement.
func checksOf(statement string) (checks []string) {
	const keyword = "CHECK"
	depth, start, depthOfCheck, pending := 0, 0, 0, false
	for i := 0; i < len(statement); i++ {
		if end := quoted(statement[i:]); end > 0 {
			i += end - 1
			continue
		}
		switch c := statement[i]; {
		case c == '(':
			depth++
			if pending {
				start, depthOfCheck, pending = i+1, depth, false
			}
		case c == ')':
			if depthOfCheck == depth && depth > 0 {
				checks, depthOfCheck = append(checks, strings.TrimSpace(statement[start:i])), 0
			}
			depth--
		case depthOfCheck == 0 && len(statement)-i > len(keyword) && strings.EqualFold(statement[i:i+len(keyword)], keyword) &&
			!isWord(statement[i-1]) && !isWord(statement[i+len(keyword)]):
			pending = true
		}
	}
	return checks
}

// quoted returns the length of the comment, text or quoted name at the beginning of a statement, 0 for none.
func quoted(s string) int {
	end := "\n"
	switch {
	case s[0] == '\'' || s[0] == '"':
		end = s[:1]
	case !strings.HasPrefix(s, "--"):
		return 0
	}
	if i := strings.Index(s[1:], end); i >= 0 {
		return 1 + i + 1
	}
	return len(s)
}

// isWord reports whether a byte belongs to a name.
func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
