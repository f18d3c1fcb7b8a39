package verify

import (
	"bytes"
	"errors"

	"urna/results/bundle/format"
)

// countBallots counts every ballot, and holds every line that did not count against them: both are in the
// order of GUIDs.
func (c *check) countBallots() (err error) {
	all, err := c.table(format.BallotsFile, format.BallotsHeader)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, all.closer.Close()) }()
	lines, err := c.table(format.LinesFile, format.LinesHeader)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lines.closer.Close()) }()
	counts := newCounts(c)
	pending := &lostLines{table: lines, check: c}
	if err := pending.next(); err != nil {
		return err
	}
	var before format.GUID
	for {
		if err := all.next(3); err != nil {
			return err
		}
		if all.ended {
			break
		}
		guid, constituency, poll, err := all.ballot()
		if err != nil {
			return err
		}
		if c.ballots > 0 && string(guid[:]) <= string(before[:]) {
			return contradiction("%s, line %d: a GUID counts twice or is out of order", format.BallotsFile, all.number)
		}
		before = guid
		if err := counts.ballot(constituency, poll, all.number); err != nil {
			return err
		}
		if err := pending.upTo(guid, constituency, poll); err != nil {
			return err
		}
		c.ballots++
	}
	if !pending.table.ended {
		return contradiction("%s, line %d: no line holds its GUID", format.LinesFile, pending.table.number)
	}
	invalid, err := c.countProtocols(counts)
	if err != nil {
		return err
	}
	if err := counts.compare(pending); err != nil {
		return err
	}
	c.addInvalidOfProtocols(invalid)
	return nil
}

// ballot returns the fields of a ballot's line.
func (t *table) ballot() (guid format.GUID, constituency, poll int64, err error) {
	if guid, err = t.guid(0); err != nil {
		return guid, 0, 0, err
	}
	if constituency, err = t.int(1); err != nil {
		return guid, 0, 0, err
	}
	poll, err = t.int(2)
	return guid, constituency, poll, err
}

// counts are the ballots by constituency and poll number; unknown poll numbers are invalid.
type counts struct {
	check *check
	votes map[int64]map[int]int64
}

func newCounts(c *check) *counts { return &counts{check: c, votes: map[int64]map[int]int64{}} }

func (k *counts) ballot(constituency, poll int64, line int) error {
	votes := k.votes[constituency]
	if votes == nil {
		if k.check.election.Constituency(constituency) == nil {
			return contradiction("%s, line %d: constituency %d is none of this election", format.BallotsFile, line, constituency)
		}
		votes = map[int]int64{}
		k.votes[constituency] = votes
	}
	if poll > format.MaxPollNumber {
		return contradiction("%s, line %d: %d is no poll number", format.BallotsFile, line, poll)
	}
	votes[int(poll)]++
	return nil
}

// compare puts the ballots into the tallies and compares them with the sums.
func (k *counts) compare(lines *lostLines) error {
	c := k.check
	for constituency, votes := range k.votes {
		c.add(constituency, func(t *Tally) {
			for poll, n := range votes {
				if c.isValid(constituency, poll) {
					t.Votes[poll] += n
				} else {
					t.Invalid += n
				}
			}
		})
	}
	for i := range c.election.Constituencies {
		id := c.election.Constituencies[i].ID
		t := c.tallies[id]
		for poll := range max(len(c.election.Constituencies[i].Candidacies), 0) + 1 {
			if t.Votes[poll] != c.sums[id][poll] {
				return contradiction("constituency %d, poll number %d: %d ballots, and the batches and the online votes add up to %d", id, poll, t.Votes[poll], c.sums[id][poll])
			}
		}
		if t.Invalid != lines.invalid[id] {
			return contradiction("constituency %d: %d invalid ballots, and %d lines of them", id, t.Invalid, lines.invalid[id])
		}
	}
	c.proved("%d ballots were counted one by one, each GUID once; %d lines did not count, each because its GUID was held already or its poll number does not exist.", c.ballots, lines.read)
	c.proved("The sums of %d batches and of the votes cast online add up to the ballots.", len(c.batches))
	c.addLost()
	return nil
}

// lostLines walks through the lines that did not count.
type lostLines struct {
	table   *table
	check   *check
	read    int64
	guid    format.GUID
	batch   *batchCount
	line    int64
	poll    int64
	reason  string
	invalid map[int64]int64 // by constituency
}

func (l *lostLines) next() error {
	if l.invalid == nil {
		l.invalid = map[int64]int64{}
	}
	previous, batch, line := l.guid, l.batch, l.line
	if err := l.table.next(5); err != nil || l.table.ended {
		return err
	}
	var err error
	if l.guid, err = l.table.guid(0); err != nil {
		return err
	}
	n, err := l.table.ints(1, 4)
	if err != nil {
		return err
	}
	l.batch, l.line, l.poll, l.reason = l.check.byBatch[n[0]], n[1], n[2], string(l.table.fields[4])
	if l.batch == nil || l.batch.figure.State != "counted" || l.line < 1 || l.line > maxLine {
		return contradiction("%s, line %d: batch %d or its line is none that counts", format.LinesFile, l.table.number, n[0])
	}
	if batch != nil {
		order := bytes.Compare(previous[:], l.guid[:])
		if order > 0 || order == 0 && (batch.figure.ID > l.batch.figure.ID || batch == l.batch && line >= l.line) {
			return contradiction("%s, line %d: out of order", format.LinesFile, l.table.number)
		}
	}
	l.read++
	switch l.reason {
	case format.DuplicateBallot:
		l.batch.duplicates++
		l.check.add(l.batch.figure.ConstituencyID, func(t *Tally) { t.Duplicates++ })
	case format.UnknownPollNumber:
		l.batch.invalid++
		l.invalid[l.batch.figure.ConstituencyID]++
	default:
		return contradiction("%s, line %d: %q is no reason", format.LinesFile, l.table.number, l.reason)
	}
	return nil
}

// maxLine is the largest line number that can be; it keeps sums far from overflowing.
const maxLine = 1 << 40

// upTo holds the lines of a ballot's GUID against the ballot.
func (l *lostLines) upTo(guid format.GUID, constituency, poll int64) error {
	for !l.table.ended {
		order := bytes.Compare(l.guid[:], guid[:])
		if order > 0 {
			return nil
		}
		if order < 0 {
			return contradiction("%s, line %d: no line holds its GUID", format.LinesFile, l.table.number)
		}
		if l.reason == format.UnknownPollNumber && (l.poll != poll || l.batch.figure.ConstituencyID != constituency) {
			return contradiction("%s, line %d: the invalid ballot has another poll number or constituency", format.LinesFile, l.table.number)
		}
		if l.reason == format.DuplicateBallot && l.batch.figure.ConstituencyID != constituency {
			l.check.foreign[l.batch.figure.ID]++
		}
		if err := l.next(); err != nil {
			return err
		}
	}
	return nil
}
