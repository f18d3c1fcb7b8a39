package audit

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"urna/internal/database"
)

// Table declares a table for the log: each change of its rows is recorded with the event of its transaction, and urna
// verify compares the rows with the events. The package that owns the table declares it; docs/development.md says how.
type Table struct {
	Name    string
	Key     []string // the columns of the primary key
	Columns []string // further columns that the log has

	// Election and Constituency are the columns that say where a row belongs; "" for none.
	Election, Constituency string

	// Digested are those columns whose values must not be in the log, such as a stored password: it has a keyed digest.
	Digested []string
	// Same names, by column, values that mean the same to people, with the one that the log has for all of them. Urna
	// changes them by itself, such as the steps in which a batch is counted.
	Same map[string]map[string]string
	// Absent names, by column, values of rows that do not count yet: to the log such a row is not there.
	Absent map[string][]string
}

// tracked returns the table as the database remembers its changes.
func (t *Table) tracked() database.Tracked {
	return database.Tracked{Name: t.Name, Key: t.Key, Columns: t.Columns}
}

// covered returns the columns that the log has, as audit_coverage names them.
func (t *Table) covered() string { return strings.Join(slices.Concat(t.Key, t.Columns), " ") }

// image is a row as the log has it: the JSON of each column.
type image map[string]json.RawMessage

// digester hides values. Its zero value has no key.
type digester struct{ key []byte }

// newDigester derives the key of digests from a secret of the data folder.
func newDigester(secret []byte) (digester, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "urna audit log: digests of stored passwords and factors", sha256.Size)
	if err != nil {
		return digester{}, fmt.Errorf("audit: derive the key of digests: %w", err)
	}
	return digester{key}, nil
}

// hidden returns the digest that the log has in place of a secret value.
func (d digester) hidden(t *Table, column string, value any) (any, error) {
	if d.key == nil {
		return nil, fmt.Errorf("audit: %s.%s is recorded as a digest, and its secret is not open", t.Name, column)
	}
	mac := hmac.New(sha256.New, d.key)
	fmt.Fprintf(mac, "%s\x00%s\x00%T\x00", t.Name, column, value) // never fails
	switch v := value.(type) {
	case []byte:
		mac.Write(v)
	default:
		fmt.Fprint(mac, v)
	}
	return map[string]string{"digest": hex.EncodeToString(mac.Sum(nil)[:16])}, nil
}

// appendValue appends a column's value in the form of the log.
func (d digester) appendValue(b []byte, t *Table, column string, value any) ([]byte, error) {
	if len(t.Digested) > 0 && value != nil && slices.Contains(t.Digested, column) {
		hidden, err := d.hidden(t, column, value)
		if err != nil {
			return nil, err
		}
		value = hidden
	}
	switch v := value.(type) { // those that encoding/json would encode alike, and slower, are encoded here
	case nil:
		return append(b, "null"...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case []byte:
		return append(hex.AppendEncode(append(b, `{"hex":"`...), v), `"}`...), nil
	case string:
		if same, ok := t.Same[column][v]; ok {
			v, value = same, same
		}
		if plain(v) {
			return append(append(append(b, '"'), v...), '"'), nil
		}
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("audit: encode %s.%s: %w", t.Name, column, err)
	}
	return append(b, encoded...), nil
}

// sameValue reports whether two values are the same; it may not for bytes.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case int64:
		other, ok := b.(int64)
		return ok && a == other
	case string:
		other, ok := b.(string)
		return ok && a == other
	case nil:
		return b == nil
	}
	return false
}

// plain reports whether JSON has a text as it is: letters, digits, blanks and such characters as those of times and names.
func plain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c < ' ' || c > '~':
			return false
		}
	}
	return true
}

// key returns a row's key in the form of the log.
func (d digester) rowKey(t *Table, values []any) ([]json.RawMessage, error) {
	key := make([]json.RawMessage, len(values))
	for i, v := range values {
		encoded, err := d.appendValue(nil, t, t.Key[i], v)
		if err != nil {
			return nil, err
		}
		key[i] = encoded
	}
	return key, nil
}

// counts reports whether a row is there to the log; nil is no row.
func (t *Table) counts(values []any) bool {
	if values == nil {
		return false
	}
	for column, absent := range t.Absent {
		if text, ok := values[slices.Index(t.Columns, column)].(string); ok && slices.Contains(absent, text) {
			return false
		}
	}
	return true
}

// image returns the columns of a row in the form of the log; nil is no row.
func (d digester) image(t *Table, values []any) (image, error) {
	if !t.counts(values) {
		return nil, nil //nolint:nilnil // no row, or one that does not count yet
	}
	row := make(image, len(values))
	for i, v := range values {
		encoded, err := d.appendValue(nil, t, t.Columns[i], v)
		if err != nil {
			return nil, err
		}
		row[t.Columns[i]] = encoded
	}
	return row, nil
}
