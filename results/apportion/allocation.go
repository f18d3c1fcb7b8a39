package apportion

// List is one list (party) of an allocation.
type List struct {
	// Name is used in explanations and errors only; the allocation never looks at it.
	Name string
	// Votes are the list's votes, 0 or more. A list without votes never takes a seat.
	Votes int64
	// Weight multiplies each of the list's quotients; the zero value means 1. With a quota it
	// multiplies the votes. Thresholds look at the votes without it.
	Weight Ratio
	// Exempt lists pass every threshold.
	Exempt bool
	// MaxSeats bounds the seats the list can take (it has no more candidates); 0 means no bound,
	// a negative number that the list can take none.
	MaxSeats int
	// Lumped marks an "others" row that counts toward totals and can take no seat.
	Lumped bool
	// ThresholdPercent replaces Threshold.Percent for this list where it is not nil (coalitions).
	// It has no effect with BaseNone and BaseQuota.
	ThresholdPercent *Ratio
}

// Base says of what a threshold is a percentage.
type Base string

// The bases of thresholds. The zero value is read as BaseNone.
const (
	// BaseNone: there is no threshold.
	BaseNone Base = "none"
	// BaseValidPartyVotes: the valid votes for lists, lumped rows included.
	BaseValidPartyVotes Base = "valid-party-votes"
	// BaseValidIncludingBlank: the valid votes for lists and the blank ballots.
	BaseValidIncludingBlank Base = "valid-including-blank"
	// BaseVotesCast: all votes cast, with blank and invalid ones.
	BaseVotesCast Base = "votes-cast"
	// BaseEligible: all who may vote.
	BaseEligible Base = "eligible"
	// BaseQuota: a list needs one full quota, votes × seats ≥ valid votes; percentages play no part.
	BaseQuota Base = "quota"
)

// Comparison says what happens to a list that meets a threshold exactly.
type Comparison string

const (
	// AtLeast lets it in. The zero value is read as AtLeast.
	AtLeast Comparison = ">="
	// MoreThan keeps it out.
	MoreThan Comparison = ">"
)

// Threshold is what a list needs to take part in the allocation.
type Threshold struct {
	// Percent of Base, 0 to 100; the zero value is 0.
	Percent Ratio
	// Base is what Percent is a part of.
	Base Base
	// Comparison decides about a list with exactly that many votes.
	Comparison Comparison
	// Total is the base as a number of votes, where the source states it; 0 means that it is
	// computed from the input's counts.
	Total int64
	// Passing holds the indexes of the lists that are in, where that was decided elsewhere
	// (nationwide); Percent and Base then play no part. nil means "not used".
	Passing []int
}

// Input is everything an allocation depends on. All counts are numbers of votes, 0 or more.
type Input struct {
	Method Method
	// Seats to allocate, 1 to MaxSeats.
	Seats int
	Lists []List
	// Threshold that lists must pass; the zero value is none.
	Threshold Threshold
	// Valid are the valid votes for lists where the source states them; 0 means the sum of the
	// lists' votes. Only thresholds look at it, quotas do not: they are computed from the votes
	// of the lists that are in.
	Valid int64
	// Blank and Invalid ballots.
	Blank, Invalid int64
	// VotesCast where the source states them; 0 means valid, blank and invalid votes together.
	VotesCast int64
	// Eligible are the people who may vote.
	Eligible int64
	// TieBreaks are the rules that decide ties, in the order in which they are asked; a lot settles what they leave. None
	// leaves every tie to a lot.
	TieBreaks []TieBreak
	// Lots are the decisions about ties that were drawn; see Tie.
	Lots []Lot
}

// Tie is a decision that exact arithmetic, and then the rules for ties, leave open: the lists, as ascending indexes, tie for
// that many last seats, fewer than there are lists. Each of them gets at most one of the seats.
type Tie struct {
	Lists []int
	Seats int
}

