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
	// ErrFailing is in the chain of an error that is about the whole database and not about one statement: its file or disk
	// fails, or another program has locked it.
	ErrFailing = errors.New("database: its file cannot be used")
	// ErrMissingRight is in the chain of an error whose reason is that the database server does not let Urna's role do this.
	ErrMissingRight = errors.New("database: Urna's role lacks a right")
	// ErrReadersInTheWay is returned by EmptyLog if transactions have been reading an old state for so long that the
	// log could not be emptied; the tables themselves are rewritten. On PostgreSQL it is Rewrite that such transactions are in
	// the way of. Trying again later helps.
	ErrReadersInTheWay = errors.New("database: readers kept the log from being emptied")
)

// LogHeldError is returned by EmptyLog if others that receive the log are behind. It is an ErrReadersInTheWay.
type LogHeldError struct{ Holders []LogCopy }

// Error names them.
func (e *LogHeldError) Error() string {
	return "database: the log of changes is still kept for " + Described(e.Holders)
}

// Is makes it an ErrReadersInTheWay.
func (*LogHeldError) Is(target error) bool { return target == ErrReadersInTheWay }

// IsFailing reports whether an error of a transaction is about the whole database, so that another transaction would fail too.
func IsFailing(err error) bool {
	return IsDiskFull(err) || errors.Is(err, ErrFailing) || errors.Is(err, ErrUnknownOutcome)
}

// IsDiskFull reports whether the reason of an error, the database's or the operating system's, is that no space is left.
func IsDiskFull(err error) bool {
	return errors.Is(err, ErrDiskFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
