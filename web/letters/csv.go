package letters

import (
	"io"
	"iter"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/text/csvtext"
)

// Columns are those that a table of keys must have; those of an address follow.
func Columns() []string {
	return []string{online.ColumnPersonalID, online.ColumnGUID, online.ColumnPlace, online.ColumnName, online.ColumnEmail}
}

// WriteCSV writes a header and a key a line, in the order of the keys. An error of the keys, or of the
// writer, ends it, and what was written is then not whole. A spreadsheet sees no formula in it; ReadCSV takes back
// what keeps it from doing so.
func WriteCSV(to io.Writer, e *elections.Election, keys iter.Seq2[online.Key, error]) error {
	w := csvtext.NewWriter(to)
	head := []any{online.ColumnPersonalID, online.ColumnGUID, online.ColumnPlace, online.ColumnName, online.ColumnEmail}
	for _, column := range online.PostalColumns() {
		head = append(head, column)
	}
	if err := w.Write(head...); err != nil {
		return err
	}
	for key, err := range keys {
		if err != nil {
			return err
		}
		place := ""
		if c := e.Constituency(key.ConstituencyID); c != nil {
			place = c.Name
		}
		row := []any{key.PersonalID, key.GUID, place, key.Name, key.Email}
		for _, value := range key.Address.Values() {
			row = append(row, value)
		}
		if err := w.Write(row...); err != nil {
			return err
		}
	}
	return w.Flush()
}
