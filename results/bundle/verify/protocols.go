package verify

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

var (
	hashForm  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	checkForm = regexp.MustCompile(`^W[1-9][0-9]?$`)
)

// protocolFigures checks what the figures say of protocols: their order and places, two people for each that is in the
// count, and that each difference of one in the count was settled.
func (c *check) protocolFigures() error {
	stations := map[int64]bool{}
	for i := range c.figures.Protocols {
		p := &c.figures.Protocols[i]
		if i > 0 && c.figures.Protocols[i-1].ID >= p.ID || c.election.Constituency(p.ConstituencyID) == nil || p.Round < 1 || p.RetractedAfterEnd < 0 {
			return contradiction("protocol %d is out of order or of no constituency of this election", p.ID)
		}
		if !slices.Contains(format.ProtocolStates(), p.State) {
			return contradiction("protocol %d is %q when the figures are final", p.ID, p.State)
		}
		if stations[p.StationID] {
			return contradiction("station %d has two protocols", p.StationID)
		}
		stations[p.StationID] = true
		if err := errors.Join(c.protocolEntries(p), c.lateProtocol(p)); err != nil {
			return err
		}
	}
	if n := len(c.figures.Protocols); n > 0 {
		c.proved("Of %d protocols, each that is in the count was typed by two people, and each number that differed was settled by a named person.", n)
	}
	return nil
}

// protocolEntries checks the entries of a protocol and the settlements of what differs.
func (c *check) protocolEntries(p *format.ProtocolFigure) error {
	want := 1
	switch p.State {
	case format.ProtocolReopened:
		want = 0
	case format.ProtocolDifferent, format.ProtocolDefinitive, format.ProtocolRetracted:
		want = 2
	}
	if len(p.Entries) != want {
		return contradiction("protocol %d is %s with %d entries", p.ID, p.State, len(p.Entries))
	}
	for _, e := range p.Entries {
		if e.Typist == "" || !hashForm.MatchString(e.SHA256) {
			return contradiction("an entry of protocol %d has no typist or no SHA-256", p.ID)
		}
	}
	for i, s := range p.Settlements {
		if !slices.Contains(p.Differences, s.Number) || s.By == "" || i > 0 && p.Settlements[i-1].Number >= s.Number ||
			!slices.Contains([]string{"first", "second", "third"}, s.Choice) {
			return contradiction("a settlement of protocol %d is of no number that differs, or by no person", p.ID)
		}
	}
	if complete := p.State == format.ProtocolDefinitive || p.State == format.ProtocolRetracted; complete && len(p.Settlements) != len(p.Differences) {
		return contradiction("protocol %d is %s, and %d of %d numbers that differ are settled", p.ID, p.State, len(p.Settlements), len(p.Differences))
	}
	return protocolWarnings(p)
}

// protocolWarnings checks the warnings of a protocol and what was said about them.
func protocolWarnings(p *format.ProtocolFigure) error {
	for _, code := range p.Warnings {
		if !checkForm.MatchString(code) {
			return contradiction("protocol %d has a warning %q", p.ID, code)
		}
	}
	for _, e := range p.Explanations {
		if !slices.Contains(p.Warnings, e.Code) || e.Reason == "" || e.By == "" {
			return contradiction("an explanation of protocol %d is about no warning, or by no person", p.ID)
		}
	}
	return nil
}

// protocolsOf checks that the protocols of a sum are in the count and in no sum before.
func (c *check) protocolsOf(s *format.SumFigure, seen map[int64]bool) error {
	last := int64(0)
	for _, id := range s.Protocols {
		p := c.protocol(id)
		if p == nil || seen[id] || id <= last || p.ConstituencyID != s.ConstituencyID || p.State != format.ProtocolDefinitive {
			return contradiction("sum %d: protocol %d is of another constituency, of another sum, out of order or not in the count", s.ID, id)
		}
		seen[id], last = true, id
	}
	return nil
}

// protocol returns the protocol of the figures with the id, or nil. protocolFigures has checked their order.
func (c *check) protocol(id int64) *format.ProtocolFigure {
	i, known := slices.BinarySearchFunc(c.figures.Protocols, id, func(p format.ProtocolFigure, id int64) int { return cmp.Compare(p.ID, id) })
	if !known {
		return nil
	}
	return &c.figures.Protocols[i]
}

// everyProtocol checks that the sums have all protocols that are in the count.
func (c *check) everyProtocol(seen map[int64]bool) error {
	for i := range c.figures.Protocols {
		if p := &c.figures.Protocols[i]; seen[p.ID] != (p.State == format.ProtocolDefinitive) {
			return contradiction("protocol %d is %s, and sums have it: %t", p.ID, p.State, seen[p.ID])
		}
	}
	return nil
}

// typedProtocol is what the full form has of a protocol.
type typedProtocol struct {
	figure  *format.ProtocolFigure
	entries []map[string]int64
	settled map[string]*int64
}

