package pages

import (
	"urna/elections"
	"urna/results"
	"urna/web/view"
)

// notAssigned counts unassigned seats, such as "7 seats not assigned"; "" for none.
func notAssigned(seats int) string {
	if seats == 0 {
		return ""
	}
	return view.Count(int64(seats), "seat", "seats") + " not assigned"
}

// unassignedInWords says how many seats of a constituency are unassigned, and why; "" for none. In a presidential
// election the outcome says it.
func unassignedInWords(r *results.Results, c *results.Constituency) string {
	if c.Unassigned == 0 || r.Election.Kind != elections.Parliamentary {
		return ""
	}
	count := notAssigned(c.Unassigned)
	switch {
	case c.Problem != "": // which the page shows below
		return count + "."
	case c.Ballots.Valid == c.Ballots.Blank && final(r):
		return count + ": no vote for a list was counted here."
	case c.Ballots.Valid == c.Ballots.Blank:
		return count + " so far: no vote for a list is counted here yet."
	case onlyBelow(c):
		return count + ": no list with votes passed the threshold."
	default:
		return count + ": no list that may take seats has candidates left."
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

// unassignedInAll sums the unassigned seats of an election with several constituencies up; "" for none.
func unassignedInAll(r *results.Results) string {
	seats, parts := 0, 0
	for i := range r.Constituencies {
		if n := r.Constituencies[i].Unassigned; n > 0 {
			seats += n
			parts++
		}
	}
	if seats == 0 || r.Election.Kind != elections.Parliamentary {
		return ""
	}
	return notAssigned(seats) + ", in " + view.Count(int64(parts), "constituency", "constituencies") + ". Each says why below."
}
