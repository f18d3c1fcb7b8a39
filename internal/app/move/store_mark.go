package move

import (
	"context"
	"errors"
	"fmt"

	"urna/internal/database"
)

// seeded are tables into which the schema itself puts rows.
//
//nolint:gochecknoglobals // a constant
var seeded = map[string]bool{"voter_key_removals": true}

// mark marks the target as one that is not whole. It refuses one that has data and no mark.
func mark(ctx context.Context, tx *database.Tx, o Options) error {
	var marked bool
	if err := tx.SQL().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM unfinished_moves)`).Scan(&marked); err != nil {
		return fmt.Errorf("look for an unfinished move: %w", err)
	}
	for _, t := range tables {
		var used bool
		if err := tx.SQL().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM "`+t.name+`")`).Scan(&used); err != nil {
			return fmt.Errorf("look for data: %w", err)
		}
		if used && !marked && !seeded[t.name] {
			return ErrNotEmpty
		}
	}
	if err := unmark(ctx, tx); err != nil {
		return err
	}
	const insert = `INSERT INTO unfinished_moves (source, begun_at) VALUES ($1, $2)`
	if _, err := tx.SQL().ExecContext(ctx, insert, o.From.name(), o.Now().UnixMilli()); err != nil {
		return fmt.Errorf("mark the target: %w", err)
	}
	return nil
}

// unmark removes the mark.
func unmark(ctx context.Context, tx *database.Tx) error {
	if _, err := tx.SQL().ExecContext(ctx, `DELETE FROM unfinished_moves`); err != nil {
		return errors.Join(errors.New("remove the mark of the move"), err)
	}
	return nil
}
