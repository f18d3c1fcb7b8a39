package batch

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"urna/ballots"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text/csvtext"
)

// maxLine is the longest line in bytes that can still be a ballot, generously.
const maxLine = 1024

// A mistake is the reason why parse cannot read a line.
type mistake int

const (
	noMistake mistake = iota
	tooLong
	notTwoValues
	notAGUID
	notAPollNumber
	openQuotes
)

// message returns the mistake in a line as a whole sentence for the person who uploaded it.
func (m mistake) message(f form) messages.Message {
	switch m {
	case tooLong:
		return messages.BallotFileTooLong()
	case notTwoValues:
		return f.twoValues()
	case notAGUID:
		return messages.BallotFileGuid()
	case notAPollNumber:
		return messages.BallotFilePollNumber()
	case openQuotes:
		return messages.BallotFileQuotes()
	case noMistake:
	}
	return messages.Message{}
}

// twoValues returns the sentence for a line without two values.
func (f form) twoValues() messages.Message {
	switch {
	case f.station != 0:
		return messages.BallotFileThreeValues()
	case !f.declared:
		return messages.BallotFileTwoValues()
	case f.usual == ';':
		return messages.BallotFileTwoValuesSemicolon()
	case f.usual == '\t':
		return messages.BallotFileTwoValuesTab()
	default:
		return messages.BallotFileTwoValuesComma()
	}
}

// form is the separator syntax of a file's lines.
type form struct {
	separators string // each may be
	usual      byte   // one of them, which is read at full speed
	declared   bool   // the file's first line names the one separator
	station    int    // the column of the polling station, from 1; 0 if lines have none
}

// anyForm is the form of a file that does not name its separator: each line has a comma, a semicolon or a tab.
func anyForm() form { return form{separators: csvtext.Separators, usual: ','} }

// declaredForm is the form of a file whose first line names its separator.
func declaredForm(separator byte) form {
	return form{separators: string(rune(separator)), usual: separator, declared: true}
}

// parse reads one line without its line end: a GUID and a poll number, apart by a separator, each with or
// without quotation marks and blanks around it.
func (f form) parse(line []byte) (g ballots.GUID, pollNumber int32, m mistake) {
	if f.station != 0 {
		g, pollNumber, _, m = f.parseLine(line)
		return g, pollNumber, m
	}
	if len(line) > 37 && line[36] == f.usual { // the usual form, at full speed
		var ok bool
		if g, ok = ballots.ParseGUID(line[:36]); ok {
			if pollNumber, ok = parsePollNumber(line[37:]); ok {
				return g, pollNumber, noMistake
			}
		}
	}
	if len(line) > maxLine {
		return ballots.GUID{}, 0, tooLong
	}
	values, m := f.split(line)
	if m != noMistake {
		return ballots.GUID{}, 0, m
	}
	return parseValues(values[0], values[1])
}

func parseValues(guid, number []byte) (g ballots.GUID, pollNumber int32, m mistake) {
	g, ok := ballots.ParseGUID(guid)
	if !ok {
		return ballots.GUID{}, 0, notAGUID
	}
	if pollNumber, ok = parsePollNumber(number); !ok {
		return ballots.GUID{}, 0, notAPollNumber
	}
	return g, pollNumber, noMistake
}

// parsePollNumber reads ASCII digits, leading zeros allowed, of a value up to ballots.MaxPollNumber.
func parsePollNumber(s []byte) (int32, bool) {
	if len(s) == 0 || len(s) > 20 {
		return 0, false
	}
	var n int32
	for _, digit := range s {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		if n = 10*n + int32(digit-'0'); n > ballots.MaxPollNumber {
			return 0, false
		}
	}
	return n, true
}

// split cuts a line into its two values.
func (f form) split(line []byte) (values [2][]byte, m mistake) {
	m = f.splitInto(values[:], line)
	return values, m
}

