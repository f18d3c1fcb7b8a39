package database

import (
	"errors"
	"syscall"

	"urna/internal/messages"
	"urna/internal/problem"
)

var (
	// ErrDiskFull is in the chain of an error whose reason was that the disk has no space left.
	ErrDiskFull = problem.New(problem.Full, "disk-full", messages.RefusalDiskFull())
	// ErrUnknownOutcome is returned if the disk failed while a transaction was committed, and again while it was
	// undone: until the next transaction is stored, a restart of the program may find it done.
	ErrUnknownOutcome = problem.New(problem.Unsure, "unknown-outcome", messages.RefusalUnknownOutcome())
	// ErrNotAnchored is returned, with ErrUnknownOutcome in its chain, if a transaction was committed and the Anchor
	// could not be synced after it.
	ErrNotAnchored = problem.New(problem.Unsure, "not-anchored", messages.RefusalNotAnchored())
	// ErrReadersInTheWay is returned by Scrub if transactions have been reading an old state for so long that the
	// log could not be emptied; the tables themselves are rewritten. Trying again later helps.
	ErrReadersInTheWay = errors.New("database: readers kept the log from being emptied")
)

// IsDiskFull reports whether the reason of an error, the database's or the operating system's, is that no space is left.
func IsDiskFull(err error) bool {
	return errors.Is(err, ErrDiskFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
