package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"urna/internal/database"
)

// Codes of PostgreSQL's errors, and their classes.
const (
	diskFull     = "53100"
	readOnly     = "25006" // the server was made a standby
	connection   = "08"
	insufficient = "53" // memory, connections
	intervention = "57P"
	system       = "58"
	internal     = "XX"
)

// Explain adds database.ErrDiskFull or database.ErrFailing if that is the reason and the error does not say so yet.
func (*engine) Explain(err error) error { return explain(err) }

func explain(err error) error {
	switch {
	case err == nil, errors.Is(err, database.ErrDiskFull), errors.Is(err, database.ErrFailing), errors.Is(err, database.ErrUnknownOutcome):
		return err
	case code(err) == diskFull, database.IsDiskFull(err):
		return errors.Join(database.ErrDiskFull, err)
	case isFailing(err):
		return fmt.Errorf("%w: %w", database.ErrFailing, err)
	}
	return err
}

// code is PostgreSQL's code of an error; "" for an error of another kind.
func code(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code
	}
	return ""
}

// isFailing reports whether an error is about the server or the way to it, and not about the statement.
func isFailing(err error) bool {
	if errors.Is(err, ErrLeadLost) {
		return true
	}
	if c := code(err); c != "" {
		for _, class := range []string{readOnly, connection, insufficient, intervention, system, internal} {
			if strings.HasPrefix(c, class) {
				return true
			}
		}
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return !errors.Is(err, context.DeadlineExceeded)
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

// CommitFailed tells a commit that the server refused, whose transaction is rolled back, from one whose answer did not
// come: the transaction may be stored then.
func (*engine) CommitFailed(_ context.Context, failed error) error {
	c := code(failed)
	refused := c != "" && !strings.HasPrefix(c, connection) && !strings.HasPrefix(c, intervention)
	// database/sql gives the context's error for a transaction that ended before its commit began.
	before := errors.Is(failed, context.Canceled) || errors.Is(failed, context.DeadlineExceeded) || errors.Is(failed, sql.ErrTxDone)
	if refused || before || errors.Is(failed, pgx.ErrTxCommitRollback) {
		return failed
	}
	return errors.Join(database.ErrUnknownOutcome, failed)
}
