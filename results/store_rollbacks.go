package results

import (
	"context"
	"fmt"
	"time"

	"urna/internal/database"
)

// Rollback says that the database was replaced by an older one while the election was under way or not yet certified:
// ballots that were accepted in between may be missing.
type Rollback struct {
	Event  int64 // of the audit log, which says what was missing
	At     time.Time
	Reason string // as the operator wrote it
}

// loadRollbacks returns the rollbacks of an election that were accepted, in their order.
func loadRollbacks(ctx context.Context, tx *database.Tx, electionID int64) (found []Rollback, err error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT event_id, accepted_at, reason FROM accepted_rollbacks WHERE election_id = $1 ORDER BY event_id`, electionID)
	if err != nil {
		return nil, fmt.Errorf("results: read rollbacks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Rollback
		var at int64
		if err := rows.Scan(&r.Event, &at, &r.Reason); err != nil {
			return nil, fmt.Errorf("results: read rollbacks: %w", err)
		}
		r.At = time.UnixMilli(at)
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("results: read rollbacks: %w", err)
	}
	return found, nil
}
