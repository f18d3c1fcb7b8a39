package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// Tx is one transaction. Packages that change things together pass it along.
type Tx struct {
	gorm  *gorm.DB
	sql   *sql.Tx
	after []func()
}

// Gorm returns the transaction for queries by model.
func (t *Tx) Gorm() *gorm.DB { return t.gorm }

// SQL returns the transaction for queries in plain SQL.
func (t *Tx) SQL() *sql.Tx { return t.sql }

// AfterCommit has fn called once the transaction is on disk; never where it is rolled back.
func (t *Tx) AfterCommit(fn func()) { t.after = append(t.after, fn) }

// Write runs fn in the one writing transaction, begun IMMEDIATE. What fn did is on disk when Write
// returns nil; otherwise nothing of it is, or the error is ErrUnknownOutcome. ErrDiskFull is in the error's
// chain where that was the reason.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error { return d.write(ctx, false, fn) }

// WriteFirst is Write for what people wait for: it goes before the transactions that wait in Write, as
// long as those have their turn now and then. It does not cut the one in hand short.
func (d *DB) WriteFirst(ctx context.Context, fn func(*Tx) error) error { return d.write(ctx, true, fn) }

// Waiting returns how many transactions stand in line behind the one that writes.
func (d *DB) Waiting() int { return d.gate.waiting() }

func (d *DB) write(ctx context.Context, first bool, fn func(*Tx) error) error {
	after, err := d.inTurn(ctx, first, fn)
	for _, f := range after {
		f()
	}
	return err
}

func (d *DB) inTurn(ctx context.Context, first bool, fn func(*Tx) error) (after []func(), err error) {
	if err := d.gate.enter(ctx, first); err != nil {
		return nil, fmt.Errorf("sqlite: begin: %w", err)
	}
	defer d.gate.leave()
	if err := d.turns.take(ctx, d.writer, first); err != nil {
		return nil, explain(err)
	}
	after, err = run(ctx, d.writer, fn)
	if errors.Is(err, errCommit) && !IsDiskFull(err) { // else its last page, which makes it whole, is not there
		err = d.takeBack(ctx, err)
	}
	return after, explain(err)
}

// turns is what the writer remembers from one transaction to the next, under the gate.
type turns struct {
	first bool // the last one went first
	often bool // the log moves into the file at checkpointPagesAmongFirst
}

// take has the log move into the file more often, in smaller pieces, where a transaction comes between some
// that go first.
func (t *turns) take(ctx context.Context, writer *gorm.DB, first bool) error {
	often := t.first && !first
	t.first = first
	if often == t.often {
		return nil
	}
	pages := checkpointPages
	if often {
		pages = checkpointPagesAmongFirst
	}
	if err := writer.WithContext(ctx).Exec(fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", pages)).Error; err != nil {
		return fmt.Errorf("sqlite: bound the log: %w", err)
	}
	t.often = often
	return nil
}

// takeBack makes sure that a transaction whose commit failed stays undone. When its sync fails, all of it may
// stand in the log already: this process goes by what was there before, but the next one to open the file
// would find a whole transaction and take it as committed. The next one to be written here goes over its
// place in the log, so a small one is written at once.
func (d *DB) takeBack(ctx context.Context, failed error) error {
	err := d.writer.WithContext(context.WithoutCancel(ctx)).Exec("PRAGMA user_version = 0").Error // says nothing, and is written
	if err != nil {
		return errors.Join(ErrUnknownOutcome, failed, fmt.Errorf("sqlite: take back: %w", err))
	}
	return failed
}

// Read runs fn on one consistent snapshot.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	after, err := run(ctx, d.reader, fn)
	for _, f := range after {
		f()
	}
	return err
}

// Reader returns a handle for single queries that need no snapshot.
func (d *DB) Reader(ctx context.Context) *gorm.DB { return d.reader.WithContext(ctx) }

// Pool returns the readers as the standard library knows them, for single queries in plain SQL.
func (d *DB) Pool() *sql.DB { return d.readers }

// run runs fn in a transaction and returns what is to be called now that it is on disk.
func run(ctx context.Context, db *gorm.DB, fn func(*Tx) error) (after []func(), err error) {
	g := db.WithContext(ctx).Begin()
	if g.Error != nil {
		return nil, fmt.Errorf("sqlite: begin: %w", g.Error)
	}
	pool, ok := g.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return nil, fmt.Errorf("sqlite: unexpected transaction type %T", g.Statement.ConnPool)
	}
	tx := &Tx{gorm: g, sql: pool}
	done := false
	defer func() {
		if !done { // fn panicked
			_ = pool.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		done = true
		if rollback := pool.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			return nil, errors.Join(err, rollback)
		}
		return nil, err
	}
	done = true
	if err := pool.Commit(); err != nil {
		return nil, fmt.Errorf("%w: %w", errCommit, err)
	}
	return tx.after, nil
}
