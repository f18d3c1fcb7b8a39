package elections

import (
	"math"
	"strings"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
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

// ErrListUnreadable is wrapped by what ReadList refuses; its fields name the lines.
var ErrListUnreadable = problem.New(problem.Invalid, "list-unreadable", messages.RefusalListUnreadable())

// ReadList reads a list of constituencies and candidacies as ListColumns describes it: CSV in UTF-8,
// separated by commas, semicolons or tabs, as the header shows or as a spreadsheet's line before it says
// ("sep=;"). An invisible character is a problem, except one that a script needs within a name. The error
// is ErrListUnreadable with up to twenty problems, each with the number of its line.
func ReadList(source []byte) ([]ListedConstituency, error) {
	l := &listReader{at: map[string]int{}}
	l.table = table{
		known: ListColumns(), needed: []string{"constituency", "seats", "participant"},
		names:  []string{"constituency", "participant"},
		counts: []string{"seats", "registered_voters", "max_seats", "declared_votes_cast"}, row: l.line,
	}
	l.read(source)
	if len(l.found) == 0 && len(l.problems) == 0 {
		l.problem(1, messages.ListEmpty())
	}
	return l.found, l.err()
}

// listReader collects what the lines say.
type listReader struct {
	table

	found []ListedConstituency
	at    map[string]int // constituencies by text.Key of the name
}

// line reads one candidacy.
func (l *listReader) line(line int, cell func(column string) string) {
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
