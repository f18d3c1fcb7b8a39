package results

import (
	"context"
	"fmt"

	"urna/internal/database"
)

// findRollbacks finds the elections that had begun and were not certified when an older database was accepted. The facts
// are the numbers of the events that record it.
func findRollbacks(ctx context.Context, tx *database.Tx, of []*inspected) error {
	in, args := database.In(idsOf(of))
	rows, err := tx.SQL().QueryContext(ctx, `SELECT election_id, event_id FROM accepted_rollbacks WHERE election_id `+in+` ORDER BY event_id`, args...)
	if err != nil {
		return fmt.Errorf("results: read rollbacks: %w", err)
	}
	defer rows.Close()
	events := map[int64][]int64{}
	for rows.Next() {
		var election, event int64
		if err := rows.Scan(&election, &event); err != nil {
			return fmt.Errorf("results: read rollbacks: %w", err)
		}
		events[election] = append(events[election], event)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("results: read rollbacks: %w", err)
	}
	openInAll(of, events)
	return nil
}
