package letters

import (
	"encoding/csv"
	"iter"
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

// plain takes back what harmless did, also what it does today and did not always do: a text that begins with a tab
// or a carriage return is not for a spreadsheet either.
func plain(cell string) string {
	if bare, ok := strings.CutPrefix(cell, "'"); ok && bare != "" && (harmless(bare) == cell || strings.ContainsAny(bare[:1], "=+-@	")) {
		return bare
	}
	return cell
}
