package letters

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"urna/ballots/online"
	"urna/elections"
)

// Columns are those of a table of keys.
func Columns() []string { return []string{"personal_id", "guid", "constituency", "name", "email"} }

// WriteCSV writes a header and a key a line, in the order of the keys. An error of the keys, or of the
// writer, ends it, and what was written is then not whole. Personal ids and keys are written as they are,
// since machines read them; in a name or an e-mail address a spreadsheet sees no formula.
func WriteCSV(w *csv.Writer, e *elections.Election, keys iter.Seq2[online.Key, error]) error {
	if err := w.Write(Columns()); err != nil {
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
		if err := w.Write([]string{key.PersonalID, key.GUID, place, harmless(key.Name), harmless(key.Email)}); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@|%\uff1d\uff0b\uff0d\uff20", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}

// ReadCSV reads keys that WriteCSV wrote. A line that is none is an error that names it, and ends them.
func ReadCSV(source io.Reader, e *elections.Election) iter.Seq2[online.Key, error] {
	places := map[string]int64{}
	for _, c := range e.Constituencies {
		places[c.Name] = c.ID
	}
	return func(yield func(online.Key, error) bool) {
		from := csv.NewReader(source)
		from.FieldsPerRecord, from.ReuseRecord = len(Columns()), true
		for first := true; ; first = false {
			record, err := from.Read()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				err = fmt.Errorf("these are not keys that Urna wrote: %w", err)
			case first && slices.Equal(record, Columns()):
				continue
			case first:
				err = errors.New("these are not keys that Urna wrote: the first line must name the columns " + strings.Join(Columns(), ","))
			}
			if err != nil {
				yield(online.Key{}, err)
				return
			}
			key := online.Key{PersonalID: record[0], GUID: record[1], ConstituencyID: places[record[2]], Name: plain(record[3]), Email: plain(record[4])}
			if !yield(key, nil) {
				return
			}
		}
	}
}

// plain takes back what harmless did.
func plain(cell string) string {
	if bare, ok := strings.CutPrefix(cell, "'"); ok && harmless(bare) == cell {
		return bare
	}
	return cell
}
