package verify

import "urna/results/bundle/format"

// sumFigures reads which batches and votes cast online each sum of the figures adds up: every batch that counts is in
// one sum, a retracted one in none. No sum tells how a few people voted: it has format.LeastSum ballots, or none, or all
// of its constituency. The sums themselves are counted again.
func (c *check) sumFigures() error {
	if format.SumsOfBatches(c.figures.Format) {
		if len(c.figures.Sums) > 0 {
			return contradiction("figures in the form %q have no sums", c.figures.Format)
		}
		return nil
	}
	seen, protocols := map[int64]bool{}, map[int64]bool{}
	online := map[int64]bool{}
	for i := range c.figures.Sums {
		s := &c.figures.Sums[i]
		if err := c.possible(s, i+1); err != nil {
			return err
		}
		lines, err := c.linesOf(s, seen)
		if err == nil {
			err = c.protocolsOf(s, protocols)
		}
		if err != nil {
			return err
		}
		if online[s.ConstituencyID] && s.Online > 0 {
			return contradiction("sum %d: the votes cast online of constituency %d are in two sums", s.ID, s.ConstituencyID)
		}
		online[s.ConstituencyID] = online[s.ConstituencyID] || s.Online > 0
		if in := s.Valid + s.Invalid + s.Duplicates; in != lines+s.Online && (len(s.Protocols) == 0 || in < lines+s.Online) {
			return contradiction("sum %d adds up %d lines and %d votes cast online, of which %d are in the count", s.ID, lines, s.Online, in)
		}
		c.merged = append(c.merged, format.SumFigure{ID: s.ID, ConstituencyID: s.ConstituencyID, Batches: s.Batches, Protocols: s.Protocols, Online: s.Online})
	}
	return c.wholeSums(seen, protocols)
}

// wholeSums checks what holds for all sums together, in which these batches and protocols were seen.
func (c *check) wholeSums(seen, protocols map[int64]bool) error {
	for _, b := range c.figures.Batches {
		if seen[b.ID] != (b.State == "counted") {
			return contradiction("batch %d is %s, and sums have it: %t", b.ID, b.State, seen[b.ID])
		}
	}
	if err := c.everyProtocol(protocols); err != nil {
		return err
	}
	if err := c.stationSums(); err != nil {
		return err
	}
	return c.largeEnough()
}

// possible checks a sum by itself, which has this place in the list.
func (c *check) possible(s *format.SumFigure, place int) error {
	if s.ID != place || s.Online < 0 || s.Valid < s.Online || s.Invalid < 0 || s.Duplicates < 0 || len(s.Batches)+len(s.Protocols) == 0 && s.Online == 0 {
		return contradiction("sum %d is out of order or impossible", s.ID)
	}
	if c.election.Constituency(s.ConstituencyID) == nil {
		return contradiction("sum %d is of no constituency of this election", s.ID)
	}
	return nil
}

// largeEnough checks that no sum tells how a few people voted, beyond what its station sum or its constituency tells.
func (c *check) largeEnough() error {
	type whole struct {
		constituency int64
		stationSum   int // -1 in a constituency without stations
	}
	filled := map[whole]int{} // sums with ballots
	for i := range c.figures.Sums {
		if s := &c.figures.Sums[i]; s.Ballots() > 0 {
			filled[whole{s.ConstituencyID, c.stations.partsOf[i]}]++
		}
	}
	for i := range c.figures.Sums {
		s := &c.figures.Sums[i]
		if n := s.Ballots(); n > 0 && n < format.LeastSum && filled[whole{s.ConstituencyID, c.stations.partsOf[i]}] > 1 {
			return contradiction("sum %d has %d ballots, and published sums have %d or more", s.ID, n, format.LeastSum)
		}
	}
	return nil
}

// linesOf returns the number of lines of a sum's batches, each of which no sum before has.
func (c *check) linesOf(s *format.SumFigure, seen map[int64]bool) (lines int64, err error) {
	last := int64(0)
	for _, id := range s.Batches {
		b := c.byBatch[id]
		if b == nil || b.figure.ConstituencyID != s.ConstituencyID || seen[id] || id <= last {
			return 0, contradiction("sum %d: batch %d is of another constituency, of another sum or out of order", s.ID, id)
		}
		seen[id], last = true, id
		lines += b.figure.Lines
	}
	return lines, nil
}

// addMergedSums reads the votes of each sum by poll number.
func (c *check) addMergedSums() error {
	for _, s := range c.merged {
		if s.Online > 0 {
			c.add(s.ConstituencyID, func(t *Tally) { t.Online += s.Online })
		}
	}
	return c.eachSum(format.SumsFile, format.SumsHeader, func(id int64, poll int, votes int64) error {
		if id < 1 || id > int64(len(c.merged)) {
			return contradiction("%s has votes of sum %d, which is none of the figures", format.SumsFile, id)
		}
		s := &c.merged[id-1]
		s.Valid += votes
		c.addStationVotes(int(id)-1, poll, votes)
		return c.sum(s.ConstituencyID, poll, votes)
	})
}

// addLost adds the lines that did not count, which were counted by batch, to the sums of their batches.
func (c *check) addLost() {
	for i := range c.merged {
		for _, id := range c.merged[i].Batches {
			b := c.byBatch[id]
			c.merged[i].Invalid += b.invalid
			c.merged[i].Duplicates += b.duplicates
		}
	}
}
