package protocol

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/internal/text/csvtext"
)

// The columns of a list of protocols that are no numbers.
const (
	stationColumn      = "station"
	constituencyColumn = "constituency"
)

// mostListProblems is how many problems of a list are told at once.
const mostListProblems = 20

// ErrListUnreadable is wrapped by what ReadList and EnterList refuse; its fields name the lines.
var ErrListUnreadable = problem.New(problem.Invalid, "list-unreadable", messages.RefusalProtocolListUnreadable())

// Line is a protocol of a list.
type Line struct {
	Line    int // from 1
	Station elections.Station
	Entry   Entry
}

// ListColumns returns the columns that a list of protocols of an election may have: the station's number, the
// constituency's name, the fields of the form, "votes.N" for each poll number, and the codes of the warnings for
// explanations.
func ListColumns(e *elections.Election) []string {
	columns := []string{stationColumn, constituencyColumn}
	for _, f := range e.ProtocolForm().Fields {
		columns = append(columns, string(f.Name))
	}
	most := 0
	for _, c := range e.Constituencies {
		most = max(most, len(c.Candidacies))
	}
	for n := 1; n <= most; n++ {
		columns = append(columns, VotesNumber(n))
	}
	for _, c := range Checks() {
		if c.Severity == Warning {
			columns = append(columns, c.Code)
		}
	}
	return columns
}

// ReadList reads protocols that were typed elsewhere: CSV in UTF-8, a line a station, the first line names the columns, in
// any order. The separator is that of the header, or as a spreadsheet's line before it says. stations are those of the
// election by constituency. The error is ErrListUnreadable with up to twenty problems, each with its line; the numbers
// themselves are checked by Enter.
func ReadList(e *elections.Election, stations map[int64][]elections.Station, source []byte) ([]Line, error) {
	r := newListReader(e, stations)
	source = bytes.TrimPrefix(source, []byte(csvtext.ByteOrderMark))
	if !utf8.Valid(source) {
		r.problem(1, messages.ListNotUtf8())
		return nil, r.err()
	}
	first, _, _ := bytes.Cut(source, []byte("\n"))
	separator, declared := csvtext.DeclaredSeparator(first)
	switch {
	case declared && separator == 0:
		r.problem(1, messages.CsvSeparator())
		return nil, r.err()
	case declared:
		source = source[len(first):] // its end stays, so that the other lines keep their numbers
	default:
		separator = csvtext.SeparatorOf(first)
	}
	reader := csv.NewReader(bytes.NewReader(source))
	reader.Comma, reader.FieldsPerRecord, reader.TrimLeadingSpace, reader.ReuseRecord = rune(separator), -1, true, true
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if malformed, ok := errors.AsType[*csv.ParseError](err); ok {
			r.problem(malformed.Line, messages.ListUnclosedQuote())
			break
		}
		line, _ := reader.FieldPos(0)
		if r.columns != nil {
			r.line(line, cells)
		} else if !r.header(line, cells) {
			return nil, r.err()
		}
	}
	if len(r.found) == 0 && len(r.problems) == 0 {
		r.problem(1, messages.ProtocolsListEmpty())
	}
	return r.found, r.err()
}

// listReader collects what the lines say.
type listReader struct {
	known    []string
	columns  []string                       // of the file, as the numbers are called
	places   map[string]int64               // constituencies by text.Key
	byNumber map[string][]elections.Station // by text.Key
	lines    map[int64]int                  // where each station is
	found    []Line
	problems []problem.Field
	more     int
}

func newListReader(e *elections.Election, stations map[int64][]elections.Station) *listReader {
	r := &listReader{
		known: ListColumns(e), places: map[string]int64{}, byNumber: map[string][]elections.Station{}, lines: map[int64]int{},
	}
	for _, c := range e.Constituencies {
		r.places[text.Key(c.Name)] = c.ID
		for _, s := range stations[c.ID] {
			key := text.Key(s.Number)
			r.byNumber[key] = append(r.byNumber[key], s)
		}
	}
	return r
}

