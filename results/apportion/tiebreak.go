package apportion

import (
	"cmp"
	"fmt"
	"slices"
)

// TieBreak is a rule of the law that decides a tie, as written in an election's rules. Sources are in docs/elections.md.
type TieBreak string

// The rules for ties. Votes are those of the list, without its weight.
const (
	// MoreVotes puts the list with more votes first.
	MoreVotes TieBreak = "more-votes"
	// FewerVotes puts the list with fewer votes first.
	FewerVotes TieBreak = "fewer-votes"
	// ListOrder puts the list first that comes earlier in the input: the one with the lower poll number. No tie remains.
	ListOrder TieBreak = "list-order"
	// DrawLots leaves the tie to a lot, as no rule at all does. Rules after it decide nothing.
	DrawLots TieBreak = "lot"
)

// Decision is a tie for which the rules decided something: who takes its seats or some of them, or who takes none.
type Decision struct {
	// Tie is the tie as exact arithmetic leaves it. What the rules leave of it is open, or a lot settles it.
	Tie Tie
	// Given are the seats that the rules gave, by ascending list.
	Given []Given
}

// Given is a tied seat that a rule gave to a list.
type Given struct {
	List int
	// Rule is the first one by which the list comes before those that take no seat by the rules.
	Rule TieBreak
}

// tieBreaks are rules in the order in which they are asked; each is asked only for lists that the ones before leave equal.
type tieBreaks []TieBreak

// CheckTieBreaks returns ErrTieBreak for a rule that is none.
func CheckTieBreaks(rules []TieBreak) error {
	for _, rule := range rules {
		switch rule {
		case MoreVotes, FewerVotes, ListOrder, DrawLots:
		default:
			return fmt.Errorf("%w: %q", ErrTieBreak, rule)
		}
	}
	return nil
}

// claim is a list in a tie, with its votes.
type claim struct {
	list  int
	votes int64
}

// compare returns a negative number if a comes before b, and the rule that says so; 0 and "" if the rules leave a tie.
func (rules tieBreaks) compare(a, b claim) (int, TieBreak) {
	for _, rule := range rules {
		order := 0
		switch rule {
		case MoreVotes:
			order = cmp.Compare(b.votes, a.votes)
		case FewerVotes:
			order = cmp.Compare(a.votes, b.votes)
		case ListOrder:
			order = cmp.Compare(a.list, b.list)
		case DrawLots:
			return 0, ""
		}
		if order != 0 {
			return order, rule
		}
	}
	return 0, ""
}

// before reports whether a comes before b.
func (rules tieBreaks) before(a, b claim) bool {
	order, _ := rules.compare(a, b)
	return order < 0
}

// decide sorts the claims of a tie by the rules. It returns what they decide, nil if nothing, and the tie that they leave,
// nil if none.
func (rules tieBreaks) decide(tie Tie, votes func(list int) int64) (*Decision, *Tie) {
	ranking := make([]claim, 0, len(tie.Lists))
	for _, list := range tie.Lists {
		ranking = append(ranking, claim{list, votes(list)})
	}
	slices.SortStableFunc(ranking, func(a, b claim) int {
		order, _ := rules.compare(a, b)
		return order
	})
	first := ranking[tie.Seats] // of those that take no seat by the rules
	decision, left := &Decision{Tie: tie}, &Tie{Seats: tie.Seats}
	for _, c := range ranking {
		switch order, rule := rules.compare(c, first); {
		case order < 0:
			decision.Given = append(decision.Given, Given{List: c.list, Rule: rule})
			left.Seats--
		case order == 0:
			left.Lists = append(left.Lists, c.list)
		}
	}
	slices.SortFunc(decision.Given, func(a, b Given) int { return cmp.Compare(a.List, b.List) })
	slices.Sort(left.Lists)
	if len(left.Lists) == len(tie.Lists) {
		return nil, &tie
	}
	if left.Seats == 0 {
		left = nil
	}
	return decision, left
}

// decide gives the seats of the open tie that the rules of the input decide.
func (a *Allocation) decide(in Input, step func(list int) Step) {
	if a.Tie == nil {
		return
	}
	a.Decided, a.Tie = tieBreaks(in.TieBreaks).decide(*a.Tie, func(list int) int64 { return in.Lists[list].Votes })
	if a.Decided == nil {
		return
	}
	for _, given := range a.Decided.Given {
		a.Seats[given.List]++
		one := step(given.List)
		one.TieBreak = given.Rule
		a.Steps = append(a.Steps, one)
	}
}
