package database

import "fmt"

// Dialect are expressions of SQL that no two engines spell alike. All other statements outside an engine are worded so
// that each engine takes them, which a test of internal/testing/archtest checks.
type Dialect interface {
	// RandomBytes is an expression for so many random bytes, others for each row.
	RandomBytes(n int) string
	// JoinBytes aggregates a column of bytes into one value: those of all rows, one behind the other. All that a query
	// joins has the same order.
	JoinBytes(column string) string
	// JoinNumbers aggregates a column of integers into one text, with a space between two.
	JoinNumbers(column string) string
	// BeyondASCII is the condition that a column of text has letters beyond ASCII, as the index over such e-mails words it.
	BeyondASCII(column string) string
	// KeyOfRecords is the condition that a row has the key of a record of the relation r: its first column is the placeholder, and
	// its second the field of the same name. It is for a DELETE, which names its table alone.
	KeyOfRecords(first, placeholder, second string) string
}

// DialectOf returns the expressions of the engine behind a source.
func DialectOf(s Source) Dialect {
	return s.Gorm().Dialector.(Dialect) //nolint:forcetypeassert // engines open GORM with a dialector that has them
}

// Dialect returns the engine's own expressions.
func (t *Tx) Dialect() Dialect { return t.engine }

// In returns the condition that a column has one of the values, and its arguments. Its placeholders begin with $1. No
// value is one of none.
func In(values []int64) (condition string, args []any) {
	if len(values) == 0 {
		return "IN (NULL)", nil
	}
	b := []byte("IN (")
	for i, v := range values {
		b = fmt.Appendf(b, "$%d,", i+1)
		args = append(args, v)
	}
	b[len(b)-1] = ')'
	return string(b), args
}
