package postgres

import (
	"fmt"
	"strings"

	driver "gorm.io/driver/postgres"
)

// dialect are the engine's own expressions.
type dialect struct{}

// dialector is GORM's dialect together with them, for database.DialectOf.
type dialector struct {
	*driver.Dialector
	dialect
}

// RandomBytes is an expression for so many random bytes: up to 16 are those of a random UUID's hash, since six bits of
// the UUID itself are fixed.
func (dialect) RandomBytes(n int) string {
	const most = 32
	parts := make([]string, 0, 1+n/most)
	for ; n > 0; n -= most {
		parts = append(parts, fmt.Sprintf("substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FROM 1 FOR %d)", min(n, most)))
	}
	return "(" + strings.Join(parts, " || ") + ")"
}

// JoinBytes aggregates a column of bytes into one value.
func (dialect) JoinBytes(column string) string {
	return fmt.Sprintf("string_agg(%s, ''::bytea)", column)
}

// JoinNumbers aggregates a column of integers into one text.
func (dialect) JoinNumbers(column string) string {
	return fmt.Sprintf("string_agg((%s)::text, ' ')", column)
}

// BeyondASCII is the condition that a column of text has letters beyond ASCII.
func (dialect) BeyondASCII(column string) string { return `(` + column + ` COLLATE "C") ~ '[^ -~]'` }

// KeyOfRecords compares both columns at once, so that a row can be looked up by its whole key alone. With the first one by itself,
// all rows of a batch or an election that the statistics do not know would be compared with each record.
func (dialect) KeyOfRecords(first, placeholder, second string) string {
	return fmt.Sprintf("(%s, %[3]s) IN (SELECT r.position * 0 + %[2]s, r.%[3]s FROM r)", first, placeholder, second)
}