func (r *listReader) problem(line int, sentence messages.Message) {
	if len(r.problems) == mostListProblems {
		r.more++
		return
	}
	r.problems = append(r.problems, problem.Field{Name: "list", Message: messages.FieldListLine(int64(line), sentence)})
}

func (r *listReader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	refusal := *ErrListUnreadable
	refusal.Fields = r.problems
	if r.more > 0 {
		refusal.Fields = append(refusal.Fields, problem.Field{Name: "list", Message: messages.FieldMoreProblems(int64(r.more))})
	}
	return &refusal
}

// header reads the names of the columns and reports whether the lines can be read.
func (r *listReader) header(line int, cells []string) bool {
	for _, cell := range cells {
		name := columnName(cell)
		i := slices.IndexFunc(r.known, func(known string) bool { return strings.EqualFold(known, name) })
		switch {
		case name == "":
			r.columns = append(r.columns, "")
		case i < 0:
			r.problem(line, messages.ListUnknownColumn(text.Trim(cell), strings.Join(r.known, ", ")))
		case slices.Contains(r.columns, r.known[i]):
			r.problem(line, messages.ListColumnTwice(r.known[i]))
		default:
			r.columns = append(r.columns, r.known[i])
		}
	}
	if len(r.problems) == 0 && !slices.Contains(r.columns, stationColumn) {
		r.problem(line, messages.ListColumnMissing(stationColumn, strings.Join(r.known, ", ")))
	}
	return len(r.problems) == 0
}

func columnName(cell string) string {
	return strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(text.Trim(cell)), "fields."), " ", "_")
}

// line reads one protocol.
func (r *listReader) line(line int, cells []string) {
	entry := Entry{Numbers: map[string]string{}, Explanations: map[string]string{}}
	number, place, empty := "", "", true
	for i, cell := range cells {
		cell = csvtext.Plain(text.Trim(cell))
		switch {
		case cell == "":
			continue
		case i >= len(r.columns) || r.columns[i] == "":
			r.problem(line, messages.ListTooManyCells(int64(len(cells)), int64(len(r.columns))))
			return
		}
		empty = false
		switch column := r.columns[i]; {
		case column == stationColumn:
			number = cell
		case column == constituencyColumn:
			place = cell
		case isWarning(column):
			entry.Explanations[column] = cell
		case strings.HasPrefix(column, "votes."):
			entry.Numbers[column] = cell
		default:
			entry.Numbers[FieldNumber(elections.ProtocolFieldName(column))] = cell
		}
	}
	if empty {
		return
	}
	station, mistake := r.station(number, place)
	if mistake.IsZero() && r.lines[station.ID] != 0 {
		mistake = messages.ProtocolsListTwice(number, int64(r.lines[station.ID]))
	}
	if !mistake.IsZero() {
		r.problem(line, mistake)
		return
	}
	r.lines[station.ID] = line
	entry.StationID = station.ID
	r.found = append(r.found, Line{Line: line, Station: station, Entry: entry})
}

// station finds a station by its number and, if it is needed, its constituency.
func (r *listReader) station(number, place string) (elections.Station, messages.Message) {
	if number == "" {
		return elections.Station{}, messages.ProtocolsListNoStation()
	}
	with := r.byNumber[text.Key(number)]
	if place != "" {
		id := r.places[text.Key(place)]
		if id == 0 {
			return elections.Station{}, messages.ProtocolsListNoPlace(place)
		}
		with = slices.DeleteFunc(slices.Clone(with), func(s elections.Station) bool { return s.ConstituencyID != id })
	}
	switch len(with) {
	case 0:
		return elections.Station{}, messages.ProtocolsListUnknown(number)
	case 1:
		return with[0], messages.Message{}
	default:
		return elections.Station{}, messages.ProtocolsListSeveral(number, strconv.Itoa(len(with)))
	}
}

// problemsAt returns a refusal of lines of a list: found has the mistakes of each.
func problemsAt(lines []Line, found map[int][]messages.Message) error {
	r := &listReader{}
	for i, l := range lines {
		for _, said := range found[i] {
			r.problem(l.Line, messages.ProtocolsListAtStation(l.Station.Number, said))
		}
	}
	return r.err()
}
