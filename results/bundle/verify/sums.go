package verify

import (
	"errors"

	"urna/results/bundle/format"
)

// addSums reads the sums of batches and of votes cast online.
func (c *check) addSums() error {
	err := c.eachSum(format.BatchSumsFile, format.BatchSumsHeader, func(batch int64, poll int, votes int64) error {
		b := c.byBatch[batch]
		if b == nil || b.State != "counted" {
			return contradiction("%s has votes of batch %d, which does not count", format.BatchSumsFile, batch)
		}
		b.Valid += votes
		return c.sum(b.ConstituencyID, poll, votes)
	})
	if err != nil {
		return err
	}
	return c.eachSum(format.OnlineSumsFile, format.OnlineSumsHeader, func(constituency int64, poll int, votes int64) error {
		c.add(constituency, func(t *Tally) { t.Online += votes })
		return c.sum(constituency, poll, votes)
	})
}

func (c *check) sum(constituency int64, poll int, votes int64) error {
	if !c.isValid(constituency, poll) {
		return contradiction("votes are summed up for poll number %d of constituency %d, which does not exist", poll, constituency)
	}
	if c.sums[constituency] == nil {
		c.sums[constituency] = map[int]int64{}
	}
	c.sums[constituency][poll] += votes
	return nil
}

// isValid reports whether a ballot with the poll number is valid in the constituency.
func (c *check) isValid(constituency int64, poll int) bool {
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
		if n[1] > format.MaxPollNumber {
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
		c.add(b.ConstituencyID, func(t *Tally) {
			t.Invalid += b.Invalid
			t.Duplicates += b.Duplicates
		})
	}
	for constituency, votes := range c.sums {
		c.add(constituency, func(t *Tally) {
			for poll, n := range votes {
				t.Votes[poll] += n
				c.ballots += n
			}
		})
	}
	c.proved("%d valid ballots add up from the sums of %d batches and of the votes cast online.", c.ballots, len(c.batches))
	return nil
}
