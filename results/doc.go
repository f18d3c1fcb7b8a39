// Package results says what the tallies mean: shares, seats, the threshold, ties, a winner or a second
// round, and turnout.
//
// It promises that counts by participant are not computed while an election's rules show only
// turnout, that figures come from one snapshot of the database, that their cost does not grow with the
// number of ballots, and that seats come from package results/apportion alone, in exact arithmetic. It
// also tells open pages when figures have changed (Watch).
package results
