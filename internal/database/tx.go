package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// Tx is one transaction. Packages that change things together pass it along.
type Tx struct {
	engine Engine
	gorm   *gorm.DB
	sql    *sql.Tx
	after  []func()
}

// errCommit is in the chain of the error of a failed commit.
var errCommit = errors.New("database: commit")

// Gorm returns the transaction for queries by model.
func (t *Tx) Gorm() *gorm.DB { return t.gorm }

// SQL returns the transaction for queries in plain SQL.
func (t *Tx) SQL() *sql.Tx { return t.sql }

// AfterCommit calls fn once the transaction is on disk, and never if it is rolled back.
func (t *Tx) AfterCommit(fn func()) { t.after = append(t.after, fn) }

// Write runs fn in the one writing transaction. All that fn wrote is on disk when Write returns nil; otherwise
// none of it is, or the error is ErrUnknownOutcome. ErrDiskFull is in the error's chain if that was the reason.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error { return d.write(ctx, false, fn) }

// WritePriority is Write for changes that people wait for: it overtakes the transactions that wait in Write, but
// lets one of those through now and then. It does not interrupt the one that runs.
func (d *DB) WritePriority(ctx context.Context, fn func(*Tx) error) error {
	return d.write(ctx, true, fn)
}

// Waiting returns how many transactions wait for the write lock.
func (d *DB) Waiting() int { return d.lock.waiting() }

func (d *DB) write(ctx context.Context, priority bool, fn func(*Tx) error) error {
	after, err := d.locked(ctx, priority, fn)
	for _, f := range after {
		f()
	}
	return err
}

// locked runs fn in a transaction under the write lock, and returns the functions to call after it.
func (d *DB) locked(ctx context.Context, priority bool, fn func(*Tx) error) (after []func(), err error) {
	if err := d.lock.acquire(ctx, priority); err != nil {
		return nil, fmt.Errorf("database: begin: %w", err)
	}
	defer d.lock.release()
	if err := d.engine.BeforeWrite(ctx, priority); err != nil {
		return nil, d.engine.Explain(err)
	}
	after, err = d.run(ctx, d.writer, func(tx *Tx) error {
		if err := fn(tx); err != nil || d.beforeCommit == nil {
			return err
		}
		return d.beforeCommit(ctx, tx)
	})
	if errors.Is(err, errCommit) {
		err = d.engine.CommitFailed(ctx, err)
	}
	d.versions.here.Add(1) // after the commit, so that no version is older than it says
	return after, d.engine.Explain(err)
}

// Read runs fn on one consistent snapshot.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	after, err := d.run(ctx, d.reader, fn)
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

// run runs fn in a transaction and returns the functions to call once it is on disk.
func (d *DB) run(ctx context.Context, pool *gorm.DB, fn func(*Tx) error) (after []func(), err error) {
	g := pool.WithContext(ctx).Begin()
	if g.Error != nil {
		return nil, fmt.Errorf("database: begin: %w", g.Error)
	}
	plain, ok := g.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return nil, fmt.Errorf("database: unexpected transaction type %T", g.Statement.ConnPool)
	}
	tx := &Tx{engine: d.engine, gorm: g, sql: plain}
	done := false
	defer func() {
		if !done { // fn panicked
			_ = plain.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		done = true
		if rollback := plain.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			return nil, errors.Join(err, rollback)
		}
		return nil, err
	}
	done = true
	if err := plain.Commit(); err != nil {
		return nil, fmt.Errorf("%w: %w", errCommit, err)
	}
	return tx.after, nil
}
