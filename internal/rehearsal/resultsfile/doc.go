// Package resultsfile reads results files: one JSON object with the votes, the rules and the
// declared seats or winner of a real election.
//
// [Open] reads a file from disk or one of those built into the program ([Names] lists them), and
// [Parse] reads bytes. A [File] holds cases, each an allocation of its own (the constituencies, or
// the one whole election), or the rounds of a presidential election. [Case.Input] and [File.Race]
// turn them into what results/apportion takes; [Compare] and [CompareWinner] tell how an outcome
// differs from the declared one.
//
// A file that is not JSON of that shape is an error of Parse. A mistake in one case (a method
// that does not exist, a count that is no number) is an error of that case's Input, and the others
// stay usable. Numbers are read exactly, never as floating point.
//
// # The format
//
// The fields of a parliamentary file. Those of a constituency are the same; it inherits method,
// threshold and exemptions from the file, and its own stand before them.
//
//	id, name, country, date   what it is
//	method                    one of apportion.Methods
//	seats                     seats to allocate
//	threshold                 percent of base, comparison, total, passing: see apportion.Threshold,
//	                          where passing holds indexes instead of names
//	exempt_from_threshold     names
//	blank_votes, invalid_votes, votes_cast, eligible, valid_votes
//	parties                   name, votes, seats (official), weight, max_seats, lumped,
//	                          threshold_percent: see apportion.List
//	constituencies            objects with these fields
//	expected_tie              names and seats: the tie that exact arithmetic must leave open
//	tie_winner, tie_resolution  who got the tied seats in reality, and how
//	unassigned_seats          seats that no list could take
//
// A file of the kind "presidential" has a rule (type, majority_base: see apportion.Rule and
// apportion.MajorityBase), rounds with candidates (name, votes) and the counts, and a winner.
//
// Fields that are not named here are ignored, whatever they hold. A field with null is read as if
// it were not there. Percentages and weights may be numbers or strings ("3.25", "27/20").
package resultsfile
