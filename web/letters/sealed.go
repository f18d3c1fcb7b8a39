package letters

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/ballots/online"
	"urna/elections"
)

// SealedTable is the table of keys that a sealed file has. It says all that letters need, so it is read without a data folder.
type SealedTable struct {
	// Election has what letters say of the election. Its constituencies are those of the keys that were read so far.
	Election *elections.Election
	// Address is that of the service as voters open it; "" if it was not known when the keys were issued.
	Address string

	reader keysReader
	first  online.Key
	rows   [len(details)]string // what each row says of the election
}

// details are the columns that are the same in all rows.
var details = [...]string{ //nolint:gochecknoglobals // a table, never written
	online.ColumnElection, online.ColumnTitle, online.ColumnStarts, online.ColumnEnds, online.ColumnZone, online.ColumnRehearsal, online.ColumnPage,
}

// errTable is returned for an opened file with another content.
var errTable = errors.New("the file was opened, but it is no table of keys that Urna sealed")

// ReadSealed reads the beginning of the table, which is the opened content of a sealed file.
func ReadSealed(source io.Reader) (*SealedTable, error) {
	t := &SealedTable{Election: &elections.Election{Constituencies: []elections.Constituency{{}}}} // letters name no place if there is one
	t.reader = keysReader{election: t.Election, seen: map[[16]byte]int32{}, sealed: t}
	if err := t.reader.begin(bufio.NewReaderSize(source, 64<<10)); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(details[:], func(name string) bool { _, ok := t.reader.columns[name]; return !ok }) {
		return nil, errTable
	}
	var err error
	if t.first, err = t.reader.next(); errors.Is(err, io.EOF) {
		return nil, errors.New("the sealed file has no keys")
	}
	return t, err
}

// Keys returns the keys in the order of the table, once. An error ends them; the keys before it are then not all.
func (t *SealedTable) Keys() iter.Seq2[online.Key, error] {
	return func(yield func(online.Key, error) bool) {
		key, err := t.first, error(nil)
		for err == nil && yield(key, nil) {
			key, err = t.reader.next()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			yield(online.Key{}, err)
		}
	}
}

// describe takes what the first row says of the election, and compares each later row with it.
func (t *SealedTable) describe(cell func(column string) string) error {
	var row [len(details)]string
	for i, name := range details {
		row[i] = cell(name)
	}
	switch {
	case row == t.rows:
		return nil
	case t.rows != [len(details)]string{}:
		return errors.New("it is of another election than the lines before it")
	}
	t.rows = row
	e := t.Election
	var err [3]error
	e.ID, err[0] = strconv.ParseInt(row[0], 10, 64)
	e.StartsAt, err[1] = time.Parse(time.RFC3339, row[2])
	e.EndsAt, err[2] = time.Parse(time.RFC3339, row[3])
	e.Title, e.TimeZone, e.Rehearsal = row[1], row[4], row[5] == "yes"
	if failed := errors.Join(err[:]...); failed != nil || e.Title == "" {
		return fmt.Errorf("what it says of the election cannot be read: %w", errors.Join(errTable, failed))
	}
	t.Address = strings.TrimSuffix(row[6], "/vote/"+row[0])
	return nil
}

// addPlace returns the id of a constituency that the table names for the first time.
func (t *SealedTable) addPlace(name string) int64 {
	e := t.Election
	id := int64(len(e.Constituencies))
	e.Constituencies = append(e.Constituencies, elections.Constituency{ID: id, Name: name})
	return id
}
