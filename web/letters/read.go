package letters

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/text"
	"urna/internal/text/csvtext"
)

// What a spreadsheet can do to a list of keys that cannot be undone, with the remedy.
const (
	saveAsUTF8 = "save it as “CSV UTF-8”, or take the file that Urna wrote"
	asWritten  = "a spreadsheet may have changed it; take the file that Urna wrote"
)

// ReadCSV reads keys that WriteCSV wrote, also if a spreadsheet saved the file again: with a byte order mark, with
// semicolons or tabs, with a line that names the separator, with Windows line ends, with more quotation marks, with
// the columns in another order or with others beside them, with the lines in another order. The apostrophe that
// keeps a spreadsheet from taking a text for a formula is taken off. Other encodings than UTF-8 are refused, since letters
// of names would be lost, and so is a second line about a person. An error names the line and ends the keys. It
// keeps some 40 bytes a key in memory.
func ReadCSV(source io.Reader, e *elections.Election) iter.Seq2[online.Key, error] {
	return func(yield func(online.Key, error) bool) {
		r := keysReader{election: e, seen: map[[16]byte]int32{}}
		err := r.begin(bufio.NewReaderSize(source, 64<<10))
		for err == nil {
			var key online.Key
			if key, err = r.next(); err == nil && !yield(key, nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(online.Key{}, err)
		}
	}
}

// keysReader reads a list of keys line by line.
type keysReader struct {
	election *elections.Election
	lines    *csv.Reader
	before   int                // lines before those of the reader
	columns  map[string]int     // where they are
	seen     map[[16]byte]int32 // the line of each personal id, by its hash
	sealed   *SealedTable       // whose rows describe the election; nil for a list of one that is known
}

// begin reads the lines before the first key.
func (r *keysReader) begin(source *bufio.Reader) error {
	first, err := firstLine(source)
	if err != nil {
		return err
	}
	separator, declared := csvtext.DeclaredSeparator(first)
	switch {
	case declared && separator == 0:
		return r.problem(1, "%s", messages.CsvSeparator())
	case declared:
		r.before, first = 1, nil
	default:
		separator = csvtext.SeparatorOf(first)
	}
	r.lines = csv.NewReader(io.MultiReader(bytes.NewReader(first), source))
	r.lines.Comma, r.lines.FieldsPerRecord, r.lines.TrimLeadingSpace, r.lines.ReuseRecord = rune(separator), -1, true, true
	header, err := r.lines.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return r.explain(err)
	}
	r.columns = map[string]int{}
	for i, name := range header {
		r.columns[strings.ToLower(strings.TrimSpace(name))] = i
	}
	if slices.ContainsFunc(Columns(), func(name string) bool { _, ok := r.columns[name]; return !ok }) {
		return errors.New("these are not keys that Urna wrote: the first line must name the columns " + strings.Join(Columns(), ","))
	}
	return nil
}

// firstLine returns a copy of the first line, without a byte order mark.
func firstLine(source *bufio.Reader) ([]byte, error) {
	line, err := source.ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("read the list of keys: %w", err)
	}
	line = bytes.TrimPrefix(bytes.Clone(line), []byte(csvtext.ByteOrderMark))
	switch {
	case bytes.HasPrefix(line, []byte("PK\x03\x04")), bytes.HasPrefix(line, []byte("\xd0\xcf\x11\xe0")):
		return nil, errors.New("the list of keys is a spreadsheet's own file; " + saveAsUTF8)
	case bytes.HasPrefix(line, []byte("\xff\xfe")), bytes.HasPrefix(line, []byte("\xfe\xff")), bytes.IndexByte(line, 0) >= 0:
		return nil, errors.New("the list of keys is encoded as UTF-16; " + saveAsUTF8)
	case bytes.IndexByte(bytes.TrimRight(line, "\r\n"), '\r') >= 0:
		return nil, errors.New("the lines of the list of keys end as on old Macs; " + saveAsUTF8)
	}
	return line, nil
}

// problem is an error about a line.
func (r *keysReader) problem(line int, format string, values ...any) error {
	return fmt.Errorf("line %d of the list of keys: %s", line, fmt.Sprintf(format, values...))
}

