// Package anchor keeps a small file beside the database that says how far the database had come: the number and the
// head of the last event of the audit log, how many batches were accepted and how many online ballots are stored.
//
// The file is synced after the commit of an act and before its answer, so that a database which lacks something that
// was answered is noticed when it is opened. Acts that commit at the same time share one sync. The ballots are counted
// at most once a second, beside the votes. They are one sum over all elections, without a key, a constituency or a poll
// number: it tells an observer of the disk how many votes a second had, which the write-ahead log tells too, and
// nothing about any choice.
//
// The file cannot show that a copy of the whole folder was put back together with its own anchor, and it may miss the
// votes of the last second.
package anchor
