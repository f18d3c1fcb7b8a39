package attack

import (
	"database/sql"
	"testing"

	"urna/internal/testing/program"
)

// engine is the database under an election, with a thief who knows how to take all of it.
type engine interface {
	// serve starts the program.
	serve(t *testing.T, binary string, flags ...string) *program.Server
	// steal takes everything at one moment.
	steal(t *testing.T, e *env) evidence
	// values returns a database, as of one moment, with everything that tables have.
	values(t *testing.T) *sql.DB
	// everything returns all bytes that the database has on the disk.
	everything(t *testing.T) []byte
}

// home is where an election's database and secrets are.
type home struct {
	folder   string  // of SQLite's database, and of the secrets
	database string  // the address of a PostgreSQL database; "" is SQLite in the folder
	beside   *sql.DB // the same database, for changes around the program
	dialect
	engine
}

// dialect are the few statements that engines write in their own ways.
type dialect struct {
	checkpoint     string // moves what the log holds into the files
	tables         string // lists the names of all tables, as bytes
	bytes          string // the type
	everyVoteShown string // has the public figures follow every single vote
}

// has reports whether an engine has what a source is.
func (h home) has(source string) bool {
	switch source {
	case fromBackup, fromOwn:
		return h.database == ""
	case fromRows, fromTransactions, fromStatistics:
		return h.database != ""
	}
	return true
}

// onEach runs a test on each engine.
func onEach(t *testing.T, test func(t *testing.T, open func(*testing.T) home)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, openSQLite) })
	t.Run("PostgreSQL", func(t *testing.T) {
		test(t, func(t *testing.T) home { //nolint:thelper // it opens a home
			return openPostgres(t)
		})
	})
}
