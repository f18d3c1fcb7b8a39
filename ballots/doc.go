// Package ballots is the ledger: who holds which GUID, the tallies, and the one writer's statements.
//
// A line of a batch claims a GUID. The first claim holds it, in the order in which batches were
// accepted and then of their lines, whatever its poll number; a later claim is a duplicate: a line, not
// a ballot. A ballot with a known poll number is valid, with an unknown one invalid.
//
// A Sorter puts the lines of a batch in the order of GUIDs, in bounded memory; Sorted hands them out in
// packed chunks; Append puts a chunk into the ledger in a few statements, whatever its size, together
// with the tallies and the lines that do not count, in the caller's transaction. The tallies therefore equal a recount of the ledger at every
// commit, and reading them does not grow with the number of ballots.
//
// Files, queues and workers are package batch's.
package ballots
