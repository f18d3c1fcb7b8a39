package sqlite

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"urna/internal/database"
)

// engine is the part of an open database that is SQLite's own.
type engine struct {
	dialect
	path    string
	schema  database.Schema // of OpenForReading
	vfs     string          // "" is the system's own
	private bool            // Options.Private
	closed  bool            // of OpenForReading: no program has the file open
	writer  *gorm.DB
	own     ownScript // makes the tables of tracked.go

	// Under the write lock:
	priority  bool // the last transaction was a priority one
	alternate bool // wal_autocheckpoint is alternatingCheckpointPages

	tracked map[string]*trackedTable // set once, before the first transaction that changes one
}

// Uninterrupted is false: the end of a context interrupts a statement and leaves the connection.
func (*engine) Uninterrupted() bool { return false }

// BeforeWrite lowers wal_autocheckpoint while ordinary and priority transactions alternate, so that a checkpoint
// never delays a vote for long.
func (e *engine) BeforeWrite(ctx context.Context, priority bool) error {
	alternate := e.priority && !priority
	e.priority = priority
	if alternate == e.alternate {
		return nil
	}
	pages := checkpointPages
	if alternate {
		pages = alternatingCheckpointPages
	}
	if err := e.writer.WithContext(ctx).Exec(fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", pages)).Error; err != nil {
		return fmt.Errorf("sqlite: bound the log: %w", err)
	}
	e.alternate = alternate
	return nil
}

// Begun has nothing to add: the transaction locks the file at its beginning.
func (*engine) Begun(context.Context, database.Querier) error { return nil }

// CommitFailed makes sure that a transaction whose commit failed stays undone. If its sync failed, all of it may
// be in the log already: this process ignores it, but the next one to open the file would find a whole transaction
// and treat it as committed. The next transaction written here overwrites its place in the log, so a small one is
// written at once. A commit that failed for want of space needs none: its last page, which completes it, is missing.
func (e *engine) CommitFailed(ctx context.Context, failed error) error {
	if isFull(failed) {
		return failed
	}
	err := e.writer.WithContext(context.WithoutCancel(ctx)).Exec("PRAGMA user_version = 0").Error // means nothing, and is written
	if err != nil {
		return errors.Join(database.ErrUnknownOutcome, failed, fmt.Errorf("sqlite: undo the commit: %w", err))
	}
	return failed
}

// Outside returns SQLite's own counter, which a connection can compare with what it read before.
func (e *engine) Outside(ctx context.Context, on database.Querier) (counter int64, err error) {
	if err := on.QueryRowContext(ctx, "PRAGMA data_version").Scan(&counter); err != nil {
		return 0, fmt.Errorf("sqlite: read the version: %w", err)
	}
	return counter, nil
}

// Rewrite is DB.Rewrite.
func (e *engine) Rewrite(ctx context.Context, _ []string) error {
	if err := e.writer.WithContext(ctx).Exec(`VACUUM`).Error; err != nil {
		return fmt.Errorf("sqlite: rewrite the file: %w", err)
	}
	return nil
}

// EmptyLog is one try of DB.EmptyLog. It does not wait for readers: SQLite would wait for as long as for a writer, under
// the write lock.
func (e *engine) EmptyLog(ctx context.Context) (outcome database.Emptying, err error) {
	pool, err := e.writer.DB()
	if err != nil {
		return outcome, fmt.Errorf("sqlite: empty the log: %w", err)
	}
	if _, err := pool.ExecContext(ctx, `PRAGMA busy_timeout = 0`); err != nil {
		return outcome, fmt.Errorf("sqlite: empty the log: %w", err)
	}
	defer func() {
		// The context may have ended; the connection stays.
		_, failed := pool.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf(`PRAGMA busy_timeout = %d`, busyTimeout.Milliseconds()))
		err = errors.Join(err, failed)
	}()
	var busy, frames, done int
	if err := pool.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &done); err != nil {
		return outcome, fmt.Errorf("sqlite: empty the log: %w", err)
	}
	return database.Emptying{Done: busy == 0}, nil
}

// LogCopies finds none: the log is a file beside the database.
func (*engine) LogCopies(context.Context, database.Querier) ([]database.LogCopy, error) {
	return nil, nil
}
