package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// Tx is one transaction. Packages that change things together pass it along.
type Tx struct {
	engine Engine
	gorm   *gorm.DB
	sql    *sql.Tx
	after  []func()
	writes bool
}

// errCommit is in the chain of the error of a failed commit.
var errCommit = errors.New("database: commit")

// Gorm returns the transaction for queries by model.
func (t *Tx) Gorm() *gorm.DB { return t.gorm }

// SQL returns the transaction for queries in plain SQL.
func (t *Tx) SQL() *sql.Tx { return t.sql }

// Statement changes rows.
type Statement struct {
	SQL  string
	Args []any
}

// NewStatement returns a statement with its arguments.
func NewStatement(statement string, args ...any) Statement { return Statement{statement, args} }

// ExecAll runs statements one after the other, up to the first that fails. An engine that is another process gets all of them at
// once.
func (t *Tx) ExecAll(ctx context.Context, all []Statement) error {
	if len(all) == 0 {
		return nil
	}
	return t.engine.ExecAll(ctx, t.sql, all)
}

// Writes reports whether it is the writing transaction, whose changes no other transaction sees yet.
func (t *Tx) Writes() bool { return t.writes }

// AfterCommit calls fn once the transaction is on disk, and never if it is rolled back.
func (t *Tx) AfterCommit(fn func()) { t.after = append(t.after, fn) }

// An Anchor keeps a record outside the database of how far the database has come.
type Anchor interface {
	// Owed is called under the write lock, right after the commit of tx. It reports whether Write must not return before
	// Sync.
	Owed(tx Querier) bool
	// Sync returns once the record covers all that was committed before the call, and is on disk.
	Sync(ctx context.Context) error
}

// SetAnchor sets the anchor. It is called before the first Write that matters to it, and not beside any.
func (d *DB) SetAnchor(a Anchor) { d.anchor = a }

// An Observer learns of writing transactions, after the lock is free: whether one had priority, how long it waited for the
// lock, how long it took from there to its commit, and whether the database or the disk failed. It does not learn of those
// that fn refused.
type Observer func(priority bool, waited, took time.Duration, failed bool)

// Observe sets the observer. It is called before the first Write that matters to it, and not beside any.
func (d *DB) Observe(o Observer) { d.observe = o }

// Write runs fn in the one writing transaction. All that fn wrote is on disk when Write returns nil, and so is the
// anchor's record of it; otherwise none of it is, or the error is ErrUnknownOutcome. ErrDiskFull is in the error's chain if that was the reason.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error { return d.write(ctx, false, fn) }

// WritePriority is Write for changes that people wait for: it overtakes the transactions that wait in Write, but
// lets one of those through now and then. It does not interrupt the one that runs.
func (d *DB) WritePriority(ctx context.Context, fn func(*Tx) error) error {
	return d.write(ctx, true, fn)
}

// Waiting returns how many transactions wait for the write lock.
func (d *DB) Waiting() int { return d.lock.waiting() }

func (d *DB) write(ctx context.Context, priority bool, fn func(*Tx) error) error {
	begun := clock()
	var locked time.Time
	after, owed, err := d.locked(ctx, priority, func(tx *Tx) error {
		locked = clock()
		return fn(tx)
	})
	if failed := errors.Is(err, errCommit) || errors.Is(err, ErrDiskFull) || errors.Is(err, ErrFailing); d.observe != nil && (err == nil || failed) {
		if locked.IsZero() {
			locked = begun
		}
		d.observe(priority, locked.Sub(begun), clock().Sub(locked), failed)
	}
	for _, f := range after {
		f()
	}
	if !owed {
		return err
	}
	if err := d.anchor.Sync(ctx); err != nil {
		return errors.Join(ErrNotAnchored, ErrUnknownOutcome, err)
	}
	return nil
}

// clock measures durations alone.
func clock() time.Time { return time.Now() } //nolint:forbidigo // no instant of it is kept or compared with another clock

