package results_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"urna/ballots"
	"urna/elections"
	"urna/results"
	"urna/results/bundle/format"
)

// published is a figure as the parts that it adds up: a whole number for each batch, and for the votes cast online, of
// one constituency.
type published []int

// partsOf are the parts of a constituency with ballots, and their ballots.
type partsOf struct {
	names    []string
	station  []int64 // 0 of the votes cast online
	ballots  []int64
	stations []results.StationSum // of the constituency
}

// TestSums_NothingBelowTenFollows publishes sums of random batches, polling stations and online votes, and checks every
// difference of published figures: it has ten ballots or more, or is the whole constituency, and no batch or channel with
// fewer than ten ballots is in it alone.
func TestSums_NothingBelowTenFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := results.Parts{Election: &elections.Election{ID: 1, Kind: elections.Parliamentary}, Tallies: map[int64]ballots.Tally{}}
		p.Election.Rules = elections.Rules{Method: "dhondt", ThresholdPercent: "0", ThresholdBase: "none", ThresholdComparison: ">="}
		parts := map[int64]*partsOf{}
		for c := range int64(rapid.IntRange(1, 3).Draw(t, "constituencies")) {
			constituency := elections.Constituency{ID: c + 1, Name: fmt.Sprint("C", c+1), Seats: 3}
			constituency.Candidacies = []elections.Candidacy{{PollNumber: 1, ParticipantID: 1, Name: "A"}}
			p.Election.Constituencies = append(p.Election.Constituencies, constituency)
			of := &partsOf{}
			parts[c+1] = of
			tally := ballots.Tally{ConstituencyID: c + 1, Votes: map[int]int64{}}
			stations := rapid.IntRange(0, 4).Draw(t, "stations")
			for n := range stations {
				s := results.StationSum{}
				s.ID, s.ConstituencyID, s.Number = 10*(c+1)+int64(n), c+1, strconv.Itoa(n+1)
				p.Stations = append(p.Stations, s)
			}
			of.stations = p.Stations[len(p.Stations)-stations:]
			for range rapid.IntRange(0, 5).Draw(t, "batches") {
				b := ballots.BatchSum{
					ID: int64(len(p.Batches) + 1), ConstituencyID: c + 1, State: "counted", SHA256: make([]byte, 32),
					Valid: rapid.Int64Range(0, 14).Draw(t, "valid"), Invalid: rapid.Int64Range(0, 2).Draw(t, "invalid"),
				}
				if stations > 0 {
					s := &of.stations[rapid.IntRange(0, stations-1).Draw(t, "station")]
					b.StationID, s.InCount = s.ID, true
					s.Size.Valid, s.Size.Invalid = s.Size.Valid+b.Valid, s.Size.Invalid+b.Invalid
				}
				b.Lines = b.Valid + b.Invalid
				p.Batches = append(p.Batches, b)
				tally.Votes[1] += b.Valid
				tally.Invalid += b.Invalid
				of.add(fmt.Sprint("batch ", b.ID), b.StationID, b.Lines)
			}
			tally.Online = rapid.Int64Range(0, 14).Draw(t, "online")
			tally.Votes[1] += tally.Online
			of.add(fmt.Sprint("online ", c+1), 0, tally.Online)
			p.Tallies[c+1] = tally
		}
		f, err := results.Recompute(results.FiguresFormat, p, false)
		if err != nil {
			t.Fatal(err)
		}
		for id, of := range parts {
			of.check(t, f, id)
		}
	})
}

func (p *partsOf) add(name string, station, ballots int64) {
	if ballots > 0 {
		p.names, p.station, p.ballots = append(p.names, name), append(p.station, station), append(p.ballots, ballots)
	}
}

// ofStations returns a station sum as the parts that it adds up.
func (p *partsOf) ofStations(s format.StationSumFigure) published {
	v := make(published, len(p.names))
	for i, station := range p.station {
		if station == 0 && s.Online > 0 || station != 0 && slices.Contains(s.Stations, station) {
			v[i]++
		}
	}
	return v
}

// check checks every sum and difference of the published figures of a constituency.
func (p *partsOf) check(t *rapid.T, f *results.Figures, id int64) {
	whole := make(published, len(p.names))
	for i := range whole {
		whole[i] = 1
	}
	figures := []published{whole}
	for _, s := range f.Sums {
		if s.ConstituencyID == id && s.Ballots() > 0 {
			figures = append(figures, p.of(s))
		}
	}
	p.coverAll(t, figures[1:], id)
	if len(p.stations) > 0 {
		sums := len(figures)
		for _, s := range f.StationSums {
			if s.ConstituencyID == id && s.Ballots() > 0 {
				figures = append(figures, p.ofStations(s))
			}
		}
		p.coverAll(t, figures[sums:], id)
	}
	p.combine(t, figures, make(published, len(p.names)))
}

// coverAll checks that every part is in exactly one of the figures.
func (p *partsOf) coverAll(t *rapid.T, figures []published, id int64) {
	covered := make(published, len(p.names))
	for _, figure := range figures {
		for i, n := range figure {
			covered[i] += n
		}
	}
	for i, n := range covered {
		if n != 1 {
			t.Fatalf("constituency %d: want every part in one sum, got %v of %v", id, covered, p.names[i])
		}
	}
}

// of returns a sum as the parts that it adds up.
func (p *partsOf) of(s format.SumFigure) published {
	v := make(published, len(p.names))
	for i, name := range p.names {
		for _, b := range s.Batches {
			if name == fmt.Sprint("batch ", b) {
				v[i]++
			}
		}
		if s.Online > 0 && name == fmt.Sprint("online ", s.ConstituencyID) {
			v[i]++
		}
	}
	return v
}

// combine adds each of the figures, subtracts it or leaves it out, and checks the outcome.
func (p *partsOf) combine(t *rapid.T, figures []published, sum published) {
	if len(figures) == 0 {
		p.tellsOfTenOrMore(t, sum)
		return
	}
	for _, times := range []int{-1, 0, 1} {
		next := make(published, len(sum))
		for i := range sum {
			next[i] = sum[i] + times*figures[0][i]
		}
		p.combine(t, figures[1:], next)
	}
}

func (p *partsOf) tellsOfTenOrMore(t *rapid.T, sum published) {
	var ballots int64
	members, small := 0, false
	for i, n := range sum {
		if n != 0 && n != 1 {
			return // of no set of ballots
		}
		if n == 1 {
			members++
			ballots += p.ballots[i]
			small = small || p.ballots[i] < 10
		}
	}
	if members == 0 || members == len(p.names) {
		return
	}
	if ballots < 10 || small && members < 2 {
		t.Fatalf("published figures of parts with %v ballots tell of %d ballots: %v", p.ballots, ballots, sum)
	}
}
