package elections

import (
	"slices"
	"strings"

	"urna/internal/messages"
	"urna/internal/problem"
)

// TieBreak is a rule of the law that decides a tie, by the name that package results/apportion knows.
type TieBreak string

// The rules for ties.
const (
	// ByMoreVotes gives the seat to the list with more votes.
	ByMoreVotes TieBreak = "more-votes"
	// ByFewerVotes gives the seat to the list with fewer votes.
	ByFewerVotes TieBreak = "fewer-votes"
	// ByListOrder gives the seat to the lower poll number.
	ByListOrder TieBreak = "list-order"
	// ByLot leaves the tie to a lot. It is the last rule of every election.
	ByLot TieBreak = "lot"
)

// TieBreaks returns the orders of rules for ties that an election of the kind may have, the default first. Candidates for one
// office tie with equal votes, so that no rule about votes decides between them; neither does a second one between lists.
func TieBreaks(kind Kind) [][]TieBreak {
	orders := [][]TieBreak{{ByLot}, {ByListOrder, ByLot}}
	if kind == Presidential {
		return orders
	}
	return append(orders,
		[]TieBreak{ByMoreVotes, ByLot}, []TieBreak{ByMoreVotes, ByListOrder, ByLot},
		[]TieBreak{ByFewerVotes, ByLot}, []TieBreak{ByFewerVotes, ByListOrder, ByLot})
}

// completeTieBreak ends the rules for ties in a lot.
func (r *Rules) completeTieBreak() {
	if n := len(r.TieBreak); n == 0 || r.TieBreak[n-1] != ByLot {
		r.TieBreak = append(slices.Clone(r.TieBreak), ByLot)
	}
}

func (d *Draft) checkTieBreak(c *problem.Checks) {
	allowed := func(kind Kind) bool {
		return slices.ContainsFunc(TieBreaks(kind), func(order []TieBreak) bool { return slices.Equal(order, d.Rules.TieBreak) })
	}
	switch {
	case !allowed(Parliamentary):
		c.Add("tie_break", messages.FieldChooseTieBreak())
	case d.Kind == Presidential && !allowed(Presidential):
		c.Add("tie_break", messages.FieldChooseTieBreakOfPresidential())
	}
}

// JoinTieBreak returns rules for ties as one text, with a blank between two.
func JoinTieBreak(rules []TieBreak) string {
	names := make([]string, 0, len(rules))
	for _, rule := range rules {
		names = append(names, string(rule))
	}
	return strings.Join(names, " ")
}

// SplitTieBreak returns the rules that JoinTieBreak joined; nil of "".
func SplitTieBreak(joined string) (rules []TieBreak) {
	for name := range strings.FieldsSeq(joined) {
		rules = append(rules, TieBreak(name))
	}
	return rules
}
