package online

import (
	"context"
	"fmt"

	"urna/internal/database"
)

// CompareClosings returns the ids of elections that are closed without the steps of a close, or have these steps and
// are not closed, as a transaction sees them.
func CompareClosings(ctx context.Context, tx *database.Tx) (ids []int64, err error) {
	var id int64
	err = each(ctx, tx, `SELECT e.id FROM elections e LEFT JOIN online_closings c ON c.election_id = e.id
		WHERE (e.closed_at IS NOT NULL) <> (c.election_id IS NOT NULL)
		UNION SELECT election_id FROM online_closings WHERE election_id NOT IN (SELECT id FROM elections) ORDER BY 1`,
		[]any{&id}, func() { ids = append(ids, id) })
	if err != nil {
		return nil, fmt.Errorf("online: compare closings: %w", err)
	}
	return ids, nil
}
