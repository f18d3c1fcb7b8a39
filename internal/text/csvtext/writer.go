package csvtext

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"urna/internal/text"
)

// Harmless returns a text as a cell that no spreadsheet takes for a formula: one that begins like a formula, also
// after invisible characters, gets an apostrophe before it. So does a text that would otherwise read as another one with
// its apostrophe, so that Plain gives back exactly what went in.
func Harmless(cell string) string {
	if risky(cell) {
		return "'" + cell
	}
	return cell
}

// Plain takes back what Harmless did. A cell without its apostrophe, from a file before the treatment or from another
// program, is what it says.
func Plain(cell string) string {
	if bare, ok := strings.CutPrefix(cell, "'"); ok && risky(bare) {
		return bare
	}
	return cell
}

// risky reports whether a text needs an apostrophe.
func risky(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	if cell == "" {
		return false
	}
	if c := cell[0]; 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' { // as nearly all are
		return false
	}
	if strings.ContainsAny(cell[:1], "\t\r\n") {
		return true
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(cell, text.Invisible))
	return begins(first)
}

// begins reports whether a formula, or a command of an old spreadsheet, can begin with r or a form of it, such as the
// full-width equals sign.
func begins(r rune) bool {
	const signs = "=+-@|%"
	switch {
	case r < utf8.RuneSelf:
		return strings.ContainsRune(signs, r)
	case r == '\u2212': // the minus sign
		return true
	default:
		form := norm.NFKC.String(string(r))
		return len(form) == 1 && strings.Contains(signs, form)
	}
}

// Writer writes CSV that spreadsheets can open without running anything. Every CSV file that Urna writes comes out of
// one. A reader of such a file passes its cells to Plain. For exact texts there is JSON.
type Writer struct {
	csv   *csv.Writer
	cells []string
	bare  bool
}

// NewWriter returns a writer of lines that end with a line feed.
func NewWriter(w io.Writer) *Writer { return &Writer{csv: csv.NewWriter(w)} }

// NewWindowsWriter returns a writer of lines that end as RFC 4180 has it, with a carriage return and a line feed.
func NewWindowsWriter(w io.Writer) *Writer {
	writer := NewWriter(w)
	writer.csv.UseCRLF = true
	return writer
}

// Bare makes the writer write texts as they are. That is how files were written before; it is for comparing with them.
func (w *Writer) Bare() *Writer {
	w.bare = true
	return w
}

// Write writes a line. A string is a text; whole numbers, true and false are written as they are, and so is a value
// with a String method, which must be a number or a time. The error, also of a later Flush, is the first of all.
func (w *Writer) Write(cells ...any) error {
	w.cells = w.cells[:0]
	for _, cell := range cells {
		w.cells = append(w.cells, w.cell(cell))
	}
	return w.csv.Write(w.cells)
}

func (w *Writer) cell(cell any) string {
	switch cell := cell.(type) {
	case string:
		if w.bare {
			return cell
		}
		return Harmless(cell)
	case int:
		return strconv.Itoa(cell)
	case int64:
		return strconv.FormatInt(cell, 10)
	case bool:
		return strconv.FormatBool(cell)
	default:
		return fmt.Sprint(cell)
	}
}

// Flush passes everything on and returns the first error of any write.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}
