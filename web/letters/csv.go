package letters

import (
	"io"
	"iter"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/text/csvtext"
)

// Columns are those of a table of keys.
func Columns() []string {
	return []string{online.ColumnPersonalID, online.ColumnGUID, online.ColumnPlace, online.ColumnName, online.ColumnEmail}
}

// WriteCSV writes a header and a key a line, in the order of the keys. An error of the keys, or of the
// writer, ends it, and what was written is then not whole. A spreadsheet sees no formula in it; ReadCSV takes back
// what keeps it from doing so.
func WriteCSV(to io.Writer, e *elections.Election, keys iter.Seq2[online.Key, error]) error {
	w := csvtext.NewWriter(to)
	if err := w.Write(online.ColumnPersonalID, online.ColumnGUID, online.ColumnPlace, online.ColumnName, online.ColumnEmail); err != nil {
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
		if err := w.Write(key.PersonalID, key.GUID, place, key.Name, key.Email); err != nil {
			return err
		}
	}
	return w.Flush()
}
