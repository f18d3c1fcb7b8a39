package elections

import (
	"errors"
	"slices"
	"strings"

	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// maxListedParticipants is the most lines of a list of participants.
const maxListedParticipants = 5000

// ParticipantColumns are the columns of a list of participants, a line each. A first line that names none of them is a
// participant, and the columns are in this order.
func ParticipantColumns() []string { return []string{"name", "short_name", "color", "kind"} }

// ReadParticipants reads a list of participants as ParticipantColumns describes it, in the same forms of CSV as ReadList. A
// line without a kind is of the given one. The error is ErrListUnreadable with up to twenty problems, each with its line.
func ReadParticipants(source []byte, kind participants.Kind) ([]participants.Draft, error) {
	r := &participantReader{kind: kind, lines: map[participantName]int{}}
	r.table = table{
		known: ParticipantColumns(), needed: []string{"name"}, ordered: true, names: []string{"name", "short_name"}, row: r.line,
	}
	r.read(source)
	switch {
	case len(r.problems) > 0:
	case len(r.drafts) == 0:
		r.problem(1, messages.ListEmptyParticipants())
	case len(r.drafts) > maxListedParticipants:
		r.problem(1, messages.ListTooManyParticipants(maxListedParticipants))
	}
	return r.drafts, r.err()
}

// participantName is how a list names a participant; no election has participants of both kinds.
type participantName struct {
	kind participants.Kind
	name string // by text.Key
}

// participantReader collects the participants of the lines.
type participantReader struct {
	table

	kind   participants.Kind
	drafts []participants.Draft
	lines  map[participantName]int // where each is named
}

// line reads one participant.
func (r *participantReader) line(line int, cell func(column string) string) {
	d := participants.Draft{
		Name: cell("name"), ShortName: cell("short_name"), Color: strings.ToLower(cell("color")),
		Kind: participants.Kind(strings.ToLower(cell("kind"))),
	}
	if d.Kind == "" {
		d.Kind = r.kind
	}
	if refusal, ok := errors.AsType[*problem.Error](d.Check()); ok {
		for _, field := range refusal.Fields {
			r.problem(line, r.sentence(field))
		}
		return
	}
	name := participantName{d.Kind, text.Key(d.Name)}
	if first := r.lines[name]; first != 0 {
		r.problem(line, messages.ListParticipantTwice(d.Name, int64(first)))
		return
	}
	r.lines[name] = line
	r.drafts = append(r.drafts, d)
}

// sentence is a problem of a participant, as one of a list says it.
func (r *participantReader) sentence(field problem.Field) messages.Message {
	if field.Name == "kind" {
		return messages.ListParticipantKind(string(participants.Party), string(participants.Individual))
	}
	return messages.ListField(field.Name, field.Message)
}

// firstIsData reports whether the first line of a table is one of its values: it names no column.
func (t *table) firstIsData(cells []string) bool {
	return t.ordered && !slices.ContainsFunc(cells, func(cell string) bool { return slices.Contains(t.known, columnName(cell)) })
}

// inOrder takes the columns of a table without a line of names in the order in which they are known.
func (t *table) inOrder() {
	t.columns = map[string]int{}
	for i, name := range t.known {
		t.columns[name] = i
	}
}
