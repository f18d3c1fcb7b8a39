package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Schema names the migrations that a database follows.
type Schema string

// The schemas.
const (
	// Main is everything that must never be lost.
	Main Schema = "main"
	// Sessions holds browser sessions, in a database of their own so that they never queue behind ballots.
	Sessions Schema = "sessions"
)

// Engine is what differs from one kind of database to another. BeforeWrite, CommitFailed, Rewrite and EmptyLog are called
// under the write lock, the others by many goroutines at once.
type Engine interface {
	Dialect

	// Uninterrupted reports that a writing transaction must not be cut when its context ends, since its connection would be
	// lost with it. It then ends between two statements, or before its commit.
	Uninterrupted() bool
	// BeforeWrite prepares the writing connection for the next transaction; priority tells which kind it is.
	BeforeWrite(ctx context.Context, priority bool) error
	// Begun is called first in each writing transaction.
	Begun(ctx context.Context, on Querier) error
	// CommitFailed makes sure that a transaction whose commit failed is not found committed later. It returns the
	// error to report, with ErrUnknownOutcome in its chain if it cannot make sure.
	CommitFailed(ctx context.Context, failed error) error
	// Outside returns a number that changes when any other connection than that of on has committed. It is compared
	// with earlier ones of the same connection only.
	Outside(ctx context.Context, on Querier) (int64, error)
	// Explain adds ErrDiskFull to an error of the engine's own if no space on the disk is its reason, and ErrFailing if the
	// database as a whole fails for another one.
	Explain(err error) error
	// Rewrite is DB.Rewrite, under the write lock.
	Rewrite(ctx context.Context, tables []string) error
	// EmptyLog is one try of DB.EmptyLog, under the write lock.
	EmptyLog(ctx context.Context) (Emptying, error)
	// EraseCopies is DB.EraseCopies.
	EraseCopies(ctx context.Context, d *DB) (ErasedCopies, error)
	// LogCopies is Tx.LogCopies.
	LogCopies(ctx context.Context, on Querier) ([]LogCopy, error)
	// ForgetCopies is Tx.ForgetCopies.
	ForgetCopies(ctx context.Context, t *Tx) error
	// Copy is DB.Copy.
	Copy(ctx context.Context, path string, read func(Querier) error) (schema int64, err error)
	// Check is Tx.Check.
	Check(ctx context.Context, on Querier) (faults []Fault, err error)
	// Unpack makes packed records a relation r for a statement that follows with. The statement's arguments follow args,
	// and its $1 is $1+taken there.
	Unpack(ctx context.Context, on Querier, l *Layout, packed []byte) (with string, args []any, taken int, err error)
	// InsertAbsent is Rows.InsertAbsent.
	InsertAbsent(ctx context.Context, on Querier, l *Layout, packed []byte, into Insertion) (inserted int64, rest []byte, err error)
	// ExecAll is Tx.ExecAll.
	ExecAll(ctx context.Context, on Querier, all []Statement) error
	// Track is DB.Track, under the write lock.
	Track(ctx context.Context, tables []Tracked) error
	// Changes is DB.Changes.
	Changes(ctx context.Context, on Querier) ([]RowChange, error)
	// EachRow is DB.EachRow.
	EachRow(ctx context.Context, on Querier, t Tracked, fn func(RowChange) error) error
	// Load is Tx.Load.
	Load(ctx context.Context, on Querier, tables []string, given map[string]int64, fill func() error) error
	// Given is Tx.Given.
	Given(ctx context.Context, on Querier) (map[string]int64, error)
}

// DB is one open database: one connection writes, several read.
type DB struct {
	engine  Engine
	writer  *gorm.DB
	reader  *gorm.DB
	readers *sql.DB // under reader
	lock    writeLock
	anchor  Anchor // nil for none
	observe Observer

	versions versions

	tracked      []Tracked
	beforeCommit func(ctx context.Context, tx *Tx) error // nil is nothing
}

// New returns the database over an engine and its connections: writer has one, whose transactions lock at their
// beginning; those of reader cannot write. Close closes both.
func New(engine Engine, writer, reader *gorm.DB) (*DB, error) {
	readers, err := reader.DB()
	if err != nil {
		return nil, fmt.Errorf("database: open for reading: %w", err)
	}
	d := &DB{engine: engine, writer: writer, reader: reader, readers: readers}
	d.versions.begun = time.Now() //nolint:forbidigo // durations alone are measured from it
	return d, nil
}

