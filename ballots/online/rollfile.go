package online

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text/csvtext"
)

// maxRollLine is the longest line of a roll's file, in bytes.
const maxRollLine = 4096

// The columns of a roll, in the order that a file without a header has them.
const (
	columnPersonalID = iota
	columnConstituency
	columnName
	columnEmail
	columnAddress // the first of seven, in the order of PostalColumns
	columns       = columnAddress + 7
	columnOther   = columns // is not looked at
)

// RollFile is a roll as people write it: a CSV file with a voter a line.
type RollFile struct {
	// Header tells, once the first voter was read, whether the first line named the columns.
	Header bool

	source    *bufio.Reader
	line      int64
	broken    bool // the header is, or the file is of another kind; nothing behind it means anything
	separator byte
	declared  bool  // by a line before all others
	order     []int // what the columns are; nil before the first line
}

// NewRollFile returns a reader of a roll's file. Its values stand apart by commas, semicolons or tabs,
// whichever the first line has most of, with or without quotation marks. A first line that names columns
// (personal_id, constituency, name, email, address_1 to address_4, postcode, town and country, in common
// spellings and any order; others are not looked at)
// is a header; without one the columns are these, from the left, as many as there are. A spreadsheet's line
// that names the separator ("sep=;") before all others decides instead. Blank lines are passed over. A line with
// invisible characters is one with a Problem; in a name those that scripts need, and blanks of any kind,
// are none. The file is read once and in bounded memory.
func NewRollFile(source io.Reader) *RollFile {
	return &RollFile{source: bufio.NewReaderSize(source, 64<<10)}
}

// Voters returns the roll's voters. A line that cannot be read is one with a Problem; an error of the
// source ends them.
func (f *RollFile) Voters() iter.Seq2[Voter, error] {
	return func(yield func(Voter, error) bool) {
		for {
			line, mistake, err := f.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Voter{}, err)
				return
			}
			v, ok := f.voter(line, mistake)
			if ok && !yield(v, nil) || f.broken {
				return
			}
		}
	}
}

// next returns the next line without its end, or its problem. Of a line that is too long
// nothing is kept.
func (f *RollFile) next() (line []byte, mistake messages.Message, err error) {
	line, err = f.source.ReadSlice('\n')
	f.line++
	long := len(line) > maxRollLine
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		_, err = f.source.ReadSlice('\n')
	}
	if errors.Is(err, io.EOF) && (len(line) > 0 || long) {
		err = nil // the next call finds the end again
	}
	if err != nil {
		return nil, messages.Message{}, err
	}
	if f.line == 1 {
		line = bytes.TrimPrefix(line, []byte(csvtext.ByteOrderMark))
		if f.broken = otherFormat(line); f.broken {
			return nil, messages.RollOtherFormat(), nil
		}
	}
	line = bytes.TrimRight(line, "\r\n")
	switch {
	case long:
		return nil, messages.RollTooLong(), nil
	case !utf8.Valid(line):
		return nil, messages.RollNotUtf8(), nil
	case bytes.IndexByte(line, '\r') >= 0:
		return nil, messages.RollCarriageReturn(), nil
	}
	return line, messages.Message{}, nil
}

// otherFormat reports whether a file that begins so is no text in UTF-8 at all: UTF-16 or UTF-32, with a mark or
// without, which have many bytes that are zero, or a workbook.
func otherFormat(line []byte) bool {
	for _, begins := range []string{"\xff\xfe", "\xfe\xff", "PK\x03\x04", "\xd0\xcf\x11\xe0"} {
		if bytes.HasPrefix(line, []byte(begins)) {
			return true
		}
	}
	zeros := bytes.Count(line, []byte{0})
	return zeros > 0 && 3*zeros >= len(line)
}

// voter reads a line; false if it is blank, of empty cells alone, or a header without a fault.
func (f *RollFile) voter(line []byte, mistake messages.Message) (Voter, bool) {
	v := Voter{Line: f.line, Problem: mistake}
	if !mistake.IsZero() {
		return v, true
	}
	if len(bytes.TrimSpace(line)) == 0 {
		return v, false
	}
	if f.line == 1 && f.declares(line) {
		if f.broken = f.separator == 0; f.broken {
			v.Problem = messages.CsvSeparator()
		}
		return v, f.broken
	}
	if f.order == nil && !f.declared {
		f.separator = csvtext.SeparatorOf(line)
	}
	values, ok := splitRoll(string(line), f.separator)
	if !ok {
		v.Problem = messages.RollQuotes()
		return v, true
	}
	if f.order != nil && strings.Join(values, "") == "" {
		return v, false // a row of empty cells, as spreadsheets save it
	}
	header := false
	if f.order == nil {
		header, v.Problem = f.begin(values)
	}
	if v.Problem.IsZero() {
		v.Problem = f.hidden(line)
	}
	if header {
		f.broken = !v.Problem.IsZero()
	}
	if !v.Problem.IsZero() || header {
		return v, !v.Problem.IsZero()
	}
	into := [columns]*string{columnPersonalID: &v.PersonalID, columnConstituency: &v.Constituency, columnName: &v.Name, columnEmail: &v.Email}
	copy(into[columnAddress:], v.Address.fields())
	for i, value := range values {
		switch {
		case i < len(f.order) && f.order[i] == columnOther:
		case i < len(f.order):
			*into[f.order[i]] = csvtext.Plain(value) // a list of keys is a roll too
		case value != "":
			v.Problem = messages.RollManyValues()
		}
	}
	return v, true
}