// explain puts an error of the CSV reader into words.
func (r *keysReader) explain(err error) error {
	if malformed, ok := errors.AsType[*csv.ParseError](err); ok {
		return r.problem(r.before+malformed.StartLine, "a quotation mark is out of place (%v)", malformed.Err)
	}
	return fmt.Errorf("read the list of keys: %w", err)
}

// next returns the next key, or io.EOF.
func (r *keysReader) next() (online.Key, error) {
	for {
		cells, err := r.lines.Read()
		if errors.Is(err, io.EOF) {
			return online.Key{}, io.EOF
		}
		if err != nil {
			return online.Key{}, r.explain(err)
		}
		if !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue // a spreadsheet's empty row
		}
		line, _ := r.lines.FieldPos(0)
		return r.key(r.before+line, cells)
	}
}

// key reads a line's cells.
func (r *keysReader) key(line int, cells []string) (online.Key, error) {
	cell := func(column string) string {
		if i, has := r.columns[column]; has && i < len(cells) {
			return csvtext.Plain(strings.TrimSpace(cells[i]))
		}
		return ""
	}
	for _, c := range cells {
		if !utf8.ValidString(c) {
			return online.Key{}, r.problem(line, "it is not text in UTF-8; %s", saveAsUTF8)
		}
	}
	key := online.Key{
		PersonalID: cell(online.ColumnPersonalID), GUID: cell(online.ColumnGUID), Name: cell(online.ColumnName), Email: cell(online.ColumnEmail),
		Address: online.PostalOf(cell),
	}
	for _, value := range [][2]string{{"personal id", key.PersonalID}, {"key", key.GUID}} {
		if i := strings.IndexFunc(value[1], csvtext.Unseen); i >= 0 {
			unseen, _ := utf8.DecodeRuneInString(value[1][i:])
			return online.Key{}, r.problem(line, "the %s has the invisible character %s; delete it", value[0], csvtext.Named(unseen))
		}
	}
	switch {
	case key.PersonalID == "":
		return online.Key{}, r.problem(line, "the personal id is missing; %s", asWritten)
	case shortened.MatchString(key.PersonalID):
		return online.Key{}, r.problem(line, "the personal id %s is a number that a spreadsheet shortened; take the file that Urna wrote", key.PersonalID)
	case !isGUID(key.GUID):
		return online.Key{}, r.problem(line, "%q is not a key; %s", text.Printable(key.GUID), asWritten)
	}
	if r.sealed != nil {
		if err := r.sealed.describe(cell); err != nil {
			return online.Key{}, r.problem(line, "%v", err)
		}
	}
	if err := r.place(line, &key, cell(online.ColumnPlace)); err != nil {
		return online.Key{}, err
	}
	sum := sha256.Sum256([]byte(key.PersonalID))
	hash := [16]byte(sum[:16])
	if first, twice := r.seen[hash]; twice {
		return online.Key{}, r.problem(line, "it is about the same person as line %d, and a person gets one letter; delete one of the two lines", first)
	}
	r.seen[hash] = int32(min(line, 1<<31-1))
	return key, nil
}

// place finds the constituency that a line names.
func (r *keysReader) place(line int, key *online.Key, name string) error {
	if name == "" {
		return nil
	}
	for _, same := range []func(string) bool{
		func(n string) bool { return n == name },
		func(n string) bool { return text.Key(n) == text.Key(name) },
	} {
		i := slices.IndexFunc(r.election.Constituencies, func(c elections.Constituency) bool { return same(c.Name) })
		if i >= 0 {
			key.ConstituencyID = r.election.Constituencies[i].ID
			return nil
		}
	}
	if r.sealed != nil {
		key.ConstituencyID = r.sealed.addPlace(name)
		return nil
	}
	return r.problem(line, "the election has no constituency %q; %s", text.Printable(name), asWritten)
}

// shortened is how spreadsheets write long numbers that they do not keep: 1.23457E+12, with the decimal point or comma.
var shortened = regexp.MustCompile(`^[0-9]([.,][0-9]+)?E\+[0-9]+$`)

// isGUID reports whether a cell has the 32 digits of a key, with or without its dashes.
func isGUID(cell string) bool {
	digits := strings.ReplaceAll(strings.Trim(cell, "{}"), "-", "")
	b, err := hex.DecodeString(digits)
	return err == nil && len(b) == 16
}
