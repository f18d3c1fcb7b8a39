package elections

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/internal/text/csvtext"
)

// mostProblems is how many problems of a list are told at once.
const mostProblems = 20

// table reads the lines of a pasted or uploaded list with a first line that names its columns: CSV in UTF-8, separated by
// commas, semicolons or tabs. It collects the problems of the lines.
type table struct {
	known, needed []string // its columns
	names         []string // those whose values are names, in which scripts need invisible characters
	counts        []string // those of whole numbers
	ordered       bool     // the first line may have values in the order of the known columns, instead of names
	row           func(line int, cell func(column string) string)

	columns  map[string]int
	problems []problem.Field
	more     int // problems that are not told
}

// read calls row for each line with values.
func (t *table) read(source []byte) {
	source = bytes.TrimPrefix(source, []byte(csvtext.ByteOrderMark))
	if !utf8.Valid(source) {
		t.problem(1, messages.ListNotUtf8())
		return
	}
	lines := bytes.Split(source, []byte("\n"))
	separator, declared := csvtext.DeclaredSeparator(lines[0])
	switch {
	case declared && separator == 0:
		t.problem(1, messages.CsvSeparator())
		return
	case declared:
		source = source[len(lines[0]):] // its end stays, so that the other lines keep their numbers
	default:
		separator = t.separatorOf(lines[0])
	}
	reader := csv.NewReader(bytes.NewReader(source))
	reader.Comma, reader.FieldsPerRecord, reader.TrimLeadingSpace, reader.ReuseRecord = rune(separator), -1, true, true
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if malformed, ok := errors.AsType[*csv.ParseError](err); ok {
			t.problem(malformed.Line, quotation(malformed))
			break
		}
		line, _ := reader.FieldPos(0)
		if t.columns == nil && t.firstIsData(cells) {
			t.inOrder()
		}
		told := t.hidden(line, lines[line-1], separator, cells)
		if t.columns == nil {
			if !t.header(line, cells) {
				return
			}
			continue
		}
		if !told {
			t.line(line, cells)
		}
	}
}

// line calls row for the values of a line.
func (t *table) line(line int, cells []string) {
	if cells = withoutEmptyEnd(cells); len(cells) == 0 {
		return
	}
	if len(cells) > len(t.columns) {
		t.problem(line, messages.ListTooManyCells(int64(len(cells)), int64(len(t.columns))))
		return
	}
	t.row(line, func(column string) string {
		if i, ok := t.columns[column]; ok && i < len(cells) {
			return csvtext.Plain(text.Trim(cells[i]))
		}
		return ""
	})
}

func (t *table) problem(line int, sentence messages.Message) {
	if len(t.problems) == mostProblems {
		t.more++
		return
	}
	t.problems = append(t.problems, problem.Field{Name: "list", Message: messages.FieldListLine(int64(line), sentence)})
}

// quotation returns the sentence for a quotation mark that is out of place.
func quotation(malformed *csv.ParseError) messages.Message {
	if errors.Is(malformed.Err, csv.ErrBareQuote) {
		return messages.ListBareQuote()
	}
	return messages.ListUnclosedQuote()
}

func (t *table) err() error {
	if len(t.problems) == 0 {
		return nil
	}
	refusal := *ErrListUnreadable
	refusal.Fields = t.problems
	if t.more > 0 {
		refusal.Fields = append(refusal.Fields, problem.Field{Name: "list", Message: messages.FieldMoreProblems(int64(t.more))})
	}
	return &refusal
}

// header reads the names of the columns, in any order, and reports whether the lines can be read.
func (t *table) header(line int, cells []string) bool {
	t.columns = map[string]int{}
	cells = withoutEmptyEnd(cells)
	known := func(cell string) bool { return slices.Contains(t.known, columnName(cell)) }
	if len(cells) > 1 && !slices.ContainsFunc(cells, known) {
		t.problem(line, messages.ListNoColumnNames(strings.Join(t.known, ", ")))
		return false
	}
	for i, cell := range cells {
		name := columnName(cell)
		if !slices.Contains(t.known, name) {
			t.problem(line, messages.ListUnknownColumn(strings.TrimSpace(cell), strings.Join(t.known, ", ")))
			continue
		}
		if _, twice := t.columns[name]; twice {
			t.problem(line, messages.ListColumnTwice(name))
		}
		t.columns[name] = i
	}
	for _, name := range t.needed {
		if _, ok := t.columns[name]; !ok && len(t.problems) == 0 {
			t.problem(line, messages.ListColumnMissing(name, strings.Join(t.known, ", ")))
		}
	}
	return len(t.problems) == 0
}

// withoutEmptyEnd returns the cells of a line without empty ones at its end, which spreadsheets add.
func withoutEmptyEnd(cells []string) []string {
	for len(cells) > 0 && text.Trim(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// columnName reads the name of a column; capitals and the blanks around it make no difference.
func columnName(cell string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(cell)), " ", "_")
}

// number reads a whole number as ParseCount does, 0 for an empty cell.
func (t *table) number(line int, column, cell string, most int64) int64 {
	if strings.TrimSpace(cell) == "" {
		return 0
	}
	n, ok := ParseCount(cell)
	if !ok || n > most {
		t.problem(line, messages.ListNotANumber(column, cell))
		return 0
	}
	return n
}
