package pages

import (
	"urna/elections"
	"urna/internal/messages"
	"urna/results"
)

// unassignedInWords says how many seats of a constituency are unassigned, and why; it is zero for none. In a presidential
// election the outcome says it.
func unassignedInWords(r *results.Results, c *results.Constituency) messages.Message {
	if c.Unassigned == 0 || r.Election.Kind != elections.Parliamentary {
		return messages.Message{}
	}
	seats := int64(c.Unassigned)
	switch {
	case !c.Problem.IsZero(): // which the page shows below
		return messages.ResultsNotAssigned(seats)
	case c.Ballots.Valid == c.Ballots.Blank && final(r):
		return messages.ResultsNotAssignedNoVote(seats)
	case c.Ballots.Valid == c.Ballots.Blank:
		return messages.ResultsNotAssignedNoVoteYet(seats)
	case onlyBelow(c):
		return messages.ResultsNotAssignedThreshold(seats)
	default:
		return messages.ResultsNotAssignedNoCandidates(seats)
	}
}

// onlyBelow reports whether the threshold keeps every list with votes out.
func onlyBelow(c *results.Constituency) bool {
	for _, candidacy := range c.Candidacies {
		if candidacy.Votes > 0 && !candidacy.BelowThreshold {
			return false
		}
	}
	return true
}

// unassignedInAll sums the unassigned seats of an election with several constituencies up; it is zero for none.
func unassignedInAll(r *results.Results) messages.Message {
	seats, parts := 0, 0
	for i := range r.Constituencies {
		if n := r.Constituencies[i].Unassigned; n > 0 {
			seats += n
			parts++
		}
	}
	if seats == 0 || r.Election.Kind != elections.Parliamentary {
		return messages.Message{}
	}
	return messages.ResultsNotAssignedIn(int64(seats), messages.ResultsConstituencies(int64(parts)))
}
