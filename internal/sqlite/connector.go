package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sync/atomic"

	"github.com/mattn/go-sqlite3"
)

// checkpointPages is how long the log grows, in pages of 4 KiB, before a commit also moves its pages into
// the database file: 128 MiB. Committed data are in the log and synced either way; counting a million
// ballots then waits for no sync of the database file.
const checkpointPages = 32_768

// alternatingCheckpointPages is the same bound while ordinary and priority transactions alternate:
// moving 128 MiB takes a tenth of a second, for which a voter would wait.
const alternatingCheckpointPages = 2_048

// connector opens connections that all have the settings which no data source name can carry.
type connector struct {
	name string
	own  *ownScript // nil for readers
}

// ownScript is what every writing connection executes at its beginning, after its settings.
type ownScript struct{ statements atomic.Pointer[[]string] }

// Connect opens a connection.
func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.name) }

// Driver returns the driver.
func (c connector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(connection *sqlite3.SQLiteConn) error {
		statements := []string{fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", checkpointPages)}
		if c.own != nil {
			if own := c.own.statements.Load(); own != nil {
				statements = append(statements, *own...)
			}
		}
		for _, s := range statements {
			if _, err := connection.Exec(s, nil); err != nil {
				return err
			}
		}
		return nil
	}}
}