// locked runs fn in a transaction under the write lock, and returns the functions to call after it and whether the anchor
// must be synced then.
func (d *DB) locked(ctx context.Context, priority bool, fn func(*Tx) error) (after []func(), owed bool, err error) {
	if err := d.lock.acquire(ctx, priority); err != nil {
		return nil, false, fmt.Errorf("database: begin: %w", err)
	}
	defer d.lock.release()
	if err := d.engine.BeforeWrite(ctx, priority); err != nil {
		return nil, false, d.engine.Explain(err)
	}
	var committed *sql.Tx
	after, committed, err = d.run(ctx, d.writer, func(tx *Tx) error {
		if err := d.engine.Begun(ctx, tx.sql); err != nil {
			return err
		}
		if err := fn(tx); err != nil || d.beforeCommit == nil {
			return err
		}
		return d.beforeCommit(ctx, tx)
	})
	if errors.Is(err, errCommit) {
		err = d.engine.CommitFailed(ctx, err)
	}
	d.versions.here.Add(1) // after the commit, so that no version is older than it says
	owed = err == nil && d.anchor != nil && d.anchor.Owed(committed)
	return after, owed, d.engine.Explain(err)
}

// Read runs fn on one consistent snapshot.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	after, _, err := d.run(ctx, d.reader, fn)
	for _, f := range after {
		f()
	}
	return err
}

// Reader returns a source for single queries that need no snapshot.
func (d *DB) Reader(ctx context.Context) Source { return reader{d.reader.WithContext(ctx)} }

// A Source is where queries by model run: a transaction, or a Reader. Packages pass it to the functions of their store.
type Source interface{ Gorm() *gorm.DB }

type reader struct{ gorm *gorm.DB }

func (r reader) Gorm() *gorm.DB { return r.gorm }

// Pool returns the readers as the standard library knows them, for single queries in plain SQL.
func (d *DB) Pool() *sql.DB { return d.readers }

// run runs fn in a transaction, and returns the functions to call once it is on disk and the transaction that was
// committed.
func (d *DB) run(ctx context.Context, pool *gorm.DB, fn func(*Tx) error) (after []func(), committed *sql.Tx, err error) {
	own := &untilCommit{Context: ctx}
	own.committing.Store(pool == d.writer && d.engine.Uninterrupted())
	g := pool.WithContext(own).Begin() //nolint:contextcheck // it is the caller's until the commit
	if g.Error != nil {
		return nil, nil, fmt.Errorf("database: begin: %w", g.Error)
	}
	plain, ok := g.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return nil, nil, fmt.Errorf("database: unexpected transaction type %T", g.Statement.ConnPool)
	}
	tx := &Tx{engine: d.engine, gorm: g, sql: plain, writes: pool == d.writer}
	done := false
	defer func() {
		if !done { // fn panicked
			_ = plain.Rollback()
		}
	}()
	err = fn(tx)
	own.committing.Store(true)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		done = true
		if rollback := plain.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			return nil, nil, errors.Join(err, rollback)
		}
		return nil, nil, err
	}
	done = true
	if err := plain.Commit(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errCommit, err)
	}
	return tx.after, plain, nil
}

// untilCommit is the context of a transaction. It ends with the caller's until the commit begins, and not any more from
// then on: a server whose answer is not awaited may have committed or not. That of a transaction that must not be cut never
// ends; the caller's is looked at before the commit.
type untilCommit struct {
	context.Context

	committing atomic.Bool
}

// Done is nil, for a context that never ends, once the commit begins.
func (c *untilCommit) Done() <-chan struct{} {
	if c.committing.Load() {
		return nil
	}
	return c.Context.Done()
}

// Err is nil once the commit begins.
func (c *untilCommit) Err() error {
	if c.committing.Load() {
		return nil
	}
	return c.Context.Err()
}