// Lot settles a tie: all of the tied lists in the order in which they were drawn. The first
// Tie.Seats of them take one seat each. A lot whose lists are not exactly those of the tie is void.
type Lot struct {
	Lists []int
}

// Allocation is what Allocate returns. Slices are indexed like Input.Lists, unless said otherwise.
type Allocation struct {
	// Seats of each list; while a tie is open, the certain ones.
	Seats []int
	// BelowThreshold marks the lists that the threshold keeps out. Lumped rows are not lists and
	// never marked.
	BelowThreshold []bool
	// Tie is the open tie, or nil.
	Tie *Tie
	// Decided is the tie for which the rules of the input decided something, or nil. Tie or Settled is what they left.
	Decided *Decision
	// Settled is the tie that a lot of the input decided, or nil.
	Settled *Tie
	// VoidLots holds the indexes of Input.Lots that settled nothing.
	VoidLots []int
	// Unassigned seats that no list could take: all are exhausted, or none is in.
	Unassigned int
	// ThresholdBase is the number of votes of which the threshold is a percentage (or, for
	// BaseQuota, which the quota is computed from); 0 where there is no threshold.
	ThresholdBase int64
	// ThresholdVotes is the smallest number of votes that passes the threshold, for lists without
	// a percentage of their own; 0 where there is no threshold.
	ThresholdVotes int64
	// Quota in votes, for quota methods where any list is in; unset otherwise.
	Quota Ratio
	// Steps holds one entry for each seat that was given, in the order of the quotients (for
	// quotas: of the votes that lists still had to spend). Among equal quotients the order means
	// nothing. AllocateByDivisor leaves it nil.
	Steps []Step
}

// Step is how one seat was given.
type Step struct {
	// List that took the seat, an index.
	List int
	// Seat is the list's how-manieth seat this was, from 1.
	Seat int
	// Quotient that won.
	Quotient Quotient
	// RunnerUp is the list with the next largest quotient at that moment, or -1 where no other
	// list could take a seat any more.
	RunnerUp int
	// RunnerUpQuotient is the runner-up's quotient at that moment.
	RunnerUpQuotient Quotient
	// Margin is how many more votes, everything else (a quota included) unchanged, the runner-up
	// would have needed to take this seat without a lot: 1 or more. It is -1 without a runner-up and where no
	// number of votes suffices (against a first seat that is free).
	Margin int64
	// WholeQuota is true for the seats of quota methods that a whole quota of votes paid for.
	WholeQuota bool
	// ByLot is true for seats that a lot decided; they have no runner-up.
	ByLot bool
	// TieBreak is the rule by which a list took a tied seat, "" if there was no tie; such seats have no runner-up.
	TieBreak TieBreak
}

// MaxSeats is the largest number of seats that can be allocated at once.
const MaxSeats = 100_000

// Allocate distributes the seats of the input, one after another to the largest quotient. It is
// deterministic, and its result depends on the order of the lists in nothing but the order of Steps
// with equal quotients. The errors are those of this package's variables.
func Allocate(in Input) (Allocation, error) {
	if err := in.check(); err != nil {
		return Allocation{}, err
	}
	gate, err := newGate(in)
	if err != nil {
		return Allocation{}, err
	}
	result := Allocation{
		Seats:          make([]int, len(in.Lists)),
		BelowThreshold: make([]bool, len(in.Lists)),
		ThresholdBase:  gate.base,
		ThresholdVotes: gate.votes,
	}
	for i, list := range in.Lists {
		result.BelowThreshold[i] = !list.Lumped && !gate.admits(i, list.Votes)
	}
	contest, err := newContest(in, result.BelowThreshold)
	if err != nil {
		return Allocation{}, err
	}
	result.Quota = contest.quota()
	contest.run(&result)
	result.decide(in, contest.tiedStep)
	result.settle(in.Lots, contest.tiedStep)
	return result, nil
}
