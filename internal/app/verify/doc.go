// Package verify checks a data folder without changing it: it compares the database with the originals, such as the
// batches' files and the audit log.
//
// [Folder] makes all checks on one snapshot of the database and returns a [Report]: what was compared, every
// difference, and what could not be checked. Each check is a function in a file of its own, named in the list of
// checks in verify.go. A check that fails is a difference too, and the other checks are made.
//
// Before an election's rules show its counts, no difference tells a poll number or a number of votes of it.
package verify
