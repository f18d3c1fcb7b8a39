package online

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"urna/elections"
	"urna/internal/sealed"
	"urna/internal/text/csvtext"
)

// Replacement is a key that was issued in the place of another one.
type Replacement struct {
	Key      Key      // without a GUID if it is sealed
	Sealed   string   // an age file in ASCII armor with a table of the key; "" if it is not sealed
	SealedTo []string // recipients
}

// ErrSealed is returned for the clear text of keys that are sealed.
var ErrSealed = errors.New("online: the keys are sealed")

// sealTo returns those to whom keys of the election are sealed: those that the election wants, or those of the caller.
func sealTo(e *elections.Election, to sealed.Recipients) (sealed.Recipients, error) {
	wanted, mistake := sealed.Parse(strings.Join(e.SealKeysTo, " "))
	switch {
	case !mistake.IsZero():
		return sealed.Recipients{}, errors.New("online: the election's recipients of keys are no recipients")
	case wanted.IsZero():
		return to, nil
	case !to.IsZero() && !to.Equal(wanted):
		return sealed.Recipients{}, ErrSealedToOthers
	}
	return wanted, nil
}

// keepsSealing reports whether keys that are sealed to some recipients, or to none, may be issued in the election.
func keepsSealing(e *elections.Election, to sealed.Recipients) bool {
	wanted, err := sealTo(e, to)
	return err == nil && wanted.Equal(to)
}

// inLog returns recipients as events and approvals have them: a list that is empty if keys are not sealed.
func inLog(to sealed.Recipients) []string { return append([]string{}, to.Names()...) }

// replacement returns a replaced key, sealed if there are recipients.
func replacement(e *elections.Election, k Key, to sealed.Recipients, address string) (Replacement, error) {
	if to.IsZero() {
		return Replacement{Key: k}, nil
	}
	var plain bytes.Buffer
	t := newSealedTable(&plain, e, address)
	if err := errors.Join(t.add(&k), t.rows.Flush()); err != nil {
		return Replacement{}, err
	}
	text, err := to.Text(plain.Bytes())
	return Replacement{Key: Key{PersonalID: k.PersonalID, ConstituencyID: k.ConstituencyID}, Sealed: text, SealedTo: to.Names()}, err
}

// The columns of the table of keys in a sealed file. All that letters say is in it, in every row: a machine without the
// data folder writes letters from it, and so does a mail merge.
const (
	ColumnPersonalID = "personal_id"
	ColumnGUID       = "guid"
	ColumnPlace      = "constituency" // "" if the election has just one
	ColumnName       = "name"
	ColumnEmail      = "email"
	ColumnElection   = "election_number"
	ColumnTitle      = "election"
	ColumnStarts     = "starts_at" // RFC 3339
	ColumnEnds       = "ends_at"
	ColumnZone       = "time_zone"
	ColumnRehearsal  = "rehearsal"   // yes, or no
	ColumnPage       = "voting_page" // the address where voters vote, "" if it was not known
)

// sealedTable writes the table of a sealed file.
type sealedTable struct {
	rows     *csvtext.Writer
	election *elections.Election
	same     []any // the values that all rows have
}

func newSealedTable(w io.Writer, e *elections.Election, address string) *sealedTable {
	number, rehearsal, page := strconv.FormatInt(e.ID, 10), "no", ""
	if e.Rehearsal {
		rehearsal = "yes"
	}
	if address != "" {
		page = strings.TrimRight(address, "/") + "/vote/" + number
	}
	zone := e.Location()
	t := &sealedTable{rows: csvtext.NewWriter(w), election: e, same: []any{
		number, e.Title, e.StartsAt.In(zone).Format(time.RFC3339), e.EndsAt.In(zone).Format(time.RFC3339), e.TimeZone, rehearsal, page,
	}}
	head := []any{
		ColumnPersonalID, ColumnGUID, ColumnPlace, ColumnName, ColumnEmail,
		ColumnElection, ColumnTitle, ColumnStarts, ColumnEnds, ColumnZone, ColumnRehearsal, ColumnPage,
	}
	for _, column := range PostalColumns() {
		head = append(head, column)
	}
	_ = t.rows.Write(head...) // the writer keeps its first error
	return t
}

func (t *sealedTable) add(k *Key) error {
	place := ""
	if c := t.election.Constituency(k.ConstituencyID); c != nil && len(t.election.Constituencies) > 1 {
		place = c.Name
	}
	row := append([]any{k.PersonalID, k.GUID, place, k.Name, k.Email}, t.same...)
	for _, value := range k.Address.Values() {
		row = append(row, value)
	}
	return t.rows.Write(row...)
}

// sealedSpool is a spool whose file is the sealed table. The keys are never in it, nor anywhere else, in clear text.
type sealedSpool struct {
	file   *os.File
	writer io.WriteCloser
	table  *sealedTable
}

func newSealedSpool(folder string, e *elections.Election, to sealed.Recipients, address string) (*sealedSpool, error) {
	file, err := unnamedFile(folder)
	if err != nil {
		return nil, err
	}
	w, err := to.NewWriter(file)
	if err != nil {
		return nil, errors.Join(spoolError("make", err), file.Close())
	}
	return &sealedSpool{file: file, writer: w, table: newSealedTable(w, e, address)}, nil
}

func (p *sealedSpool) add(k *Key) error {
	return spoolError("write", p.table.add(k))
}

func (p *sealedSpool) finish() error {
	return spoolError("write", errors.Join(p.table.rows.Flush(), p.writer.Close()))
}

// reader returns the file from its beginning; it may be read again.
func (p *sealedSpool) reader() io.Reader { return io.NewSectionReader(p.file, 0, 1<<62) }

func (p *sealedSpool) close() error { return p.file.Close() }
