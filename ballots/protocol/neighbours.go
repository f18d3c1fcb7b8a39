package protocol

import (
	"context"
	"fmt"

	"urna/ballots"
	"urna/internal/database"
	"urna/internal/messages"
)

// The bounds of the check that compares a station with the others of its constituency.
const (
	leastNeighbours = 3  // other counted stations
	leastVotes      = 50 // of the station, and of the others together
	mostPoints      = 30 // percentage points
)

// neighbourhood has the votes of the counted stations of constituencies.
type neighbourhood struct {
	stations map[int64]map[int]int64       // by station id, by poll number
	sums     map[int64]ballots.StationSums // by constituency id
}

// newNeighbourhood adds up tallies of stations, all of each constituency that they are in.
func newNeighbourhood(tallies map[int64]ballots.Tally) *neighbourhood {
	n := &neighbourhood{stations: map[int64]map[int]int64{}, sums: map[int64]ballots.StationSums{}}
	for id, t := range tallies {
		if len(t.Votes) == 0 {
			continue
		}
		n.stations[id] = t.Votes
		sums := n.sums[t.ConstituencyID]
		if sums.Votes == nil {
			sums.Votes = map[int]int64{}
		}
		sums.Stations++
		for pollNumber, votes := range t.Votes {
			sums.Votes[pollNumber] += votes
		}
		n.sums[t.ConstituencyID] = sums
	}
	return n
}

// far returns the warnings of the lists whose share in a counted station is far from that in the others.
func (n *neighbourhood) far(p *paper) []Finding {
	return far(p, n.stations[p.station.ID], n.sums[p.place.ID])
}

// far returns the warnings of the lists whose share of a station's own votes, by poll number, is far from that of the others
// of its constituency. The sums have its own votes, too. Blank ballots are no votes for a list.
func far(p *paper, own map[int]int64, sums ballots.StationSums) (found []Finding) {
	var here, there int64
	for pollNumber, votes := range sums.Votes {
		if pollNumber != 0 {
			here, there = here+own[pollNumber], there+votes-own[pollNumber]
		}
	}
	if len(own) == 0 || sums.Stations-1 < leastNeighbours || here < leastVotes || there < leastVotes {
		return nil
	}
	for _, c := range p.place.Candidacies {
		mine, others := own[c.PollNumber], sums.Votes[c.PollNumber]-own[c.PollNumber]
		// |mine/here - others/there| > mostPoints/100, in whole numbers
		if points := mine*there - others*here; 100*max(points, -points) > mostPoints*here*there {
			found = append(found, Finding{
				Code: farFromNeighbours, Severity: Warning, Number: VotesNumber(c.PollNumber),
				Message: messages.ProtocolChecksNeighbours(c.Name, percent(mine, here), percent(others, there)),
			})
		}
	}
	return found
}

// percent returns a share in percent with one decimal, cut off.
func percent(part, whole int64) string {
	tenths := 1000 * part / whole
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

// farFrom returns the warnings of one protocol that is in the count.
func farFrom(ctx context.Context, tx *database.Tx, p *paper, row *protocolRow) ([]Finding, error) {
	if row.state() != Definitive {
		return nil, nil
	}
	sums, err := ballots.StationSumsWithin(ctx, tx, p.place.ID)
	if err != nil {
		return nil, err
	}
	own, err := ballots.TalliesOfStations(ctx, tx, []int64{p.station.ID})
	if err != nil {
		return nil, err
	}
	return far(p, own[p.station.ID].Votes, sums), nil
}