// declares reports whether the line names the separator, which is then the file's, or 0 if it is not read here.
func (f *RollFile) declares(line []byte) bool {
	f.separator, f.declared = csvtext.DeclaredSeparator(line)
	return f.declared
}

// begin takes the order of the columns from the first line with values, and reports whether it is a header.
func (f *RollFile) begin(values []string) (header bool, mistake messages.Message) {
	if f.order, mistake = readHeader(values); f.order != nil {
		f.Header = true
		return true, mistake
	}
	f.order = []int{columnPersonalID, columnConstituency, columnName, columnEmail}
	return false, messages.Message{}
}

// hidden names the first invisible character of a line that its column cannot have, no sentence if there is none.
func (f *RollFile) hidden(line []byte) messages.Message {
	if !bytes.ContainsFunc(line, func(r rune) bool { return r >= 0x80 || csvtext.Unseen(r) }) {
		return messages.Message{} // most lines
	}
	column := func(value int) int {
		if value < len(f.order) {
			return f.order[value]
		}
		return columnOther
	}
	hidden, found := csvtext.FindHidden(line, string(rune(f.separator)), func(value int, r rune) bool {
		switch column(value) {
		case columnPersonalID, columnEmail:
			return csvtext.Unseen(r)
		case columnName, columnConstituency: // whether there is such a constituency is asked later
			return csvtext.UnseenInName(r) && !unicode.Is(unicode.Zs, r)
		}
		if of := column(value); of >= columnAddress && of < columns {
			return csvtext.UnseenInName(r) && !unicode.Is(unicode.Zs, r)
		}
		return unicode.IsControl(r) && r != '\t'
	})
	if !found {
		return messages.Message{}
	}
	return problem.InLine(hidden, nameOfColumn(column(hidden.Value)))
}

// nameOfColumn returns how a sentence calls a value of a column, no words for one that the roll does not use.
func nameOfColumn(column int) messages.Message {
	switch column {
	case columnPersonalID:
		return messages.RollPersonalId()
	case columnConstituency:
		return messages.RollConstituency()
	case columnName:
		return messages.RollName()
	case columnEmail:
		return messages.RollEmail()
	default:
		if column >= columnAddress && column < columns {
			return messages.RollAddress()
		}
		return messages.Message{}
	}
}

// splitRoll cuts a line into its values, without the blanks around them; false where its quotation marks
// are not in order.
func splitRoll(line string, separator byte) ([]string, bool) {
	var values []string
	for {
		line = strings.TrimLeft(line, " ")
		if !strings.HasPrefix(line, `"`) {
			value, rest, more := strings.Cut(line, string(separator))
			values = append(values, strings.TrimSpace(value))
			if !more {
				return values, true
			}
			line = rest
			continue
		}
		value, rest, ok := quotedValue(line[1:])
		if !ok {
			return nil, false
		}
		values = append(values, strings.TrimSpace(value))
		rest = strings.TrimLeft(rest, " ")
		if rest == "" {
			return values, true
		}
		if rest[0] != separator {
			return nil, false
		}
		line = rest[1:]
	}
}

// quotedValue cuts a value off whose opening quotation mark is gone; two together stand for one.
func quotedValue(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for {
		part, after, found := strings.Cut(s, `"`)
		b.WriteString(part)
		if !found {
			return "", "", false
		}
		if !strings.HasPrefix(after, `"`) {
			return b.String(), after, true
		}
		b.WriteByte('"')
		s = after[1:]
	}
}

// readHeader returns what the columns are where the first line names any, nil where it is a voter's.
func readHeader(names []string) (order []int, mistake messages.Message) {
	seen := map[int]bool{}
	for _, name := range names {
		column := columnNamed(name)
		if column != columnOther && seen[column] {
			mistake = messages.RollColumnTwice(name)
		}
		seen[column] = true
		order = append(order, column)
	}
	delete(seen, columnOther)
	switch {
	case len(seen) == 0 || len(names) == 1 && !seen[columnPersonalID]:
		return nil, messages.Message{}
	case !seen[columnPersonalID]:
		return order, messages.RollNoPersonalId()
	}
	return order, mistake
}

// columnNamed returns the column that a header's word names.
func columnNamed(name string) int {
	if place, is := postalColumn(name); is {
		return columnAddress + place
	}
	folded := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	for column, words := range [columns][]string{
		columnPersonalID:   {"personalid", "personalidentifier", "id", "voterid", "memberid", "jmbg"},
		columnConstituency: {"constituency", "district", "ward"},
		columnName:         {"name", "fullname", "votername"},
		columnEmail:        {"email", "mail", "emailaddress"},
	} {
		if slices.Contains(words, folded) && strings.Trim(name, "0123456789") == name {
			return column
		}
	}
	return columnOther
}

// RollProblems returns what a refused roll's message is followed by: how many lines have a problem where
// not all of them are named; "" where they are.
func RollProblems(refusal *problem.Error) string {
	n, ok := refusal.Extra["problems"].(int64)
	if !ok || n <= int64(len(refusal.Fields)) {
		return ""
	}
	return fmt.Sprintf("These are the first %d of %d problems.", len(refusal.Fields), n)
}
