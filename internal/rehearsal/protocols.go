package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"urna/client"
	"urna/internal/rehearsal/resultsfile"
)

// protocolBallots is about the number of ballots in a protocol. A protocol has no number above ten million, so that a
// large constituency needs several polling stations.
const protocolBallots = batchLines

// said is what the officials write about every warning of a protocol.
const said = "The declared results have these numbers."

// RehearseProtocols is Rehearse with protocols in place of ballots: every constituency has polling stations, and two
// temporary officials type the protocol of each. In one protocol of each election the second official puts a ballot into
// the wrong row, so that two numbers differ; the administrator settles them.
func RehearseProtocols(
	ctx context.Context, administrator *client.Client, file *resultsfile.File, progress func(Progress),
) (report Report, err error) {
	plan, err := NewPlan(file, time.Now())
	if err != nil {
		return Report{}, err
	}
	plan.addStations()
	t := typing{administrator: administrator}
	for i := range t.typists {
		official, dismiss, err := temporaryOfficial(ctx, administrator)
		if err != nil {
			return Report{}, err
		}
		defer func() { err = errors.Join(err, dismiss()) }()
		t.typists[i] = official
	}
	report, err = plan.conduct(ctx, administrator, progress, t.count)
	report.Protocols, report.Settled = t.protocols, t.settled
	return report, err
}

// addStations gives every constituency a polling station for each of its protocols.
func (p *Plan) addStations() {
	for i := range p.elections {
		e := &p.elections[i]
		e.definition.ProtocolForm = "plain"
		for j := range e.parts {
			part := &e.parts[j]
			for n := range part.protocols() {
				part.definition.Stations = append(part.definition.Stations, client.NewStation{Number: strconv.Itoa(n + 1)})
			}
		}
	}
}

// protocols returns the votes of each protocol of the part.
func (p part) protocols() [][]tally { return spread(p.tallies(), protocolBallots) }

// entry returns a protocol of the part as it is on the paper.
func (p part) entry(votes []tally) client.ProtocolEntry {
	e := client.ProtocolEntry{
		Fields: map[string]int64{"found_in_box": sum(votes), "invalid": 0, "blank": 0}, Votes: map[string]int64{}, Explanations: map[string]string{},
	}
	for i := range p.standing {
		e.Votes[strconv.Itoa(i+1)] = 0
	}
	for _, t := range votes {
		switch t.pollNumber {
		case 0:
			e.Fields["blank"] = t.ballots
		case invalidPoll:
			e.Fields["invalid"] = t.ballots
		default:
			e.Votes[strconv.Itoa(t.pollNumber)] = t.ballots
		}
	}
	return e
}

// misread returns the votes with one ballot of a list among the invalid ones, as if it were in the wrong row. The sums
// stay right: only a second entry can find that. It returns false if no list has a vote.
func misread(votes []tally) ([]tally, bool) {
	wrong, invalid, moved := []tally{}, int64(0), false
	for _, t := range votes {
		switch {
		case t.pollNumber == invalidPoll:
			invalid += t.ballots
			continue
		case t.pollNumber != 0 && !moved:
			t.ballots, moved, invalid = t.ballots-1, true, invalid+1
		}
		wrong = append(wrong, t)
	}
	return append(wrong, tally{invalidPoll, invalid}), moved
}

// typing types the protocols of elections.
type typing struct {
	administrator *client.Client
	typists       [2]*client.Client
	protocols     int // that are in the count
	settled       int // of these
}

// count types the protocols of one election, one after another, until all are in the count.
func (t *typing) count(ctx context.Context, s *stood, progress func(Progress)) error {
	stations, err := t.administrator.Stations(ctx, s.election.ID)
	if err != nil {
		return fmt.Errorf("read the polling stations: %w", err)
	}
	type place struct {
		constituency int64
		number       string
	}
	ids := map[place]int64{}
	for _, station := range stations {
		ids[place{station.ConstituencyID, station.Number}] = station.ID
	}
	now := Progress{Election: s.definition.Title, Total: s.ballots()}
	mistaken := false
	for i, part := range s.parts {
		for n, votes := range part.protocols() {
			at := place{s.election.Constituencies[i].ID, strconv.Itoa(n + 1)}
			id, known := ids[at]
			if !known {
				return fmt.Errorf("the server has no polling station %s in constituency %d", at.number, at.constituency)
			}
			second := votes
			if !mistaken {
				second, mistaken = misread(votes)
			}
			if err := t.enter(ctx, s.election.ID, id, part.entry(votes), part.entry(second)); err != nil {
				return fmt.Errorf("polling station %s of constituency %d: %w", at.number, at.constituency, err)
			}
			t.protocols++
			now.Sent, now.Counted = now.Sent+sum(votes), now.Counted+sum(votes)
			if progress != nil {
				progress(now)
			}
		}
	}
	return nil
}

// enter types both entries of a protocol. If they differ, the administrator settles them; the paper says what the first
// entry says.
func (t *typing) enter(ctx context.Context, election, station int64, paper, second client.ProtocolEntry) error {
	first, err := t.typists[0].EnterProtocol(ctx, election, station, paper)
	if err != nil {
		return fmt.Errorf("first entry: %w", err)
	}
	for _, warning := range first.Warnings {
		second.Explanations[warning.Code] = said
	}
	entered, err := t.typists[1].EnterProtocol(ctx, election, station, second)
	if err != nil {
		return fmt.Errorf("second entry: %w", err)
	}
	state := entered.State
	if state == "different" {
		settled, err := t.administrator.SettleProtocol(ctx, election, station, asOn(paper, entered.Differences))
		if err != nil {
			return fmt.Errorf("settle %s: %w", strings.Join(entered.Differences, ", "), err)
		}
		state = settled.State
		t.settled++
	}
	switch state {
	case "definitive":
		return nil
	case "waiting":
		return errLate
	default:
		return fmt.Errorf("two people typed the protocol, and it is %s", state)
	}
}

// asOn settles the named numbers as they are on the paper.
func asOn(paper client.ProtocolEntry, names []string) client.ProtocolSettlement {
	s := client.ProtocolSettlement{Fields: map[string]*int64{}, Votes: map[string]*int64{}}
	for _, name := range names {
		if pollNumber, of := strings.CutPrefix(name, "votes."); of {
			n := paper.Votes[pollNumber]
			s.Votes[pollNumber] = &n
			continue
		}
		field := strings.TrimPrefix(name, "fields.")
		n := paper.Fields[field]
		s.Fields[field] = &n
	}
	return s
}
