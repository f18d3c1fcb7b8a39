package letters

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"

	"urna/ballots/online"
	"urna/internal/text/csvtext"
)

// addressesFile is the list of addresses in an archive.
const addressesFile = "addresses.csv"

// WriteArchive writes a ZIP for a mailing house: self-contained documents with at most so many letters each, in the order of the
// keys, and a table that says where each letter goes. The table has no key, no personal id and no e-mail address, so that keys are
// only in the mailed letters. It keeps the table in memory. An error of the keys, or of w, ends it, and what was written is then not
// whole.
func (l *Letters) WriteArchive(ctx context.Context, w io.Writer, most int64, keys iter.Seq2[online.Key, error]) error {
	archive := zip.NewWriter(w)
	next, stop := iter.Pull2(keys)
	defer stop()
	a := archived{letters: l, next: next, most: most}
	a.table = csvtext.NewWriter(&a.addresses)
	if err := a.head(); err != nil {
		return err
	}
	self := *l
	self.Whole, self.Back = true, ""
	a.key, a.err, a.more = next()
	for file := 1; a.more || file == 1; file++ {
		a.file = fmt.Sprintf("letters-%04d.html", file)
		to, err := archive.Create(a.file)
		if err != nil {
			return fmt.Errorf("letters: %w", err)
		}
		if err := self.Write(ctx, to, a.some); err != nil {
			return err
		}
	}
	if err := a.table.Flush(); err != nil {
		return err
	}
	to, err := archive.Create(addressesFile)
	if err == nil {
		_, err = to.Write(a.addresses.Bytes())
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	return nil
}

// archived walks over the keys of an archive, and collects the table of addresses.
type archived struct {
	letters *Letters
	next    func() (online.Key, error, bool)
	most    int64 // letters in a file; 0 is all

	key       online.Key // the next one, if there is one more
	err       error
	more      bool
	file      string // the document that is being written
	letter    int64  // how many letters were written, in all
	table     *csvtext.Writer
	addresses bytes.Buffer
}

// head writes the names of the columns.
func (a *archived) head() error {
	row := []any{"letter", "file", "position", "name"}
	for _, column := range online.PostalColumns() {
		row = append(row, column)
	}
	return a.table.Write(append(row, "constituency")...)
}

// some yields the keys of the next document.
func (a *archived) some(yield func(online.Key, error) bool) {
	for position := int64(1); a.more && (a.most < 1 || position <= a.most); position++ {
		if a.err == nil {
			a.err = a.row(position)
		}
		if !yield(a.key, a.err) || a.err != nil {
			return
		}
		a.key, a.err, a.more = a.next()
	}
}

// row writes the line of the present letter.
func (a *archived) row(position int64) error {
	a.letter++
	row := []any{a.letter, a.file, position, a.key.Name}
	for _, value := range a.key.Address.Values() {
		row = append(row, value)
	}
	place := ""
	if c := a.letters.election.Constituency(a.key.ConstituencyID); c != nil {
		place = c.Name
	}
	return a.table.Write(append(row, place)...)
}
