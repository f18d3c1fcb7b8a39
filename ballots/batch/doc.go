// Package batch takes batches of ballots in: CSV files that officials upload.
//
// A file is streamed to the spool folder while each line's form is checked and the whole is hashed; a
// malformed file is refused whole, with its line numbers. Its lines are sorted as they arrive, where not many
// arrive at once. An accepted one is synced to disk together with its folder before its row is inserted, and
// only then is it answered. From there a dispatcher reads the queue from the database into a buffered
// channel, workers sort what was not sorted yet, and one writer takes the batches in the order of acceptance,
// those that wait together in one walk through the ledger: each transaction has a chunk of each, with the
// tallies and the batches' progress. Before it begins it waits a little for uploads under way.
//
// It promises that an accepted batch is counted once, in full, whatever happens to the process: what
// waits is in the database, and a restart goes on from the last committed chunk. A fault of the machine
// makes the writer wait and try again; later batches wait behind it, and nothing is skipped.
package batch
