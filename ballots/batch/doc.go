// Package batch takes batches of ballots in: CSV files that officials upload.
//
// A file is streamed to the spool folder while each line's form is checked and the whole is hashed; a
// malformed file is refused whole, with its line numbers. An accepted one is synced to disk together
// with its folder before its row is inserted, and only then is it answered. From there a dispatcher
// reads the queue from the database into a buffered channel, workers parse, sort and pack ahead, and
// one writer applies chunk after chunk, strictly in the order of acceptance, each in one transaction
// with the tallies and the batch's progress.
//
// It promises that an accepted batch is counted once, in full, whatever happens to the process: what
// waits is in the database, and a restart goes on from the last committed chunk. A fault of the machine
// makes the writer wait and try again; later batches wait behind it, and nothing is skipped.
package batch
