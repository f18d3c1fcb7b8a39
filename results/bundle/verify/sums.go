package verify

import (
	"errors"

	"urna/results/bundle/format"
)

// batchCount is a batch of the figures with what was counted of it. Only with figures of a format before are its valid
// ballots known.
type batchCount struct {
	figure                     format.BatchFigure
	valid, invalid, duplicates int64
}

// checkBatchSums compares the sums of a batch in the figures with its lines, if the format has such sums.
func (c *check) checkBatchSums(b format.BatchFigure) error {
	if !format.SumsOfBatches(c.figures.Format) {
		if b.Valid != nil || b.Invalid != nil || b.Duplicates != nil {
			return contradiction("batch %d has sums of its own", b.ID)
		}
		return nil
	}
	if b.Valid == nil || b.Invalid == nil || b.Duplicates == nil {
		return contradiction("batch %d has no sums", b.ID)
	}
	counted := *b.Valid + *b.Invalid + *b.Duplicates
	if b.State == "counted" && counted != b.Lines || b.State == "retracted" && counted != 0 {
		return contradiction("batch %d is %s with %d lines, of which %d are in the count", b.ID, b.State, b.Lines, counted)
	}
	return nil
}

// countedBatches returns the batches as figures, with what was counted.
func (c *check) countedBatches() []format.BatchFigure {
	all := make([]format.BatchFigure, len(c.batches))
	for i := range c.batches {
		b := &c.batches[i]
		all[i] = b.figure
		if format.SumsOfBatches(c.figures.Format) {
			all[i].Valid, all[i].Invalid, all[i].Duplicates = &b.valid, &b.invalid, &b.duplicates
		}
	}
	return all
}

// addSums reads the sums of ballots.
func (c *check) addSums() error {
	if !format.SumsOfBatches(c.figures.Format) {
		return c.addMergedSums()
	}
	err := c.eachSum(format.BatchSumsFile, format.BatchSumsHeader, func(batch int64, poll int, votes int64) error {
		b := c.byBatch[batch]
		if b == nil || b.figure.State != "counted" {
			return contradiction("%s has votes of batch %d, which does not count", format.BatchSumsFile, batch)
		}
		b.valid += votes
		return c.sum(b.figure.ConstituencyID, poll, votes)
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

// countSums takes the sums for the count, if single ballots are not here.
func (c *check) countSums() error {
	for i, b := range c.figures.Batches {
		if format.SumsOfBatches(c.figures.Format) {
			c.batches[i].invalid, c.batches[i].duplicates = *b.Invalid, *b.Duplicates
			c.addUncounted(b.ConstituencyID, *b.Invalid, *b.Duplicates)
		}
	}
	for i, s := range c.figures.Sums {
		c.merged[i].Invalid, c.merged[i].Duplicates = s.Invalid, s.Duplicates
		c.addUncounted(s.ConstituencyID, s.Invalid, s.Duplicates)
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

func (c *check) addUncounted(constituency, invalid, duplicates int64) {
	c.add(constituency, func(t *Tally) {
		t.Invalid += invalid
		t.Duplicates += duplicates
	})
}
