package sqlite

import (
	"fmt"

	driver "gorm.io/driver/sqlite"
)

// dialect are the engine's own expressions.
type dialect struct{}

// dialector is GORM's dialect together with them, for database.DialectOf.
type dialector struct {
	*driver.Dialector
	dialect
}

// RandomBytes is an expression for so many random bytes.
func (dialect) RandomBytes(n int) string { return fmt.Sprintf("randomblob(%d)", n) }

// JoinBytes aggregates a column of bytes into one value.
func (dialect) JoinBytes(column string) string {
	return fmt.Sprintf("CAST(group_concat(%s, '') AS BLOB)", column)
}

// JoinNumbers aggregates a column of integers into one text.
func (dialect) JoinNumbers(column string) string { return fmt.Sprintf("group_concat(%s, ' ')", column) }

// BeyondASCII is the condition that a column of text has letters beyond ASCII.
func (dialect) BeyondASCII(column string) string { return column + ` GLOB '*[^ -~]*'` }

// KeyOfRecords compares the columns one by one: with both at once SQLite uses no more than the first of them in the key.
func (dialect) KeyOfRecords(first, placeholder, second string) string {
	return fmt.Sprintf("%s = %s AND %[3]s IN (SELECT r.%[3]s FROM r)", first, placeholder, second)
}
