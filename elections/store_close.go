package elections

import (
	"context"
	"fmt"
	"time"

	"urna/internal/database"
)

// DueToClose returns the elections whose end has come and that are not marked as closed.
func DueToClose(ctx context.Context, db *database.DB, now time.Time) ([]int64, error) {
	rows, err := db.Pool().QueryContext(ctx, `SELECT id FROM elections WHERE ends_at <= $1 AND closed_at IS NULL
		AND published_at IS NOT NULL AND withdrawn_at IS NULL`, now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("elections: find elections to close: %w", err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("elections: find elections to close: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("elections: find elections to close: %w", err)
	}
	return ids, nil
}

// MarkClosed marks an election as closed for good if its end has come, and reports whether it did. Package
// ballots/online calls it in the transaction after which it accepts no vote of the election.
func MarkClosed(ctx context.Context, tx *database.Tx, id int64, now time.Time) (bool, error) {
	result, err := tx.SQL().ExecContext(ctx, `UPDATE elections SET closed_at = $1 WHERE id = $2 AND closed_at IS NULL AND ends_at <= $1
		AND published_at IS NOT NULL AND withdrawn_at IS NULL`,
		now.UnixMilli(), id)
	if err != nil {
		return false, fmt.Errorf("elections: close: %w", err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
