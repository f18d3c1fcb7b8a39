package elections

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/internal/text/csvtext"
)

// ListColumns are the columns of a list of constituencies and candidacies: a line a candidacy, in the
// order of constituencies and, within each, of poll numbers. The first line names the columns; the
// first three and "participant" are needed, the others are optional. What a constituency's first line
// says of it need not be said again.
func ListColumns() []string {
	return []string{
		"constituency", "seats", "registered_voters", "participant", "weight", "exempt", "max_seats", "threshold_percent",
		"declared_votes_cast",
	}
}

// ListedConstituency is a constituency of a list. Its draft is complete but for the participants' ids.
type ListedConstituency struct {
	Line int // where it is first named, from 1
	ConstituencyDraft
	Participants []ListedParticipant // as Candidacies

	unread bool // its seats could not be read, which was said
}

// ListedParticipant is how a line of a list names a participant: by name, short name, or id.
type ListedParticipant struct {
	Line int
	Name string
}

// mostProblems is how many problems of a list are told at once.
const mostProblems = 20

// ErrListUnreadable is wrapped by what ReadList refuses; its fields name the lines.
var ErrListUnreadable = problem.New(problem.Invalid, "list-unreadable", messages.RefusalListUnreadable())

// ReadList reads a list of constituencies and candidacies as ListColumns describes it: CSV in UTF-8,
// separated by commas, semicolons or tabs, as the header shows or as a spreadsheet's line before it says
// ("sep=;"). An invisible character is a problem, except one that a script needs within a name. The error
// is ErrListUnreadable with up to twenty problems, each with the number of its line.
func ReadList(source []byte) ([]ListedConstituency, error) {
	source = bytes.TrimPrefix(source, []byte(csvtext.ByteOrderMark))
	l := &listReader{at: map[string]int{}}
	if !utf8.Valid(source) {
		l.problem(1, messages.ListNotUtf8())
		return nil, l.err()
	}
	lines := bytes.Split(source, []byte("\n"))
	separator, declared := csvtext.DeclaredSeparator(lines[0])
	switch {
	case declared && separator == 0:
		l.problem(1, messages.CsvSeparator())
		return nil, l.err()
	case declared:
		source = source[len(lines[0]):] // its end stays, so that the other lines keep their numbers
	default:
		separator = separatorOfHeader(lines[0])
	}
	reader := csv.NewReader(bytes.NewReader(source))
	reader.Comma, reader.FieldsPerRecord, reader.TrimLeadingSpace, reader.ReuseRecord = rune(separator), -1, true, true
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if malformed, ok := errors.AsType[*csv.ParseError](err); ok {
			l.problem(malformed.Line, quotation(malformed))
			break
		}
		line, _ := reader.FieldPos(0)
		told := l.hidden(line, lines[line-1], separator, cells)
		if l.columns == nil {
			if !l.header(line, cells) {
				return nil, l.err()
			}
			continue
		}
		if !told {
			l.line(line, cells)
		}
	}
	if len(l.found) == 0 && len(l.problems) == 0 {
		l.problem(1, messages.ListEmpty())
	}
	return l.found, l.err()
}

// listReader collects what the lines say.
type listReader struct {
	columns  map[string]int
	found    []ListedConstituency
	at       map[string]int // constituencies by text.Key of the name
	problems []problem.Field
	more     int // problems that are not told
}

func (l *listReader) problem(line int, sentence messages.Message) {
	if len(l.problems) == mostProblems {
		l.more++
		return
	}
	l.problems = append(l.problems, problem.Field{Name: "list", Message: messages.FieldListLine(int64(line), sentence)})
}

// quotation returns the sentence for a quotation mark that is out of place.
func quotation(malformed *csv.ParseError) messages.Message {
	if errors.Is(malformed.Err, csv.ErrBareQuote) {
		return messages.ListBareQuote()
	}
	return messages.ListUnclosedQuote()
}

func (l *listReader) err() error {
	if len(l.problems) == 0 {
		return nil
	}
	refusal := *ErrListUnreadable
	refusal.Fields = l.problems
	if l.more > 0 {
		refusal.Fields = append(refusal.Fields, problem.Field{Name: "list", Message: messages.FieldMoreProblems(int64(l.more))})
	}
	return &refusal
}

