// Package apportion turns votes into seats and winners, in exact integer arithmetic.
//
// [Allocate] distributes seats among lists by every method that [Methods] names: highest averages
// (each list's votes are divided by a growing series of divisors, and the seats go to the largest
// quotients) and quotas with largest remainders (each seat costs a quota of votes, and the seats
// that no whole quota buys go to the largest remainders). It knows thresholds, exemptions, weights
// and lists that run out of candidates, and returns the reasons with the seats: the threshold in
// votes, the quota, and for every seat the quotient that won it, the runner-up and what it lacked.
// [Margins] tells how many votes each list was short of its next seat and could have lost before
// losing its last. The package results/explanation writes all of it down for a reader who knows the law and not the code.
//
// [AllocateByDivisor] does the same work a second time by another road, in arbitrary precision and
// sharing nothing of the calculation with [Allocate]: two results that agree are what a
// certification can rest on.
//
// [Elect] finds the winner of a presidential round, or who goes to the second one.
//
// What exact arithmetic leaves undecided is a [Tie], and a tie is a result. Who wins it is national
// law: more votes in Spain, fewer in Portugal, a lot in the Netherlands. An input names the rules of its
// law ([TieBreak]), and what they decide is a [Decision]. A lot that was drawn for the rest comes
// back in as a [Lot]. Without a rule nothing here breaks a tie by the votes or the order of the lists.
//
// The package is pure: it imports the standard library alone, keeps no state, never looks at names,
// and all of its functions may be called concurrently. The methods are those described by
// M. L. Balinski and H. P. Young, "Fair Representation", 2nd edition, 2001, and by F. Pukelsheim,
// "Proportional Representation", 2nd edition, 2017.
package apportion
