package sqlite

import "fmt"

// RandomBytes is an expression for so many random bytes.
func (*engine) RandomBytes(n int) string { return fmt.Sprintf("randomblob(%d)", n) }

// JoinBytes aggregates a column of bytes into one value.
func (*engine) JoinBytes(column string) string {
	return fmt.Sprintf("CAST(group_concat(%s, '') AS BLOB)", column)
}

// JoinNumbers aggregates a column of integers into one text.
func (*engine) JoinNumbers(column string) string { return fmt.Sprintf("group_concat(%s, ' ')", column) }
