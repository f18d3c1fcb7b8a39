package batch

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"urna/ballots"
	"urna/internal/text/csvtext"
)

// maxLine is the longest line in bytes that can still be a ballot, generously.
const maxLine = 1024

// The problems of a line, as whole sentences for the person who uploaded it.
const (
	problemTooLong    = "The line is longer than a ballot can be. Each line holds a GUID, a comma and a poll number."
	problemValues     = "The line does not have two values. Write the ballot's GUID, a comma and the poll number."
	problemDeclared   = "The line does not have two values apart by a %s, which the file's first line names as its separator."
	problemGUID       = "The first value is not a ballot GUID. Write a UUID such as 5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11."
	problemPollNumber = "The second value is not a poll number. Write a whole number from 0 to 99999, in digits only."
	problemQuotes     = "A quotation mark is not closed on the same line."
	problemBlank      = "The line is blank. Blank lines may only stand at the end of the file."
	problemLineEnds   = "There is a carriage return within the line, as if lines ended with it alone, as on old Macs. Save the file with the line ends of Windows (CRLF) or Unix (LF)."
	problemNotText    = "The line holds bytes that do not belong in a text file."
)

// form is the separator syntax of a file's lines.
type form struct {
	separators string // each may be
	usual      byte   // one of them, which is read at full speed
	declared   bool   // the file's first line names the one separator
}

// anyForm is the form of a file that does not name its separator: each line has a comma, a semicolon or a tab.
func anyForm() form { return form{separators: csvtext.Separators, usual: ','} }

// declaredForm is the form of a file whose first line names its separator.
func declaredForm(separator byte) form {
	return form{separators: string(rune(separator)), usual: separator, declared: true}
}

// parse reads one line without its line end: a GUID and a poll number, apart by a separator, each with or
// without quotation marks and blanks around it. The problem is "" for a good line.
func (f form) parse(line []byte) (g ballots.GUID, pollNumber int32, problem string) {
	if len(line) > 37 && line[36] == f.usual { // the usual form, at full speed
		var ok bool
		if g, ok = ballots.ParseGUID(line[:36]); ok {
			if pollNumber, ok = parsePollNumber(line[37:]); ok {
				return g, pollNumber, ""
			}
		}
	}
	if len(line) > maxLine {
		return ballots.GUID{}, 0, problemTooLong
	}
	values, problem := f.split(line)
	if problem != "" {
		if problem == problemValues && f.declared {
			problem = fmt.Sprintf(problemDeclared, csvtext.SeparatorName(f.usual))
		}
		return ballots.GUID{}, 0, problem
	}
	g, ok := ballots.ParseGUID(values[0])
	if !ok {
		return ballots.GUID{}, 0, problemGUID
	}
	if pollNumber, ok = parsePollNumber(values[1]); !ok {
		return ballots.GUID{}, 0, problemPollNumber
	}
	return g, pollNumber, ""
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
func (f form) split(line []byte) (values [2][]byte, problem string) {
	rest := bytes.Trim(line, " \r")
	for i := range values {
		var quoted bool
		if values[i], rest, quoted, problem = f.nextValue(rest); problem != "" {
			return values, problem
		}
		if i == 0 {
			if len(rest) == 0 {
				return values, problemValues
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
		return values, problemValues
	}
	return values, ""
}

// nextValue cuts the first value off s; rest begins with the separator after it, or is empty.
func (f form) nextValue(s []byte) (value, rest []byte, quoted bool, problem string) {
	if len(s) == 0 || s[0] != '"' {
		end := bytes.IndexAny(s, f.separators)
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], false, ""
	}
	end := bytes.IndexByte(s[1:], '"')
	if end < 0 {
		return nil, nil, true, problemQuotes
	}
	value, rest = s[1:1+end], bytes.TrimLeft(s[2+end:], " ")
	if len(rest) > 0 && strings.IndexByte(f.separators, rest[0]) < 0 {
		return nil, nil, true, problemValues
	}
	return bytes.TrimSpace(value), rest, true, ""
}

// isHeader reports whether a file's first line names columns: two values without a digit in them, in a
// line of text that is not longer than a ballot's. A damaged first ballot is never taken for one, because
// its GUID or poll number still has digits.
func (f form) isHeader(line []byte) bool {
	if len(line) > maxLine || !isText(line) {
		return false
	}
	values, problem := f.split(line)
	if problem != "" {
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

// explain returns the problem of a line that parse found a problem with, in the words that help most: what a
// reader of the file does not see comes first, since to such a reader the line looks good.
func (f form) explain(line []byte, problem string) string {
	hidden, found := csvtext.FindHidden(line[:min(len(line), maxLine)], f.separators, nil)
	switch {
	case found && len(line) <= maxLine && (!unicode.IsControl(hidden.Rune) || f.readsWithoutHidden(line)):
		return hidden.Problem("the GUID", "the poll number")
	case !isText(line):
		return problemNotText
	case bytes.IndexByte(line, '\r') >= 0: // that of a CRLF is gone
		return problemLineEnds
	case len(line) <= maxLine && !utf8.Valid(line):
		return notUTF8(line)
	}
	return problem
}

// readsWithoutHidden reports whether a line is good but for invisible characters. Bytes without meaning,
// as in a picture, are not: naming one of them does not help.
func (f form) readsWithoutHidden(line []byte) bool {
	_, _, problem := f.parse(bytes.Map(func(r rune) rune {
		if csvtext.Unseen(r) {
			return -1
		}
		return r
	}, line))
	return problem == ""
}

// notUTF8 names the first byte of a line that is no UTF-8.
func notUTF8(line []byte) string {
	column := 1
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		if r == utf8.RuneError && size == 1 {
			break
		}
		line = line[size:]
		column++
	}
	return fmt.Sprintf("The line has the byte %X at column %d, which is not text in UTF-8. Save the file as “CSV UTF-8”.", line[0], column)
}
