package database

import (
	"context"
	"fmt"
	"slices"
)

// Tracked is a table whose changed rows every writing transaction remembers, whichever statement changes them.
type Tracked struct {
	Name    string
	Key     []string // the columns of the primary key
	Columns []string // further columns; a change of others is not remembered
}

// RowChange is a row of a tracked table that differs from what it was.
type RowChange struct {
	Table string
	Key   []any
	// Before and After are the values of the columns, in the order of Tracked.Columns; nil is no row. A row of a table
	// without further columns has an empty slice.
	Before, After []any
}

// Track makes all later writing transactions of this process remember the rows of the tables that they change. It is
// called once, before the first of them. Other processes track for themselves.
func (d *DB) Track(ctx context.Context, tables []Tracked) error {
	if err := d.lock.acquire(ctx, false); err != nil {
		return fmt.Errorf("database: track: %w", err)
	}
	defer d.lock.release()
	if err := d.engine.Track(ctx, tables); err != nil {
		return fmt.Errorf("database: track: %w", err)
	}
	d.tracked = slices.Clone(tables)
	return nil
}

// Changes returns the rows of tracked tables that the writing transaction behind on has changed since its last call, or
// since its beginning, in the order of tables and keys. A row that is again as it was is not among them.
func (d *DB) Changes(ctx context.Context, on Querier) ([]RowChange, error) {
	if len(d.tracked) == 0 {
		return nil, nil
	}
	changes, err := d.engine.Changes(ctx, on)
	if err != nil {
		return nil, fmt.Errorf("database: read what changed: %w", err)
	}
	return changes, nil
}

// EachRow calls fn with every row of a table, as RowChange.After, in the order of keys.
func (d *DB) EachRow(ctx context.Context, on Querier, t Tracked, fn func(RowChange) error) error {
	if err := d.engine.EachRow(ctx, on, t, fn); err != nil {
		return fmt.Errorf("database: read %s: %w", t.Name, err)
	}
	return nil
}

// BeforeCommit sets the function that runs at the end of every writing transaction, within it. Its error rolls the
// transaction back. It is called once, before the first of them.
func (d *DB) BeforeCommit(fn func(ctx context.Context, tx *Tx) error) { d.beforeCommit = fn }
