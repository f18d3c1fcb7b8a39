package database

import (
	"fmt"
	"strconv"
	"strings"
)

// JoinedNumbers are the integers that a query with Dialect.JoinNumbers returns. Scan fills them; Next takes them out one by
// one.
type JoinedNumbers struct{ rest string }

// Scan takes the value that a query returns.
func (n *JoinedNumbers) Scan(value any) error {
	switch v := value.(type) {
	case nil: // of no row
		n.rest = ""
	case string:
		n.rest = v
	case []byte:
		n.rest = string(v)
	default:
		n.rest = fmt.Sprint(v) // a single number
	}
	return nil
}

// Next returns the next number. The error is that of strconv.ParseInt, also after the last number.
func (n *JoinedNumbers) Next() (int64, error) {
	var word string
	word, n.rest, _ = strings.Cut(n.rest, " ")
	return strconv.ParseInt(word, 10, 64)
}
