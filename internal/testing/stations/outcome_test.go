package stations

import (
	"cmp"
	"slices"
	"testing"

	"urna/client"
)

// outcome is what must come out in a constituency, computed from the papers alone.
type outcome struct {
	votes                      [lists]int64
	blank, invalid, duplicates int64
	seats                      [lists]int
}

func (c *constituency) outcome() (o outcome) {
	for _, s := range c.stations {
		if s.fate != counted {
			continue
		}
		for i, votes := range s.votes {
			o.votes[i] += votes
		}
		o.blank, o.invalid = o.blank+s.blank, o.invalid+s.invalid
		if !s.protocol {
			o.duplicates += s.duplicates()
		}
	}
	o.seats = dhondt(o.votes, c.seats)
	return o
}

// dhondt gives the seats to the largest quotients of the lists that pass the threshold.
func dhondt(votes [lists]int64, seats int) (given [lists]int) {
	type quotient struct {
		list           int
		votes, divisor int64
	}
	var all int64
	for _, n := range votes {
		all += n
	}
	var quotients []quotient
	for i, n := range votes {
		for d := int64(1); 100*n >= threshold*all && d <= int64(seats); d++ {
			quotients = append(quotients, quotient{i, n, d})
		}
	}
	slices.SortFunc(quotients, func(a, b quotient) int { return cmp.Compare(b.votes*a.divisor, a.votes*b.divisor) })
	for _, q := range quotients[:min(seats, len(quotients))] {
		given[q.list]++
	}
	return given
}

// compare compares results and stations with the papers.
func (p *plan) compare(t *testing.T, results client.Results, stations []client.StationResult) {
	t.Helper()
	for i, c := range p.constituencies {
		got, want := results.Constituencies[i], c.outcome()
		if got.Ballots.Blank != want.blank || got.Ballots.Invalid != want.invalid || got.Ballots.Duplicates != want.duplicates {
			t.Errorf("%s: want %d blank, %d invalid ballots and %d duplicates, got %+v", c.name, want.blank, want.invalid, want.duplicates, got.Ballots)
		}
		for list, candidacy := range got.Candidacies {
			if candidacy.Votes != want.votes[list] || candidacy.Seats != want.seats[list] {
				t.Errorf("%s, list %d: want %d votes and %d seats, got %d and %d",
					c.name, list+1, want.votes[list], want.seats[list], candidacy.Votes, candidacy.Seats)
			}
		}
	}
	p.compareStations(t, stations)
	out := len(p.where(func(s *station) bool { return s.fate == annulled }))
	gone := len(p.where(func(s *station) bool { return s.fate == missing }))
	want := client.StationCounts{Expected: len(p.all()) - out, Counted: len(p.all()) - out - gone, Annulled: out}
	if got := *results.Stations; got.Expected != want.Expected || got.Counted != want.Counted || got.Annulled != want.Annulled || got.Closed != 0 {
		t.Errorf("want %d stations expected, %d counted, %d annulled, got %+v", want.Expected, want.Counted, want.Annulled, got)
	}
}

func (p *plan) compareStations(t *testing.T, stations []client.StationResult) {
	t.Helper()
	byID := map[int64]client.StationResult{}
	for _, s := range stations {
		byID[s.ID] = s
	}
	for _, s := range p.all() {
		got := byID[s.id]
		if want := map[fate]string{counted: "counted", annulled: "annulled", missing: "awaited"}[s.fate]; got.State != want {
			t.Errorf("%s, station %s: want it %s, got %s", p.constituencies[s.place].name, s.number, want, got.State)
			continue
		}
		if s.fate != counted {
			continue
		}
		var votes [lists]int64
		for i, candidacy := range got.Candidacies {
			votes[i] = candidacy.Votes
		}
		if votes != s.votes {
			t.Errorf("%s, station %s: want the votes %v, got %v (%s)", p.constituencies[s.place].name, s.number, s.votes, votes, got.Withheld)
		}
	}
}
