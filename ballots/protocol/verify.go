package protocol

import (
	"bytes"
	"fmt"
	"slices"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
)

// Compared is what Compare has found.
type Compared struct {
	Protocols, Entries int64
	// Sums are what the protocols that are in the count add to the tallies, by what was typed.
	Sums []ballots.ProtocolSum
}

// Compare reads all protocols with what people typed, and compares the entries with their commitments, which the audit log
// has, and the states, differences and settlements with the entries. No difference that it reports tells a number.
func (s *Service) Compare(tx *database.Tx, all []*elections.Election, report func(ballots.Difference)) (found Compared, err error) {
	stations, err := s.stationsOf(tx, all...)
	if err != nil {
		return found, err
	}
	return eachProtocol(tx, 0, papers(all, stations), func(row *protocolRow, sentence string) {
		of := subject(row.ID)
		report(ballots.Difference{
			Table: "protocols", Row: of, Place: ballots.Place(row.ElectionID, row.ConstituencyID), Sentence: of + ": " + sentence,
		})
	})
}

// papers returns a function that finds the paper of a protocol, nil if its station does not belong to its constituency.
func papers(all []*elections.Election, stations map[int64]elections.Station) func(*protocolRow) *paper {
	byID := map[int64]*elections.Election{}
	for _, e := range all {
		byID[e.ID] = e
	}
	byPlace := map[int64]*paper{}
	return func(row *protocolRow) *paper {
		e, station := byID[row.ElectionID], stations[row.StationID]
		if e == nil || station.ElectionID != row.ElectionID || station.ConstituencyID != row.ConstituencyID {
			return nil
		}
		if byPlace[row.ConstituencyID] == nil {
			p, err := newPaper(e, station)
			if err != nil {
				return nil
			}
			byPlace[row.ConstituencyID] = p
		}
		return byPlace[row.ConstituencyID].of(station)
	}
}

// CountAgain adds the protocols of an election, by what was typed, to a second count. What cannot be is a difference.
func (s *Service) CountAgain(tx *database.Tx, e *elections.Election, second *ballots.SecondCount) error {
	stations, err := s.stationsOf(tx, e)
	if err != nil {
		return err
	}
	found, err := eachProtocol(tx, e.ID, papers([]*elections.Election{e}, stations), func(row *protocolRow, sentence string) {
		second.Differs("%s: %s.", subject(row.ID), sentence)
	})
	if err != nil {
		return err
	}
	for i := range found.Sums {
		sum := &found.Sums[i]
		second.Ballots += sum.Ballots()
		second.AddToStation(sum.ConstituencyID, sum.StationID, func(t *ballots.Tally) {
			t.Invalid += sum.Invalid
			for pollNumber, votes := range sum.Votes {
				t.Votes[pollNumber] += votes
			}
		})
	}
	return nil
}

// eachProtocol compares the protocols of an election, 0 for all, and adds up those in the count.
func eachProtocol(tx *database.Tx, electionID int64, paperOf func(*protocolRow) *paper,
	report func(row *protocolRow, sentence string),
) (found Compared, err error) {
	err = readAll(tx, electionID, proved, func(row *protocolRow, t *typed, broken []string) error {
		found.Protocols++
		found.Entries += int64(len(t.entries))
		for _, sentence := range broken {
			report(row, sentence)
		}
		p := paperOf(row)
		if p == nil {
			report(row, "its station is none of its constituency")
			return nil
		}
		if len(broken) > 0 {
			return nil
		}
		for _, sentence := range t.contradictions(row, p) {
			report(row, sentence)
		}
		if row.state() == Definitive {
			found.Sums = append(found.Sums, sumOf(row, p, t.values()))
		}
		return nil
	})
	return found, err
}

// entries returns how many entries the round of a protocol in a state has.
func (s State) entries() int {
	switch s {
	case FirstEntry, SecondEntry:
		return 1
	case Different, Definitive, Waiting, Retracted:
		return 2
	case Empty, Reopened:
	}
	return 0
}

// contradictions returns what of a protocol does not follow from its entries.
func (t *typed) contradictions(row *protocolRow, p *paper) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if want := row.state().entries(); len(t.entries) != want {
		say("it has %d entries, and the state %s has %d", len(t.entries), row.State, want)
		return wrong
	}
	for i := range t.entries {
		if t.entries[i].Number != i+1 {
			say("its entries are not numbered 1 and 2")
		}
		if p.check(t.contents[i].Values) != nil {
			say("entry %d has errors, and was accepted", i+1)
		}
	}
	var differ []string
	if len(t.entries) == 2 {
		if t.entries[0].TypistID == t.entries[1].TypistID {
			say("one person made both entries")
		}
		differ = differences(p, t.contents[0].Values, t.contents[1].Values)
	}
	if !slices.Equal(differ, row.differing()) {
		say("its entries differ in other numbers than it says")
	}
	for i := range t.settlements {
		one := &t.settlements[i]
		switch {
		case !slices.Contains(differ, one.Name):
			say("a number was settled that does not differ")
		case len(t.contents) == 2 && Choice(one.Choice) != t.choice(one.Name, one.Value):
			say("the settlement of %s did not choose what it says", one.Name)
		}
	}
	if settled := len(t.settlements) == len(differ); len(t.entries) == 2 && settled == (row.state() == Different) {
		say("%d of %d numbers that differ are settled, and its state is %s", len(t.settlements), len(differ), row.State)
	}
	if row.state().Complete() && p.check(t.values()) != nil {
		say("the agreed numbers have errors")
	}
	return wrong
}

// proved opens an entry whose SHA-256 is that of the log.
func proved(_ *protocolRow, r *entryRow) (c content, wrong string) {
	if !bytes.Equal(commit(r.Content), r.Commitment) {
		return c, fmt.Sprintf("entry %d of round %d differs from the one that was entered: its SHA-256 is another one", r.Number, r.Round)
	}
	c, err := r.open()
	if err != nil {
		return c, fmt.Sprintf("entry %d in round %d cannot be read", r.Number, r.Round)
	}
	return c, ""
}
