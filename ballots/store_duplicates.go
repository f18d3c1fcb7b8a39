package ballots

import (
	"context"
	"fmt"

	"urna/internal/database"
)

// ForeignDuplicates says how many lines of a batch lost their GUIDs to batches of other constituencies.
type ForeignDuplicates struct {
	BatchID        int64
	ConstituencyID int64 // of the batch
	Lines          int64
}

// DuplicatesBetweenConstituencies returns the batches of an election with such lines, in the order of acceptance. Its
// time grows with the number of duplicates.
func DuplicatesBetweenConstituencies(ctx context.Context, tx *database.Tx, electionID int64) ([]ForeignDuplicates, error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT b.id, b.constituency_id, count(*)
		FROM batches b CROSS JOIN invalid_lines l CROSS JOIN ballots h CROSS JOIN batches o
		WHERE b.election_id = $1 AND b.duplicates > 0 AND l.batch_id = b.id AND l.reason = 'duplicate-ballot'
		AND h.election_id = b.election_id AND h.guid = l.guid AND o.id = h.batch_id AND o.constituency_id <> b.constituency_id
		GROUP BY b.id, b.constituency_id ORDER BY b.id`, electionID)
	if err != nil {
		return nil, fmt.Errorf("ballots: read duplicates between constituencies: %w", err)
	}
	defer rows.Close()
	var found []ForeignDuplicates
	for rows.Next() {
		var d ForeignDuplicates
		if err := rows.Scan(&d.BatchID, &d.ConstituencyID, &d.Lines); err != nil {
			return nil, fmt.Errorf("ballots: read duplicates between constituencies: %w", err)
		}
		found = append(found, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: read duplicates between constituencies: %w", err)
	}
	return found, nil
}
