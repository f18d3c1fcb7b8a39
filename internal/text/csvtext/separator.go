package csvtext

import (
	"bytes"
	"strings"
)

// ByteOrderMark is what some programs write before text in UTF-8.
const ByteOrderMark = "\ufeff"

// Separators are the characters that may be between the values of a line.
const Separators = ",;\t"

// DeclaredSeparator reads the line by which a spreadsheet names the separator of a file, such as "sep=;", with or
// without quotation marks, and with empty cells behind it. It is the first line of a file, after a byte order mark.
// The result is false for any other line. The separator is 0 if it is not one of Separators: such a file
// cannot be read.
func DeclaredSeparator(line []byte) (separator byte, declared bool) {
	const most = 64 // bytes; a longer line declares nothing
	if len(line) > most {
		return 0, false
	}
	line = bytes.Trim(line, "\" \r\n")
	const begins = "sep="
	if len(line) < len(begins) || !strings.EqualFold(string(line[:len(begins)]), begins) {
		return 0, false
	}
	rest := string(line[len(begins):])
	if rest == `\t` {
		return '\t', true
	}
	if rest != "" && strings.Contains(Separators, rest[:1]) && strings.Trim(rest, rest[:1]) == "" {
		return rest[0], true
	}
	// A value that only begins so, such as "sep=arate", is none of this.
	return 0, len([]rune(rest)) <= 1
}

// SeparatorOf returns which of Separators a line has most of outside quotation marks; a comma where it has none.
func SeparatorOf(line []byte) byte {
	best, most := byte(','), 0
	for _, separator := range []byte(Separators) {
		n, quoted := 0, false
		for _, b := range line {
			if b == '"' {
				quoted = !quoted
			} else if b == separator && !quoted {
				n++
			}
		}
		if n > most {
			best, most = separator, n
		}
	}
	return best
}
