package sqlite

import (
	"errors"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"urna/internal/problem"
)

var (
	// ErrDiskFull is in the chain of an error whose reason was that the disk has no space left.
	ErrDiskFull = problem.New(problem.Full, "disk-full",
		"The disk of the server's machine is full. Nothing of this was stored; send it again once there is space.")
	// ErrUnknownOutcome is returned where the disk failed while a transaction was put on it and again while it
	// was taken back: until the next transaction is stored, a restart of the program may find it done.
	ErrUnknownOutcome = problem.New(problem.Unsure, "unknown-outcome",
		"The disk of the server's machine failed while this was stored. It may or may not have been done: look before you do it again.")
)

var errCommit = errors.New("sqlite: commit")

// IsDiskFull reports whether the reason of an error, SQLite's or the system's, is that no space is left.
func IsDiskFull(err error) bool {
	failure, ok := errors.AsType[sqlite3.Error](err)
	return ok && failure.Code == sqlite3.ErrFull || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// explain adds ErrDiskFull where that is the reason and nothing was said yet.
func explain(err error) error {
	if err == nil || !IsDiskFull(err) || errors.Is(err, ErrDiskFull) || errors.Is(err, ErrUnknownOutcome) {
		return err
	}
	return errors.Join(ErrDiskFull, err)
}