// readProtocols reads the documents of the entries and compares them with their SHA-256 and with the figures.
func (c *check) readProtocols() (all map[int64]*typedProtocol, err error) {
	all = map[int64]*typedProtocol{}
	for i := range c.figures.Protocols {
		all[c.figures.Protocols[i].ID] = &typedProtocol{figure: &c.figures.Protocols[i], settled: map[string]*int64{}}
	}
	if len(all) == 0 {
		return all, nil
	}
	r, err := c.files[format.ProtocolsFile].Open()
	if err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", format.ProtocolsFile, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 0, 64<<10), maxEvent)
	for number := 1; scanner.Scan(); number++ {
		var line format.ProtocolLine
		if err := strictjson.UnmarshalStored(scanner.Bytes(), &line); err != nil || all[line.Protocol] == nil {
			return nil, contradiction("%s, line %d: it is of no protocol of the figures", format.ProtocolsFile, number)
		}
		if err := all[line.Protocol].add(&line); err != nil {
			return nil, err
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", format.ProtocolsFile, err)
	}
	return all, nil
}

// add adds a line.
func (t *typedProtocol) add(line *format.ProtocolLine) error {
	id := t.figure.ID
	if line.Entry == 0 {
		t.settled[line.Number] = line.Value
		return nil
	}
	sum := sha256.Sum256([]byte(line.Document))
	if line.Entry != len(t.entries)+1 || line.Entry > len(t.figure.Entries) || hex.EncodeToString(sum[:]) != t.figure.Entries[line.Entry-1].SHA256 {
		return contradiction("protocol %d: entry %d is not the document whose SHA-256 the figures have", id, line.Entry)
	}
	var d format.ProtocolDocument
	if err := strictjson.UnmarshalStored([]byte(line.Document), &d); err != nil {
		return contradiction("protocol %d: entry %d cannot be read", id, line.Entry)
	}
	t.entries = append(t.entries, d.Values)
	return nil
}

// values returns what a protocol in the count says: the first entry with the settled numbers, which must be those in which
// the entries differ.
func (t *typedProtocol) values() (map[string]int64, error) {
	if len(t.entries) != len(t.figure.Entries) || len(t.settled) != len(t.figure.Settlements) {
		return nil, contradiction("protocol %d: its entries or settlements are not all here", t.figure.ID)
	}
	if len(t.entries) < 2 {
		return nil, nil
	}
	differ := map[string]bool{}
	for _, entry := range t.entries {
		for name := range entry {
			a, inFirst := t.entries[0][name]
			b, inSecond := t.entries[1][name]
			differ[name] = inFirst != inSecond || a != b
		}
	}
	maps.DeleteFunc(differ, func(_ string, differs bool) bool { return !differs })
	if names := slices.Sorted(maps.Keys(differ)); !slices.Equal(names, slices.Sorted(slices.Values(t.figure.Differences))) {
		return nil, contradiction("protocol %d: its entries differ in %q, and the figures say %q", t.figure.ID, names, t.figure.Differences)
	}
	values := maps.Clone(t.entries[0])
	for i := range t.figure.Settlements {
		s := &t.figure.Settlements[i]
		value, known := t.settled[s.Number]
		if !known || s.Choice != t.choice(s.Number, value) {
			return nil, contradiction("protocol %d: the settlement of %s did not choose what the figures say", t.figure.ID, s.Number)
		}
		if delete(values, s.Number); value != nil {
			values[s.Number] = *value
		}
	}
	return values, nil
}

// choice says whose value a settled number has.
func (t *typedProtocol) choice(name string, value *int64) string {
	for i, choice := range []string{"first", "second"} {
		if n, has := t.entries[i][name]; has == (value != nil) && (!has || n == *value) {
			return choice
		}
	}
	return "third"
}

// countProtocols adds the votes of the protocols in the count to the ballots, and returns their invalid ballots.
func (c *check) countProtocols(k *counts) (invalid map[int64]int64, err error) {
	all, err := c.readProtocols()
	if err != nil {
		return nil, err
	}
	invalid = map[int64]int64{}
	for i := range c.figures.Protocols {
		p := &c.figures.Protocols[i]
		values, err := all[p.ID].values()
		if err != nil {
			return nil, err
		}
		if p.State != format.ProtocolDefinitive {
			continue
		}
		if invalid[p.ID], err = c.countProtocol(k, p, values); err != nil {
			return nil, err
		}
	}
	if len(all) > 0 {
		c.proved("The documents of the entries of %d protocols have the SHA-256 of the figures; their numbers, with the settled ones, were added to the ballots.", len(all))
	}
	return invalid, nil
}

// addInvalidOfProtocols adds the invalid ballots of protocols to the tallies and to the sums that have them.
func (c *check) addInvalidOfProtocols(invalid map[int64]int64) {
	for i := range c.merged {
		for _, id := range c.merged[i].Protocols {
			c.merged[i].Invalid += invalid[id]
			c.add(c.merged[i].ConstituencyID, func(t *Tally) { t.Invalid += invalid[id] })
		}
	}
}

// countProtocol adds the votes of a protocol, and returns its invalid ballots.
func (c *check) countProtocol(k *counts, p *format.ProtocolFigure, values map[string]int64) (invalid int64, err error) {
	votes := k.votes[p.ConstituencyID]
	if votes == nil {
		votes = map[int]int64{}
		k.votes[p.ConstituencyID] = votes
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		n := values[name]
		if n < 0 || n > maxLine {
			return 0, contradiction("protocol %d: %s cannot be %d", p.ID, name, n)
		}
		digits, isVotes := strings.CutPrefix(name, "votes.")
		switch {
		case isVotes:
			poll, err := strconv.Atoi(digits)
			if err != nil || poll < 1 || !c.isValid(p.ConstituencyID, poll) {
				return 0, contradiction("protocol %d has votes for %q, which has no candidacy", p.ID, name)
			}
			votes[poll] += n
			c.ballots += n
		case name == "fields.blank" && c.election.Rules.BlankBallots:
			votes[0] += n
			c.ballots += n
		case name == "fields.blank" || name == "fields.invalid":
			invalid += n
		}
	}
	return invalid, nil
}

// expectedOfProtocols returns the open points of a constituency's protocols.
func (c *check) expectedOfProtocols(constituency int64) (all []point) {
	facts := map[string][]int64{}
	add := func(code string, of ...int64) { facts[code] = append(facts[code], of...) }
	for i := range c.figures.Protocols {
		p := &c.figures.Protocols[i]
		if p.ConstituencyID != constituency {
			continue
		}
		counts := int64(0)
		if p.State == format.ProtocolDefinitive {
			counts = 1
			for _, code := range p.Warnings {
				if !slices.ContainsFunc(p.Explanations, func(e format.ProtocolExplanation) bool { return e.Code == code }) {
					number, _ := strconv.ParseInt(strings.TrimPrefix(code, "W"), 10, 64) // its form was checked
					add(format.ProtocolExplanations, p.ID, number)
				}
			}
		} else if p.State != format.ProtocolRetracted {
			add(format.ProtocolUnfinished, p.ID, int64(slices.Index(format.ProtocolStates(), p.State)))
		}
		if p.RetractedAfterEnd > 0 {
			add(format.ProtocolRetractionAfterEnd, p.ID, p.RetractedAfterEnd, counts)
		}
		if p.Late != nil {
			add(format.LateProtocol, p.ID, counts)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(facts)) {
		all = append(all, point{code, constituency, facts[code]})
	}
	return all
}

// protocolsInLog are the entries of an election's protocols as the audit log has them.
type protocolsInLog struct {
	election int64
	entries  map[string]string // the typist, by the entry
}

// loggedEntry is an entry of a protocol in the log.
type loggedEntry struct {
	Protocol int64  `json:"protocol"` // of a list; that of a single entry is the event's subject
	Number   int    `json:"number"`
	Round    int    `json:"round"`
	SHA256   string `json:"sha256"`
}

// add reads an event, of one entry or of several that were entered as a list.
func (l *protocolsInLog) add(e *format.Event) {
	if e.Action != "protocol-entered" && e.Action != "protocols-entered" {
		return
	}
	var d struct {
		loggedEntry

		Election int64         `json:"election"`
		Typed    []loggedEntry `json:"typed"`
	}
	if strictjson.UnmarshalStored([]byte(e.Detail), &d) != nil || d.Election != l.election {
		return
	}
	if e.Action == "protocol-entered" {
		l.entries[entryName(e.Subject, d.Round, d.Number, d.SHA256)] = e.ActorName
		return
	}
	for _, one := range d.Typed {
		l.entries[entryName(protocolName(one.Protocol), one.Round, one.Number, one.SHA256)] = e.ActorName
	}
}

// entryName names an entry of a protocol such as "protocol 7".
func entryName(protocol string, round, number int, sum string) string {
	return fmt.Sprintf("%s %d %d %s", protocol, round, number, sum)
}

func protocolName(id int64) string { return fmt.Sprintf("protocol %d", id) }

// compareProtocols compares the entries of the figures with those of the log.
func (c *check) compareProtocols(log *protocolsInLog) error {
	for i := range c.figures.Protocols {
		p := &c.figures.Protocols[i]
		for k, e := range p.Entries {
			typist, known := log.entries[entryName(protocolName(p.ID), p.Round, k+1, e.SHA256)]
			if !known || format.PersonName(typist) != e.Typist {
				return contradiction("%s does not know entry %d of protocol %d with the SHA-256 of the figures, by %s", format.AuditFile, k+1, p.ID, e.Typist)
			}
		}
	}
	return nil
}
