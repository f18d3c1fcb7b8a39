package elections

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text/csvtext"
)

// separatorOfHeader returns the separator of the column names.
func separatorOfHeader(header []byte) byte {
	for _, separator := range []byte{'\t', ';'} {
		if bytes.IndexByte(header, separator) >= 0 && bytes.IndexByte(header, ',') < 0 {
			return separator
		}
	}
	return ','
}

// separatorOf returns the separator of a table by its first line. Names have commas more often than the other separators.
func (t *table) separatorOf(first []byte) byte {
	if t.ordered && bytes.ContainsAny(first, "\t;") {
		first = bytes.ReplaceAll(first, []byte(","), nil)
	}
	return separatorOfHeader(first)
}

// hidden adds a problem for the first invisible character of a line that its column cannot have, and
// takes all of them out of the cells, so that nothing follows from it in other lines. It reports whether that
// leaves a cell without anything, and no more is to be told of the line.
func (t *table) hidden(number int, line []byte, separator byte, cells []string) (told bool) {
	columns := make([]string, len(cells))
	for name, i := range t.columns {
		if i < len(cells) {
			columns[i] = name
		}
	}
	offends := func(cell int, r rune) bool {
		if cell >= len(columns) {
			return csvtext.Unseen(r)
		}
		switch {
		case slices.Contains(t.names, columns[cell]):
			return csvtext.UnseenInName(r)
		case slices.Contains(t.counts, columns[cell]): // blanks between digits do not matter
			return csvtext.Unseen(r) && !unicode.Is(unicode.Zs, r)
		}
		return csvtext.Unseen(r)
	}
	found, has := csvtext.FindHidden(line, string(rune(separator)), offends)
	if !has {
		return false
	}
	t.problem(number, problem.InLine(found, nameOfColumn(columns, found.Value)))
	for i, cell := range cells {
		cells[i] = strings.Map(func(r rune) rune {
			if csvtext.Unseen(r) {
				return -1
			}
			return r
		}, cell)
		told = told || cell != "" && cells[i] == ""
	}
	return told
}

// nameOfColumn returns how a sentence calls a value of a column, no words for a value behind all columns.
func nameOfColumn(columns []string, column int) messages.Message {
	if column >= len(columns) {
		return messages.Message{}
	}
	switch name := columns[column]; name {
	case "":
		return messages.FieldColumnName()
	case "constituency":
		return messages.FieldConstituencyName()
	case "participant":
		return messages.FieldParticipantName()
	default:
		return messages.FieldCellOf(name)
	}
}
