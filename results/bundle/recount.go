package bundle

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"urna/ballots"
)

func decodeHash(s string) ([]byte, error) {
	sum, err := hex.DecodeString(s)
	if err != nil || len(sum) != 32 {
		return nil, fmt.Errorf("%q is no SHA-256", s)
	}
	return sum, nil
}

// table reads a CSV entry as this package writes them: a known first line, no quotes, "\n" at each end.
type table struct {
	name   string
	closer io.Closer
	lines  *bufio.Reader
	fields [5][]byte
	number int
	ended  bool
}

func (c *check) table(name, header string) (*table, error) {
	r, err := c.files[name].Open()
	if err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", name, err)
	}
	t := &table{name: name, closer: r, lines: bufio.NewReaderSize(r, 256<<10)}
	first, err := t.lines.ReadSlice('\n')
	if err != nil || string(first) != header+"\n" {
		return nil, errors.Join(contradiction("%s does not begin with %s", name, header), r.Close())
	}
	t.number = 1
	return t, nil
}

// next reads the next line into fields, of which there must be want; ended is set after the last one.
func (t *table) next(want int) error {
	line, err := t.lines.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) == 0 {
		t.ended = true
		return nil
	}
	t.number++
	if errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF) {
		return contradiction("%s, line %d: it does not end where a line does", t.name, t.number)
	}
	if err != nil {
		return fmt.Errorf("bundle: %s: %w", t.name, err)
	}
	line = line[:len(line)-1]
	for i := range want {
		at := bytes.IndexByte(line, ',')
		if last := i == want-1; last != (at < 0) {
			return contradiction("%s, line %d: it has not %d fields", t.name, t.number, want)
		}
		if at < 0 {
			at = len(line)
		}
		t.fields[i] = line[:at]
		line = line[min(at+1, len(line)):]
	}
	return nil
}

// int returns a field that holds a number of 0 or more, written in the one way in which it is written.
func (t *table) int(i int) (int64, error) {
	n, err := strconv.ParseInt(string(t.fields[i]), 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != string(t.fields[i]) {
		return 0, contradiction("%s, line %d: %q is no count", t.name, t.number, t.fields[i])
	}
	return n, nil
}

func (t *table) ints(from, to int) ([]int64, error) {
	var numbers []int64
	for i := from; i < to; i++ {
		n, err := t.int(i)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// guid returns a field that holds a GUID in its usual form.
func (t *table) guid(i int) (ballots.GUID, error) {
	g, ok := ballots.ParseGUID(t.fields[i])
	if !ok || g.String() != string(t.fields[i]) {
		return g, contradiction("%s, line %d: %q is no GUID", t.name, t.number, t.fields[i])
	}
	return g, nil
}

// addSums reads the sums of batches and of votes cast online.
func (c *check) addSums() error {
	err := c.eachSum(batchSumsFile, batchSumsHeader, func(batch int64, poll int, votes int64) error {
		b := c.byBatch[batch]
		if b == nil || b.State != "counted" {
			return contradiction("%s has votes of batch %d, which does not count", batchSumsFile, batch)
		}
		b.Valid += votes
		return c.sum(b.ConstituencyID, poll, votes)
	})
	if err != nil {
		return err
	}
	return c.eachSum(onlineSumsFile, onlineSumsHeader, func(constituency int64, poll int, votes int64) error {
		c.add(constituency, func(t *ballots.Tally) { t.Online += votes })
		return c.sum(constituency, poll, votes)
	})
}

func (c *check) sum(constituency int64, poll int, votes int64) error {
	if !c.stands(constituency, poll) {
		return contradiction("votes are summed up for poll number %d of constituency %d, which nobody has", poll, constituency)
	}
	if c.sums[constituency] == nil {
		c.sums[constituency] = map[int]int64{}
	}
	c.sums[constituency][poll] += votes
	return nil
}

// stands reports whether a ballot with the poll number is valid in the constituency.
func (c *check) stands(constituency int64, poll int) bool {
	part := c.election.Constituency(constituency)
	if part == nil {
		return false
	}
	return poll == 0 && c.election.Rules.BlankBallots || poll > 0 && poll <= len(part.Candidacies)
}

func (c *check) eachSum(name, header string, add func(id int64, poll int, votes int64) error) (err error) {
	t, err := c.table(name, header)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closer.Close()) }()
	var before [2]int64
	for first := true; ; first = false {
		if err := t.next(3); err != nil || t.ended {
			return err
		}
		n, err := t.ints(0, 3)
		if err != nil {
			return err
		}
		if !first && (n[0] < before[0] || n[0] == before[0] && n[1] <= before[1]) {
			return contradiction("%s, line %d: out of order", name, t.number)
		}
		before = [2]int64{n[0], n[1]}
		if n[1] > ballots.MaxPollNumber {
			return contradiction("%s, line %d: %d is no poll number", name, t.number, n[1])
		}
		if err := add(n[0], int(n[1]), n[2]); err != nil {
			return err
		}
	}
}

// countSums takes the sums for the count, where single ballots are not here.
func (c *check) countSums() error {
	for i, b := range c.figures.Batches {
		c.batches[i].Invalid, c.batches[i].Duplicates = b.Invalid, b.Duplicates
		c.add(b.ConstituencyID, func(t *ballots.Tally) {
			t.Invalid += b.Invalid
			t.Duplicates += b.Duplicates
		})
	}
	for constituency, votes := range c.sums {
		c.add(constituency, func(t *ballots.Tally) {
			for poll, n := range votes {
				t.Votes[poll] += n
				c.ballots += n
			}
		})
	}
	c.proved("%d valid ballots add up from the sums of %d batches and of the votes cast online.", c.ballots, len(c.batches))
	return nil
}

// countBallots counts every ballot, and holds every line that did not count against them: both are in the
// order of GUIDs.
func (c *check) countBallots() (err error) {
	all, err := c.table(ballotsFile, ballotsHeader)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, all.closer.Close()) }()
	lines, err := c.table(linesFile, linesHeader)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lines.closer.Close()) }()
	counts := newCounts(c)
	pending := &lostLines{table: lines, check: c}
	if err := pending.next(); err != nil {
		return err
	}
	var before ballots.GUID
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
			return contradiction("%s, line %d: a GUID counts twice or is out of order", ballotsFile, all.number)
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
		return contradiction("%s, line %d: nobody holds its GUID", linesFile, pending.table.number)
	}
	return counts.compare(pending)
}

