package elections

import (
	"errors"
	"slices"
	"strings"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// StationColumns are the columns of a list of polling stations: a line a station, in the order of each constituency. The
// first line names the columns; "number" is needed, and "constituency" if the election has several.
func StationColumns() []string {
	return []string{"constituency", "number", "name", "place", "registered_voters", "kind"}
}

// StationList is a list of polling stations that was read for an election.
type StationList struct {
	// Stations has complete drafts by constituency.
	Stations map[int64][]StationDraft
}

// ReadStations reads a list of the polling stations of an election as StationColumns describes it, in the same forms of
// CSV as ReadList. The error is ErrListUnreadable with up to twenty problems, each with its line.
func ReadStations(e *Election, source []byte) (*StationList, error) {
	r := &stationReader{
		list: StationList{map[int64][]StationDraft{}}, constituencies: map[string]int64{}, lines: map[int64]map[string]int{},
	}
	for _, c := range e.Constituencies {
		r.constituencies[text.Key(c.Name)] = c.ID
	}
	r.table = table{
		known: StationColumns(), needed: []string{"number"}, names: []string{"constituency", "number", "name", "place"},
		counts: []string{"registered_voters"}, row: r.line,
	}
	if len(e.Constituencies) > 1 {
		r.needed = []string{"constituency", "number"}
	} else {
		r.only = e.Constituencies[0].ID
	}
	r.read(source)
	if r.found == 0 && len(r.problems) == 0 {
		r.problem(1, messages.ListEmptyStations())
	}
	if r.found > maxStationsInAll {
		r.problem(1, messages.FieldTooManyStations(int64(maxStationsInAll)))
	}
	return &r.list, r.err()
}

// stationReader collects what the lines say.
type stationReader struct {
	table

	list           StationList
	found          int
	only           int64                    // the id of the single constituency, else 0
	constituencies map[string]int64         // by text.Key of the name
	lines          map[int64]map[string]int // where each number is, by constituency and text.Key
}

// line reads one polling station.
func (r *stationReader) line(line int, cell func(column string) string) {
	d := StationDraft{
		Number: cell("number"), Name: cell("name"), Place: cell("place"), Kind: StationKind(strings.ToLower(cell("kind"))),
		RegisteredVoters: r.number(line, "registered_voters", cell("registered_voters"), MaxVoters),
	}
	d.complete()
	id, name := r.only, cell("constituency")
	if name != "" || id == 0 {
		id = r.constituencies[text.Key(name)]
	}
	switch {
	case name == "" && id == 0:
		r.problem(line, messages.ListNoConstituency())
		return
	case id == 0:
		r.problem(line, messages.ListUnknownConstituency(name))
		return
	case d.Number == "":
		r.problem(line, messages.ListNoNumber())
		return
	}
	r.check(line, &d)
	if r.lines[id] == nil {
		r.lines[id] = map[string]int{}
	}
	key := text.Key(d.Number)
	if first := r.lines[id][key]; first != 0 {
		r.problem(line, messages.ListStationTwice(d.Number, int64(first)))
		return
	}
	r.lines[id][key] = line
	r.found++
	r.list.Stations[id] = append(r.list.Stations[id], d)
}

// check adds the problems of a station's fields.
func (r *stationReader) check(line int, d *StationDraft) {
	var c problem.Checks
	d.check(&c, "")
	if refusal, ok := errors.AsType[*problem.Error](c.Err()); ok {
		for _, field := range refusal.Fields {
			r.problem(line, messages.ListField(field.Name, field.Message))
		}
	}
}

// StationPlan says what a list makes of the polling stations of one constituency.
type StationPlan struct {
	Constituency            *Constituency
	Stations                int // afterwards
	Added, Changed, Removed int
	Registered              int64 // the sum of its stations'
	AllKnown                bool  // each station has a number of registered voters
}

// Differs reports whether all stations and the constituency have a number of registered voters, and the sum is another one.
func (p *StationPlan) Differs() bool {
	return p.Stations > 0 && p.AllKnown && p.Constituency.RegisteredVoters > 0 && p.Registered != p.Constituency.RegisteredVoters
}

// Plan compares the list with the polling stations of the election, by constituency in its order. Constituencies without
// stations before and after are left out.
func (l *StationList) Plan(e *Election, present map[int64][]Station) (plans []StationPlan) {
	for i := range e.Constituencies {
		c := &e.Constituencies[i]
		drafts := l.Stations[c.ID]
		if len(drafts)+len(present[c.ID]) == 0 {
			continue
		}
		changes := diffStations(e.ID, present, map[int64][]StationDraft{c.ID: drafts}, false)
		p := StationPlan{
			Constituency: c, Stations: len(drafts), Added: len(changes.add), Changed: len(changes.edit), Removed: len(changes.remove),
			AllKnown: !slices.ContainsFunc(drafts, func(d StationDraft) bool { return d.RegisteredVoters == 0 }),
		}
		for _, d := range drafts {
			p.Registered += d.RegisteredVoters
		}
		plans = append(plans, p)
	}
	return plans
}
