package audit

import (
	"context"
	"fmt"
)

// EachHash calls fn with number and hash of the events from one number to another, both included, in their order, until
// it returns an error. It reads nothing else of them and checks no chain.
func EachHash(ctx context.Context, q querier, from, to int64, fn func(id int64, hash string) error) error {
	rows, err := q.QueryContext(ctx, `SELECT id, hash FROM audit_events WHERE id >= $1 AND id <= $2 ORDER BY id`, from, to)
	if err != nil {
		return fmt.Errorf("audit: read hashes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var hash string
		if err := rows.Scan(&id, &hash); err != nil {
			return fmt.Errorf("audit: read hashes: %w", err)
		}
		if err := fn(id, hash); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("audit: read hashes: %w", err)
	}
	return nil
}
