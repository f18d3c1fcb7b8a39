package explanation

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// width is the longest line of a wrapped sentence, in characters.
const width = 96

// wrap writes a sentence in lines that are set in by two spaces.
func wrap(w io.Writer, sentence string) {
	line := " "
	for word := range strings.SplitSeq(sentence, " ") {
		if line != " " && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			fmt.Fprintln(w, line)
			line = " "
		}
		line += " " + word
	}
	fmt.Fprintln(w, line)
}

// table lays out text in columns.
type table struct {
	header []string
	left   []bool // columns aligned to the left; the others, and those missing, to the right
	rows   [][]string
}

// drop leaves a column out.
func (t *table) drop(column int) {
	t.header = slices.Delete(t.header, column, column+1)
	t.left = slices.Delete(t.left, column, column+1)
	for i, row := range t.rows {
		t.rows[i] = slices.Delete(row, column, column+1)
	}
}

// write writes the header and the rows.
func (t *table) write(w io.Writer) {
	widths := make([]int, len(t.header))
	lines := append([][]string{t.header}, t.rows...)
	for _, line := range lines {
		for column, cell := range line {
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		var text strings.Builder
		for column, cell := range line {
			width := widths[column]
			if column < len(t.left) && t.left[column] {
				width = -width
			}
			fmt.Fprintf(&text, "  %*s", width, cell)
		}
		fmt.Fprintln(w, strings.TrimRight(text.String(), " "))
	}
}
