package online

import (
	"context"
	"fmt"
	"time"

	"urna/internal/database"
)

// The pauses for other writers.
const (
	contendedPause = 30 * time.Millisecond  // after each transaction, once another process has written
	probePause     = 120 * time.Millisecond // until then, after each blindEvery: longer than SQLite sleeps between two tries
	probeEvery     = 10
)

// otherWriters detects other processes that write to the database while a command runs many transactions, and
// pauses for them. Votes in a server's process poll for SQLite's lock: they try again after 25 ms, later after 100,
// and a command without pauses would hold the lock at every try. A process that never gets the lock is never
// detected, so there are pauses before the first detection too. Within a server the write lock gives votes priority.
type otherWriters struct {
	version      int64 // of the file's content, as the writing connection knows what others changed
	active       bool
	transactions int // transactions
}

// detect checks whether another process has written since the first call.
func (o *otherWriters) detect(ctx context.Context, tx *database.Tx) error {
	version, err := tx.Outside(ctx)
	if err != nil {
		return fmt.Errorf("online: look for others: %w", err)
	}
	o.active = o.active || o.version != 0 && o.version != version
	o.version = version
	return nil
}

// yieldToWriters pauses between two transactions, so that other processes can write.
func (o *otherWriters) yieldToWriters() {
	o.transactions++
	switch {
	case o.active:
		time.Sleep(contendedPause)
	case o.transactions%probeEvery == 0:
		time.Sleep(probePause)
	}
}
