package apportion

import "slices"

// contest is the sequential allocation: a heap of the lists that can still take a seat, the one
// with the largest quotient on top.
type contest struct {
	rule
	lists []int   // indexes in the input, of the lists that are in and have votes
	votes []int64 // weighted; like all slices below, by contestant
	unit  []int64 // what one vote weighs
	limit []int   // most seats
	held  []int
	ranks []rank // of the next seat
	heap  []int  // contestants below their limit
	steps []Step
	last  rank // the quotient of the last seat given
	ties  tieBreaks
}

func newContest(in Input, belowThreshold []bool) (*contest, error) {
	c := &contest{ties: in.TieBreaks}
	scale, err := in.scale()
	if err != nil {
		return nil, err
	}
	total := int64(0)
	for i, list := range in.Lists {
		if list.Lumped || belowThreshold[i] || list.Votes == 0 {
			continue
		}
		unit := list.Weight.orOne().numerator * (scale / list.Weight.orOne().denominator)
		c.lists = append(c.lists, i)
		c.unit = append(c.unit, unit)
		c.votes = append(c.votes, list.Votes*unit)
		c.limit = append(c.limit, list.MostSeats(in.Seats))
		total += list.Votes * unit
	}
	if c.rule, err = newRule(in, scale, total); err != nil {
		return nil, err
	}
	return c, nil
}

// MostSeats returns how many of the seats the list can take at most.
func (l List) MostSeats(seats int) int {
	if l.MaxSeats == 0 {
		return seats
	}
	return max(min(l.MaxSeats, seats), 0)
}

// quota returns the quota in votes, unset for highest averages and where no list is in.
func (c *contest) quota() Ratio {
	if !c.method.HasQuota() || len(c.lists) == 0 {
		return Ratio{}
	}
	return c.rule.quota()
}

// run gives out the seats and fills in result's Seats, Tie, Unassigned and Steps.
func (c *contest) run(result *Allocation) {
	c.held = make([]int, len(c.lists))
	c.ranks = make([]rank, len(c.lists))
	c.steps = make([]Step, 0, c.seats)
	for i, limit := range c.limit {
		if limit > 0 {
			c.ranks[i] = c.rank(c.votes[i], 0)
			c.heap = append(c.heap, i)
		}
	}
	for at := len(c.heap)/2 - 1; at >= 0; at-- {
		c.sink(at)
	}
	for len(c.steps) < c.seats && len(c.heap) > 0 {
		c.give()
	}
	result.Unassigned = c.seats - len(c.steps)
	result.Tie = c.undoTie()
	result.Steps = c.steps
	for i, list := range c.lists {
		result.Seats[list] = c.held[i]
	}
}

// give gives the next seat to the list on top.
func (c *contest) give() {
	winner := c.heap[0]
	c.last = c.ranks[winner]
	c.steps = append(c.steps, c.step(winner, c.second()))
	c.held[winner]++
	if c.held[winner] == c.limit[winner] {
		end := len(c.heap) - 1
		c.heap[0] = c.heap[end]
		c.heap = c.heap[:end]
	} else {
		c.ranks[winner] = c.rank(c.votes[winner], c.held[winner])
	}
	c.sink(0)
}

// undoTie finds out whether the last quotient that won a seat has equals that won none. Then
// it takes those seats back and returns the tie. The quotients of one list fall strictly, so that
// no list has the same quotient twice, and each has at most one of the tied seats.
func (c *contest) undoTie() *Tie {
	if len(c.heap) == 0 || len(c.steps) == 0 || c.ranks[c.heap[0]].compare(c.last) < 0 {
		return nil
	}
	tie := &Tie{}
	for _, i := range c.heap {
		if c.ranks[i].compare(c.last) == 0 {
			tie.Lists = append(tie.Lists, c.lists[i])
		}
	}
	for i, held := range c.held {
		if held > 0 && c.rank(c.votes[i], held-1).compare(c.last) == 0 {
			tie.Lists = append(tie.Lists, c.lists[i])
			tie.Seats++
			c.held[i]--
		}
	}
	slices.Sort(tie.Lists)
	c.steps = c.steps[:len(c.steps)-tie.Seats]
	return tie
}

// step describes the seat that winner is about to take from runnerUp, which may be -1.
func (c *contest) step(winner, runnerUp int) Step {
	step := Step{
		List:       c.lists[winner],
		Seat:       c.held[winner] + 1,
		Quotient:   c.quotient(c.votes[winner], c.held[winner]),
		RunnerUp:   -1,
		Margin:     -1,
		WholeQuota: c.isWhole(winner),
	}
	if runnerUp < 0 {
		return step
	}
	step.RunnerUp = c.lists[runnerUp]
	step.RunnerUpQuotient = c.quotient(c.votes[runnerUp], c.held[runnerUp])
	if c.ranks[winner].denominator != 0 || c.ranks[runnerUp].denominator == 0 {
		step.Margin = c.lacks(runnerUp, winner)
	}
	return step
}

// lacks returns the smallest number of votes, 1 or more, which contestant i would need on top of its votes to come before
// the winner of a seat: by its quotient, or by the rules if the quotients are equal; -1 if none is enough.
func (c *contest) lacks(i, winner int) int64 {
	votes, unit, target := c.votes[i], c.unit[i], c.ranks[winner]
	rival := claim{c.lists[winner], c.votes[winner] / c.unit[winner]}
	return firstTrue((maxVotes-votes)/unit, func(more int64) bool {
		order := c.rank(votes+more*unit, c.held[i]).compare(target)
		return order > 0 || order == 0 && c.ties.before(claim{c.lists[i], votes/unit + more}, rival)
	})
}

// isWhole reports whether a whole quota pays for the contestant's next seat.
func (c *contest) isWhole(i int) bool {
	return c.method.HasQuota() && c.votes[i]*c.factor >= int64(c.held[i]+1)*c.price
}

// tiedStep describes the tied seat that a rule or a lot gives to a list of the input.
func (c *contest) tiedStep(list int) Step {
	i := slices.Index(c.lists, list)
	step := c.step(i, -1)
	c.held[i]++
	return step
}

// second returns the contestant with the second largest quotient, or -1.
func (c *contest) second() int {
	switch {
	case len(c.heap) < 2:
		return -1
	case len(c.heap) > 2 && c.before(c.heap[2], c.heap[1]):
		return c.heap[2]
	}
	return c.heap[1]
}

// before reports whether contestant i is above j in the heap. The index decides between equal
// quotients, for a result that is always the same; a tie never hangs on it.
func (c *contest) before(i, j int) bool {
	if order := c.ranks[i].compare(c.ranks[j]); order != 0 {
		return order > 0
	}
	return i < j
}

// sink restores the heap below position at.
func (c *contest) sink(at int) {
	for {
		child := 2*at + 1
		if child >= len(c.heap) {
			return
		}
		if child+1 < len(c.heap) && c.before(c.heap[child+1], c.heap[child]) {
			child++
		}
		if !c.before(c.heap[child], c.heap[at]) {
			return
		}
		c.heap[at], c.heap[child] = c.heap[child], c.heap[at]
		at = child
	}
}