// header reads the names of the columns, in any order, and reports whether the lines can be read.
func (l *listReader) header(line int, cells []string) bool {
	l.columns = map[string]int{}
	cells = withoutEmptyEnd(cells)
	known := func(cell string) bool { return slices.Contains(ListColumns(), columnName(cell)) }
	if len(cells) > 1 && !slices.ContainsFunc(cells, known) {
		l.problem(line, messages.ListNoColumnNames(strings.Join(ListColumns(), ", ")))
		return false
	}
	for i, cell := range cells {
		name := columnName(cell)
		if !slices.Contains(ListColumns(), name) {
			l.problem(line, messages.ListUnknownColumn(strings.TrimSpace(cell), strings.Join(ListColumns(), ", ")))
			continue
		}
		if _, twice := l.columns[name]; twice {
			l.problem(line, messages.ListColumnTwice(name))
		}
		l.columns[name] = i
	}
	for _, name := range []string{"constituency", "seats", "participant"} {
		if _, ok := l.columns[name]; !ok && len(l.problems) == 0 {
			l.problem(line, messages.ListColumnMissing(name, strings.Join(ListColumns(), ", ")))
		}
	}
	return len(l.problems) == 0
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

// line reads one candidacy.
func (l *listReader) line(line int, cells []string) {
	if cells = withoutEmptyEnd(cells); len(cells) == 0 {
		return
	}
	cell := func(name string) string {
		if i, ok := l.columns[name]; ok && i < len(cells) {
			return csvtext.Plain(text.Trim(cells[i]))
		}
		return ""
	}
	if len(cells) > len(l.columns) {
		l.problem(line, messages.ListTooManyCells(int64(len(cells)), int64(len(l.columns))))
		return
	}
	name := cell("constituency")
	if name == "" {
		l.problem(line, messages.ListNoConstituency())
		return
	}
	c := l.constituency(line, name, cell)
	if c == nil {
		return
	}
	participant := cell("participant")
	if participant == "" {
		l.problem(line, messages.ListNoParticipant())
		return
	}
	if mistake := problem.InTextWithin(participant, maxName); !mistake.IsZero() {
		l.problem(line, messages.ListParticipantName(mistake))
	}
	candidacy := CandidacyDraft{
		Weight: PlainDecimal(cell("weight")), ThresholdPercent: PlainDecimal(cell("threshold_percent")),
		MaxSeats: int(l.number(line, "max_seats", cell("max_seats"), maxSeats)),
	}
	switch exempt := strings.ToLower(cell("exempt")); exempt {
	case "", "no", "false", "0":
	case "yes", "true", "1":
		candidacy.Exempt = true
	default:
		l.problem(line, messages.ListExempt(exempt))
	}
	c.Candidacies = append(c.Candidacies, candidacy)
	c.Participants = append(c.Participants, ListedParticipant{Line: line, Name: participant})
}

// constituency returns the constituency of a line, nil where it makes no sense. Lines of one
// constituency stand together, and do not contradict its first.
func (l *listReader) constituency(line int, name string, cell func(string) string) *ListedConstituency {
	seats, voters, declared := cell("seats"), cell("registered_voters"), cell("declared_votes_cast")
	last := len(l.found) - 1
	at, known := l.at[text.Key(name)]
	switch {
	case known && at != last:
		l.problem(line, messages.ListApart(name, int64(l.found[at].Line)))
		return nil
	case !known:
		c := ListedConstituency{Line: line}
		c.Name = name
		if mistake := problem.InTextWithin(name, maxName); !mistake.IsZero() {
			l.problem(line, messages.ListConstituencyName(mistake))
		}
		before := len(l.problems) + l.more
		c.Seats = int(l.number(line, "seats", seats, maxSeats))
		c.unread = len(l.problems)+l.more > before
		if c.Seats == 0 && !c.unread {
			l.problem(line, messages.ListSeatsMissing(name))
		}
		c.RegisteredVoters = l.number(line, "registered_voters", voters, math.MaxInt64)
		if declared != "" {
			n := l.number(line, "declared_votes_cast", declared, math.MaxInt64)
			c.DeclaredVotesCast = &n
		}
		l.at[text.Key(name)] = len(l.found)
		l.found = append(l.found, c)
	default:
		c := &l.found[at]
		if seats != "" && int(l.number(line, "seats", seats, maxSeats)) != c.Seats && !c.unread {
			l.problem(line, messages.ListOtherSeats(name, int64(c.Seats), int64(c.Line)))
		}
		if voters != "" && l.number(line, "registered_voters", voters, math.MaxInt64) != c.RegisteredVoters {
			l.problem(line, messages.ListOtherVoters(name, c.RegisteredVoters, int64(c.Line)))
		}
	}
	return &l.found[len(l.found)-1]
}

// number reads a whole number as ParseCount does, 0 for an empty cell.
func (l *listReader) number(line int, column, cell string, most int64) int64 {
	if strings.TrimSpace(cell) == "" {
		return 0
	}
	n, ok := ParseCount(cell)
	if !ok || n > most {
		l.problem(line, messages.ListNotANumber(column, cell))
		return 0
	}
	return n
}
