package elections

import (
	"slices"
	"strconv"
	"strings"

	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/text"
)

// Match gives the listed candidacies the ids of the participants that they name: by name or short name, compared as
// text.Index does, or by "#" and id. Names that no registered participant of the kind has come back as drafts, in the
// order of the list, and their candidacies keep the id 0. A name that several have, and a "#" without the id of a
// participant of the kind, is ErrListUnreadable with the lines.
func Match(list []ListedConstituency, kind participants.Kind, registered []participants.Participant) (fresh []participants.Draft, err error) {
	m := newMatcher(kind, registered)
	named := map[string]bool{}
	for i := range list {
		for j, participant := range list[i].Participants {
			id, known := m.find(participant)
			list[i].Candidacies[j].ParticipantID = id
			if key := text.Key(participant.Name); !known && !named[key] {
				named[key] = true
				fresh = append(fresh, participants.Draft{Name: participant.Name, Kind: kind})
			}
		}
	}
	return fresh, m.problems.err()
}

// matcher finds registered participants as a list names them.
type matcher struct {
	kind     participants.Kind
	byID     map[int64]participants.Participant
	names    text.Index[int64]
	problems table
}

func newMatcher(kind participants.Kind, registered []participants.Participant) *matcher {
	m := &matcher{kind: kind, byID: make(map[int64]participants.Participant, len(registered))}
	for _, p := range registered {
		m.byID[p.ID] = p
		if p.Kind == kind {
			m.names.Add(p.Name, p.ID)
			m.names.Add(p.ShortName, p.ID)
		}
	}
	return m
}

// find returns the id of a participant that a list names; false if it is to be registered. It adds a problem for
// any other name.
func (m *matcher) find(named ListedParticipant) (id int64, known bool) {
	ids := m.names.Find(named.Name)
	number, byID := idIn(named.Name)
	if p, exists := m.byID[number]; byID && exists && p.Kind == m.kind && !slices.Contains(ids, number) {
		ids = append(slices.Clone(ids), number)
	}
	switch {
	case len(ids) == 1:
		return ids[0], true
	case len(ids) > 1:
		m.problems.problem(named.Line, messages.ListAmbiguous(named.Name, m.meanings(ids), ids[0]))
		return 0, true
	case !byID:
		return 0, false
	}
	p, exists := m.byID[number]
	switch {
	case exists:
		m.problems.problem(named.Line, messages.ListOtherKind(number, p.Name, string(p.Kind), string(m.kind)))
	case number > 0:
		m.problems.problem(named.Line, messages.ListUnknownId(number))
	default:
		m.problems.problem(named.Line, messages.ListUnknownName(named.Name))
	}
	return 0, true
}

// mostMeanings is how many participants that a name can mean are named.
const mostMeanings = 5

// meanings names some participants and their ids.
func (m *matcher) meanings(ids []int64) messages.Message {
	join, named := messages.ListOr, ids[:min(len(ids), mostMeanings)]
	if len(ids) > len(named) {
		join = messages.UnitList
	}
	all := messages.ListParticipant(m.byID[named[0]].Name, named[0])
	for _, id := range named[1:] {
		all = join(all, messages.ListParticipant(m.byID[id].Name, id))
	}
	if more := len(ids) - len(named); more > 0 {
		return messages.ListAndMore(all, int64(more))
	}
	return all
}

// idIn reports whether a list's name for a participant is meant as an id, and returns the id, 0 if it is malformed.
// A number sign of another width is one, too.
func idIn(name string) (id int64, ok bool) {
	digits, ok := strings.CutPrefix(text.Looks(name), "#")
	if !ok {
		return 0, false
	}
	written, plain := strings.CutPrefix(name, "#")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !plain || written != strconv.FormatInt(id, 10) || id < 1 {
		return 0, true
	}
	return id, true
}
