package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"

	"urna/internal/database"
)

// lockClass is the first number of Urna's advisory locks. The second is 0 for changes of the schema and 1 for the one
// writing transaction.
const lockClass = 0x75726e61

// errOnlyReads is returned for a change of a database that was opened for reading.
var errOnlyReads = errors.New("postgres: the database was opened for reading")

// BeforeWrite refuses changes of a database that was opened for reading.
func (e *engine) BeforeWrite(context.Context, bool) error {
	if e.onlyReads {
		return errOnlyReads
	}
	return nil
}

// Begun makes the transaction the only one that writes, beside those of other processes too: identity values and events
// of the log are then visible in their order.
func (e *engine) Begun(ctx context.Context, on database.Querier) error {
	if e.schema != database.Main {
		return nil
	}
	if _, err := on.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1, 1)`, lockClass); err != nil {
		return fmt.Errorf("postgres: lock for writing: %w", err)
	}
	if e.lead != nil {
		return nil // no other program upgrades the schema
	}
	return e.sameVersion(ctx, on)
}

// sameVersion refuses to write for a command whose database a server has upgraded meanwhile.
func (e *engine) sameVersion(ctx context.Context, on database.Querier) error {
	found, err := version(ctx, on, e.schema)
	if err != nil {
		return fmt.Errorf("postgres: read the version of the schema: %w", err)
	}
	return e.design.check(found)
}

// Outside returns a number for the set of transactions that have ended. In a transaction that writes it is always the same:
// no other process has to be let through, since the lock has a queue.
func (e *engine) Outside(ctx context.Context, on database.Querier) (int64, error) {
	var snapshot string
	const query = `SELECT CASE WHEN $1 OR current_setting('transaction_read_only') = 'on' THEN pg_current_snapshot()::text ELSE '' END`
	if err := on.QueryRowContext(ctx, query, e.onlyReads).Scan(&snapshot); err != nil {
		return 0, fmt.Errorf("postgres: read the version: %w", err)
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(snapshot)) // never fails
	return int64(h.Sum64()), nil
}

// errNotHere is the answer to what this engine leaves to PostgreSQL's own programs.
var errNotHere = errors.New("postgres: copies of a PostgreSQL database are made by pg_basebackup or pg_dump")

// Copy refuses: PostgreSQL has programs for it.
func (*engine) Copy(context.Context, string, func(database.Querier) error) (int64, error) {
	return 0, errNotHere
}

// ForgetCopies has none to forget.
func (*engine) ForgetCopies(context.Context, *database.Tx) error { return nil }

// Size returns how many bytes a database takes.
func Size(ctx context.Context, on database.Querier) (bytes int64, err error) {
	if err := on.QueryRowContext(ctx, `SELECT pg_database_size(current_database())`).Scan(&bytes); err != nil {
		return 0, fmt.Errorf("postgres: read the size: %w", err)
	}
	return bytes, nil
}