// splitInto cuts a line into as many values as there is room for.
func (f form) splitInto(values [][]byte, line []byte) (m mistake) {
	rest := bytes.Trim(line, " \r")
	for i := range values {
		var quoted bool
		if values[i], rest, quoted, m = f.nextValue(rest); m != noMistake {
			return m
		}
		if i < len(values)-1 {
			if len(rest) == 0 {
				return notTwoValues
			}
			blanks := " \t"
			if rest[0] == '\t' { // then a further one would be an empty value
				blanks = " "
			}
			rest = bytes.TrimLeft(rest[1:], blanks)
		}
		if !quoted {
			values[i] = bytes.Trim(values[i], " \t")
		}
	}
	if len(rest) != 0 {
		return notTwoValues
	}
	return noMistake
}

// nextValue cuts the first value off s; rest begins with the separator after it, or is empty.
func (f form) nextValue(s []byte) (value, rest []byte, quoted bool, m mistake) {
	if len(s) == 0 || s[0] != '"' {
		end := bytes.IndexAny(s, f.separators)
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], false, noMistake
	}
	end := bytes.IndexByte(s[1:], '"')
	if end < 0 {
		return nil, nil, true, openQuotes
	}
	value, rest = s[1:1+end], bytes.TrimLeft(s[2+end:], " ")
	if len(rest) > 0 && strings.IndexByte(f.separators, rest[0]) < 0 {
		return nil, nil, true, notTwoValues
	}
	return bytes.TrimSpace(value), rest, true, noMistake
}

// isHeader reports whether a file's first line names columns: two values without a digit in them, in a
// line of text that is not longer than a ballot's. A damaged first ballot is never taken for one, because
// its GUID or poll number still has digits.
func (f form) isHeader(line []byte) bool {
	if len(line) > maxLine || !isText(line) {
		return false
	}
	values, m := f.split(line)
	if m != noMistake {
		return false
	}
	for _, v := range values {
		if len(v) == 0 || bytes.ContainsAny(v, "0123456789") {
			return false
		}
	}
	return true
}

func isBlank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// isText reports whether a line holds no bytes that text never has.
func isText(line []byte) bool {
	return bytes.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' || r == 0x7f }) < 0
}

// explain names the mistake of a line that parse could not read. Invisible characters come first, because a reader
// of the file does not see them and takes the line for a good one.
func (f form) explain(line []byte, m mistake) messages.Message {
	hidden, found := csvtext.FindHidden(line[:min(len(line), maxLine)], f.separators, nil)
	switch {
	case found && len(line) <= maxLine && (!unicode.IsControl(hidden.Rune) || f.readsWithoutHidden(line)):
		value := messages.Message{}
		switch {
		case f.station != 0: // the columns are in any order
		case hidden.Value == 0:
			value = messages.BallotFileValueGuid()
		case hidden.Value == 1:
			value = messages.BallotFileValuePollNumber()
		}
		return problem.InLine(hidden, value)
	case !isText(line):
		return messages.BallotFileNotText()
	case bytes.IndexByte(line, '\r') >= 0: // that of a CRLF is gone
		return messages.BallotFileCarriageReturn()
	case len(line) <= maxLine && !utf8.Valid(line):
		return notUTF8(line)
	}
	return m.message(f)
}

// readsWithoutHidden reports whether a line is good but for invisible characters. Bytes without meaning,
// as in a picture, are not: naming one of them does not help.
func (f form) readsWithoutHidden(line []byte) bool {
	_, _, m := f.parse(bytes.Map(func(r rune) rune {
		if csvtext.Unseen(r) {
			return -1
		}
		return r
	}, line))
	return m == noMistake
}

// notUTF8 names the first byte of a line that is no UTF-8.
func notUTF8(line []byte) messages.Message {
	column := int64(1)
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		if r == utf8.RuneError && size == 1 {
			break
		}
		line = line[size:]
		column++
	}
	return messages.BallotFileNotUtf8(fmt.Sprintf("%X", line[0]), column)
}
