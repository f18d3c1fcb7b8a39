package database

import (
	"context"
	"fmt"
)

// Load calls fill, which copies whole tables of another database into those of this one, in the order in which they refer to
// each other. Their triggers do not run meanwhile: they refuse changes of what was certified, and this is none. Afterwards a
// table that numbers its rows goes on after the number in given, and after its highest.
func (t *Tx) Load(ctx context.Context, tables []string, given map[string]int64, fill func() error) error {
	if err := t.engine.Load(ctx, t.sql, tables, given, fill); err != nil {
		return fmt.Errorf("database: load: %w", err)
	}
	return nil
}

// Given returns the last number that each table gave to a row, if it ever gave one.
func (t *Tx) Given(ctx context.Context) (map[string]int64, error) {
	given, err := t.engine.Given(ctx, t.sql)
	if err != nil {
		return nil, fmt.Errorf("database: read the numbers of rows: %w", err)
	}
	return given, nil
}
