package sqlite

import (
	"errors"

	"github.com/mattn/go-sqlite3"

	"urna/internal/database"
)

// isFull reports whether the reason of an error, SQLite's or the operating system's, is that no space is left.
func isFull(err error) bool {
	failure, ok := errors.AsType[sqlite3.Error](err)
	return ok && failure.Code == sqlite3.ErrFull || database.IsDiskFull(err)
}

// Explain adds database.ErrDiskFull if that is the reason and the error does not say so yet.
func (*engine) Explain(err error) error { return explain(err) }

func explain(err error) error {
	if err == nil || !isFull(err) || errors.Is(err, database.ErrDiskFull) || errors.Is(err, database.ErrUnknownOutcome) {
		return err
	}
	return errors.Join(database.ErrDiskFull, err)
}
