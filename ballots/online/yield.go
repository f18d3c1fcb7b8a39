package online

import (
	"context"
	"fmt"
	"time"

	"urna/internal/database"
)

// The pauses for others.
const (
	contendedPause = 30 * time.Millisecond  // after each transaction, once somebody else has written
	probePause     = 120 * time.Millisecond // until then, after each blindEvery: longer than SQLite sleeps between two tries
	probeEvery     = 10
)

// otherWriters are processes that write beside one that has many transactions to go through. Votes in a server's
// process wait for SQLite's lock, which nobody hands on: they try again after 25 ms, and later after 100, and a
// command that went from one transaction to the next would keep it. Who never gets the lock is never seen to
// write, which is why there are pauses before, too. Within a server the write lock lets votes overtake.
type otherWriters struct {
	version      int64 // of the file's content, as the writing connection knows what others changed
	active       bool
	transactions int // transactions
}

// detect finds out whether another process has written since the first detect.
func (o *otherWriters) detect(ctx context.Context, tx *database.Tx) error {
	version, err := tx.Outside(ctx)
	if err != nil {
		return fmt.Errorf("online: look for others: %w", err)
	}
	o.active = o.active || o.version != 0 && o.version != version
	o.version = version
	return nil
}

// yieldToWriters lets others write between two transactions.
func (o *otherWriters) yieldToWriters() {
	o.transactions++
	switch {
	case o.active:
		time.Sleep(contendedPause)
	case o.transactions%probeEvery == 0:
		time.Sleep(probePause)
	}
}