// Close closes all connections. Open transactions must have ended.
func (d *DB) Close() error {
	errs := []error{d.versions.close()}
	for _, g := range []*gorm.DB{d.reader, d.writer} {
		pool, err := g.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Rewrite rewrites tables in the order of their keys, so that the database holds nothing that was deleted from them or
// overwritten, nor the order in which rows were inserted, once EmptyLog has emptied the log of changes. Nothing else refers
// to rows of these tables. It needs as much free disk as they are large, and no transaction writes meanwhile. SQLite
// rewrites all tables, and readers continue; on PostgreSQL those of these tables wait.
func (d *DB) Rewrite(ctx context.Context, tables ...string) error {
	if err := d.lock.acquire(ctx, false); err != nil {
		return fmt.Errorf("database: rewrite: %w", err)
	}
	defer d.lock.release()
	return d.engine.Rewrite(ctx, tables)
}

// How often EmptyLog tries while readers are in the way, and how long it waits in between, without the write lock.
const (
	emptyTries = 20
	emptyPause = 50 * time.Millisecond
)

// Emptying is the outcome of one try to empty the log.
type Emptying struct {
	Done   bool
	GoesOn bool // it came nearer, and another try comes nearer still
	// Holders keep the log from being emptied; none if a reader does.
	Holders []LogCopy
}

// EmptyLog moves the log of changes into the files and empties it; transactions may write meanwhile. It returns
// ErrReadersInTheWay if transactions that read an old state keep it from that for a second, and a LogHeldError, which is one too, if
// others that receive the log do.
func (d *DB) EmptyLog(ctx context.Context) error {
	var last Emptying
	for tries := 0; tries < emptyTries; {
		if err := d.lock.acquire(ctx, false); err != nil {
			return fmt.Errorf("database: empty the log: %w", err)
		}
		var err error
		last, err = d.engine.EmptyLog(ctx)
		d.lock.release()
		if err != nil || last.Done {
			return err
		}
		if !last.GoesOn {
			tries++
		}
		time.Sleep(emptyPause)
	}
	if len(last.Holders) > 0 {
		return &LogHeldError{last.Holders}
	}
	return ErrReadersInTheWay
}

// ErasedCopies are the copies of a database that EraseCopies found. All are names of files.
type ErasedCopies struct {
	Removed []string
	// Unreachable are copies that were made here and are at another place now, have a second name, or could not
	// be removed, and other files in the folder that look like copies of the database.
	Unreachable []string
	// Log are other places that have received the log of changes.
	Log []LogCopy
}

// EraseCopies removes the copies that were kept of the database before its migrations, and names copies that it
// cannot remove. It names them again at each call until ForgetCopies.
func (d *DB) EraseCopies(ctx context.Context) (ErasedCopies, error) {
	return d.engine.EraseCopies(ctx, d)
}

// Copy writes a consistent copy of the committed data into the empty file at path, in the order of the tables' keys and
// without anything that was deleted, and syncs it. Then it looks for damage in the copy and calls read on it. schema is
// the version of the copy's schema. Writers go on meanwhile. ErrDiskFull is in the error's chain if that was the reason.
func (d *DB) Copy(ctx context.Context, path string, read func(Querier) error) (schema int64, err error) {
	return d.engine.Copy(ctx, path, read)
}

// Outside returns a number that differs from that of an earlier writing transaction if another process has committed
// in between, and may not get the lock unless this one pauses.
func (t *Tx) Outside(ctx context.Context) (int64, error) { return t.engine.Outside(ctx, t.sql) }

// LogCopies returns the other places that receive the log of changes now.
func (t *Tx) LogCopies(ctx context.Context) ([]LogCopy, error) { return t.engine.LogCopies(ctx, t.sql) }

// ForgetCopies empties the list of copies, in the transaction that records what EraseCopies found.
func (t *Tx) ForgetCopies(ctx context.Context) error { return t.engine.ForgetCopies(ctx, t) }

// Fault is damage to a database, or an object that its migrations do not make.
type Fault struct {
	Table    string // "" if it is none of one table
	Sentence string
}

// Check reads the whole database and returns the faults in its structure, at most a hundred: damaged pages and indexes,
// references to rows that do not exist, and tables, indexes and triggers that are missing, altered or too many.
func (t *Tx) Check(ctx context.Context) ([]Fault, error) { return t.engine.Check(ctx, t.sql) }
