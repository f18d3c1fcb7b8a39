package sqlite

import (
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"urna/internal/database"
)

// isFull reports whether the reason of an error, SQLite's or the operating system's, is that no space is left.
func isFull(err error) bool {
	failure, ok := errors.AsType[sqlite3.Error](err)
	return ok && failure.Code == sqlite3.ErrFull || database.IsDiskFull(err)
}

// isFailing reports whether SQLite's error is about the database and not about the statement.
func isFailing(err error) bool {
	failure, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return false
	}
	switch failure.Code {
	case sqlite3.ErrIoErr, sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrCantOpen, sqlite3.ErrReadonly, sqlite3.ErrPerm,
		sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol, sqlite3.ErrNomem:
		return true
	}
	return false
}

// Explain adds database.ErrDiskFull or database.ErrFailing if that is the reason and the error does not say so yet.
func (*engine) Explain(err error) error { return explain(err) }

func explain(err error) error {
	switch {
	case err == nil, errors.Is(err, database.ErrDiskFull), errors.Is(err, database.ErrFailing), errors.Is(err, database.ErrUnknownOutcome):
		return err
	case isFull(err):
		return errors.Join(database.ErrDiskFull, err)
	case isFailing(err):
		return fmt.Errorf("%w: %w", database.ErrFailing, err)
	}
	return err
}
