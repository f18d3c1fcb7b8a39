package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrReadersInTheWay is returned by Scrub where somebody has been reading an old state for so long that
// the log could not be emptied; the file itself is rewritten. Trying again later helps.
var ErrReadersInTheWay = errors.New("sqlite: readers kept the log from being emptied")

// scrubTries and scrubPause bound how long Scrub waits for readers of an old state.
const (
	scrubTries = 20
	scrubPause = 50 * time.Millisecond
)

// Scrub rewrites the whole file, table by table in the order of keys, and empties the write-ahead log,
// so that neither holds anything that was deleted or overwritten, or the order in which rows came. It
// needs as much free disk as the file is large, and nobody writes meanwhile; readers go on.
func (d *DB) Scrub(ctx context.Context) (err error) {
	if err := d.gate.enter(ctx, false); err != nil {
		return fmt.Errorf("sqlite: scrub: %w", err)
	}
	defer d.gate.leave()
	pool, err := d.writer.DB()
	if err != nil {
		return fmt.Errorf("sqlite: scrub: %w", err)
	}
	if _, err := pool.ExecContext(ctx, `VACUUM`); err != nil {
		return fmt.Errorf("sqlite: rewrite the file: %w", err)
	}
	// Readers are waited for here and not inside SQLite, which would do it for as long as for a writer.
	if _, err := pool.ExecContext(ctx, `PRAGMA busy_timeout = 0`); err != nil {
		return fmt.Errorf("sqlite: empty the log: %w", err)
	}
	defer func() {
		// The context may have ended; the connection stays.
		_, failed := pool.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf(`PRAGMA busy_timeout = %d`, busyTimeout.Milliseconds()))
		err = errors.Join(err, failed)
	}()
	for range scrubTries {
		var busy, frames, done int
		if err := pool.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &done); err != nil {
			return fmt.Errorf("sqlite: empty the log: %w", err)
		}
		if busy == 0 {
			return nil
		}
		time.Sleep(scrubPause)
	}
	return ErrReadersInTheWay
}
