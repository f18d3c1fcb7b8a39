package mirror

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"urna/elections"
	"urna/results"
)

// Rows are the rows of a copy by the name of their table. A value is nil, an int, int64, string, bool, json.Number or
// time.Time.
type Rows map[string][][]any

// RowsOf returns the rows of a copy, in the order of the election. The values of a row are in the order of the columns.
func RowsOf(c *results.Copy) Rows {
	rows := Rows{"elections": {electionRow(c)}, "audit_heads": {{c.Audit.Events, c.Audit.Hash}}}
	add := func(table string, row ...any) { rows[table] = append(rows[table], row) }
	id := c.Election.ID
	for i := range c.Election.Constituencies {
		place := &c.Election.Constituencies[i]
		add("constituencies", constituencyRow(c, i)...)
		for _, k := range place.Candidacies {
			add("candidacies", id, place.ID, k.PollNumber, k.ParticipantID, k.Name, orNil(k.ShortName), orNil(k.Color))
		}
		if c.Results == nil {
			continue
		}
		for _, k := range c.Results.Constituencies[i].Candidacies {
			add("tallies", id, place.ID, k.PollNumber, k.Votes, json.Number(k.Share.Decimal()), k.BelowThreshold)
			add("seats", id, place.ID, k.PollNumber, k.Seats, slices.Contains(c.Results.SecondRound, k.ParticipantID))
		}
	}
	addStations(c, add)
	return rows
}

// addStations adds the polling stations and their sums.
func addStations(c *results.Copy, add func(table string, row ...any)) {
	sumOf := map[int64]int{}
	if c.Counts != nil {
		for _, s := range c.Counts.Figures.StationSums {
			add("station_sums", c.Election.ID, s.ID, s.ConstituencyID, s.Online, s.Valid, s.Blank, s.Invalid, s.Duplicates)
			for _, station := range s.Stations {
				sumOf[station] = s.ID
			}
			votes := c.Counts.Votes[s.ID]
			for _, poll := range sortedKeys(votes) {
				if votes[poll] != 0 {
					add("station_tallies", c.Election.ID, s.ID, poll, votes[poll])
				}
			}
		}
	}
	positions := map[int64]int{} // the last one of each constituency
	for i := range c.Stations {
		s := &c.Stations[i]
		positions[s.ConstituencyID]++
		var sum any
		if number, published := sumOf[s.ID]; published {
			sum = number
		}
		add("stations", c.Election.ID, s.ID, s.ConstituencyID, positions[s.ConstituencyID], s.Number, orNil(s.Name), orNil(s.Place), string(s.Kind), string(s.State),
			orNil(s.ExclusionReason), orNil(s.RegisteredVoters), sum)
	}
}

func electionRow(c *results.Copy) []any {
	e := c.Election
	row := []any{
		e.ID, e.Title, string(e.Kind), string(c.State), e.Rehearsal, e.StartsAt, e.EndsAt, e.TimeZone, orNil(e.SecondRoundOf), orNil(e.WithdrawalReason),
		c.Results != nil, c.State != elections.Certified, instantOrNil(e.CertifiedAt),
	}
	var figures, waiting, winner, asOf any
	if c.Final != nil && c.Final.Certification != nil && c.Final.Certification.Record != nil {
		figures = c.Final.Certification.Record.Figures
	}
	if c.Turnout != nil {
		waiting, asOf = c.Turnout.BatchesWaiting, c.Turnout.UpdatedAt
	}
	if c.Results != nil {
		winner = orNil(c.Results.Winner)
	}
	row = append(row, figures, waiting, winner)
	row = append(row, ballotCells(c, ballotsOf(c), registeredInAll(e))...)
	return append(row, hex.EncodeToString(c.Figures[:]), asOf)
}

func constituencyRow(c *results.Copy, i int) []any {
	place := &c.Election.Constituencies[i]
	row := []any{c.Election.ID, place.ID, i + 1, place.Name, place.Seats}
	var b *results.Ballots
	if c.Turnout != nil {
		b = &c.Turnout.Constituencies[i].Ballots
	}
	row = append(row, ballotCells(c, b, place.RegisteredVoters)...)
	if c.Results == nil {
		return append(row, nil, nil, nil)
	}
	r := &c.Results.Constituencies[i]
	return append(row, r.ThresholdVotes, r.SeatsTied(), r.Unassigned)
}

// ballotCells returns the cells of ballotColumns. b is nil before the opening.
func ballotCells(c *results.Copy, b *results.Ballots, registered int64) []any {
	switch {
	case b == nil:
		return []any{orNil(registered), nil, nil, nil, nil, nil, nil}
	case c.Results == nil:
		return []any{orNil(registered), b.Cast, nil, nil, nil, nil, nil}
	default:
		return []any{orNil(registered), b.Cast, b.Online, b.Valid, b.Blank, b.Invalid, b.Duplicates}
	}
}

// orNil returns nil for the zero value, which means that there is none.
func orNil[T comparable](value T) any {
	var none T
	if value == none {
		return nil
	}
	return value
}

func instantOrNil(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}

func sortedKeys(votes map[int]int64) []int { return slices.Sorted(maps.Keys(votes)) }

// ballotsOf returns the sums of the whole election, nil before the opening.
func ballotsOf(c *results.Copy) *results.Ballots {
	if c.Turnout == nil {
		return nil
	}
	return &c.Turnout.Ballots
}

// registeredInAll returns the sum of the registered voters, 0 (unknown) if that of any constituency is unknown.
func registeredInAll(e *elections.Election) (sum int64) {
	for i := range e.Constituencies {
		if e.Constituencies[i].RegisteredVoters == 0 {
			return 0
		}
		sum += e.Constituencies[i].RegisteredVoters
	}
	return sum
}