// ballot returns the fields of a ballot's line.
func (t *table) ballot() (guid ballots.GUID, constituency, poll int64, err error) {
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
			return contradiction("%s, line %d: constituency %d is none of this election", ballotsFile, line, constituency)
		}
		votes = map[int]int64{}
		k.votes[constituency] = votes
	}
	if poll > ballots.MaxPollNumber {
		return contradiction("%s, line %d: %d is no poll number", ballotsFile, line, poll)
	}
	votes[int(poll)]++
	return nil
}

// compare puts the ballots into the tallies and compares them with the sums.
func (k *counts) compare(lines *lostLines) error {
	c := k.check
	for constituency, votes := range k.votes {
		c.add(constituency, func(t *ballots.Tally) {
			for poll, n := range votes {
				if c.stands(constituency, poll) {
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
	c.proved("%d ballots were counted one by one, each GUID once; %d lines did not count, each because its GUID was held already or nobody has its poll number.", c.ballots, lines.read)
	c.proved("The sums of %d batches and of the votes cast online add up to the ballots.", len(c.batches))
	return nil
}

// lostLines walks through the lines that did not count.
type lostLines struct {
	table   *table
	check   *check
	read    int64
	guid    ballots.GUID
	batch   *ballots.BatchSum
	line    int64
	poll    int64
	reason  ballots.Reason
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
	l.batch, l.line, l.poll, l.reason = l.check.byBatch[n[0]], n[1], n[2], ballots.Reason(l.table.fields[4])
	if l.batch == nil || l.batch.State != "counted" || l.line < 1 || l.line > maxLine {
		return contradiction("%s, line %d: batch %d or its line is none that counts", linesFile, l.table.number, n[0])
	}
	if batch != nil {
		order := bytes.Compare(previous[:], l.guid[:])
		if order > 0 || order == 0 && (batch.ID > l.batch.ID || batch.ID == l.batch.ID && line >= l.line) {
			return contradiction("%s, line %d: out of order", linesFile, l.table.number)
		}
	}
	l.read++
	switch l.reason {
	case ballots.DuplicateBallot:
		l.batch.Duplicates++
		l.check.add(l.batch.ConstituencyID, func(t *ballots.Tally) { t.Duplicates++ })
	case ballots.UnknownPollNumber:
		l.batch.Invalid++
		l.invalid[l.batch.ConstituencyID]++
	default:
		return contradiction("%s, line %d: %q is no reason", linesFile, l.table.number, l.reason)
	}
	return nil
}

// maxLine is the largest line number that can be; it keeps sums far from overflowing.
const maxLine = 1 << 40

// upTo holds the lines of a ballot's GUID against the ballot.
func (l *lostLines) upTo(guid ballots.GUID, constituency, poll int64) error {
	for !l.table.ended {
		order := bytes.Compare(l.guid[:], guid[:])
		if order > 0 {
			return nil
		}
		if order < 0 {
			return contradiction("%s, line %d: nobody holds its GUID", linesFile, l.table.number)
		}
		if l.reason == ballots.UnknownPollNumber && (l.poll != poll || l.batch.ConstituencyID != constituency) {
			return contradiction("%s, line %d: the invalid ballot has another poll number or constituency", linesFile, l.table.number)
		}
		if err := l.next(); err != nil {
			return err
		}
	}
	return nil
}
