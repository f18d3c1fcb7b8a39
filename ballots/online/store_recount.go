package online

import (
	"context"
	"fmt"

	"urna/ballots"
	"urna/internal/database"
)

// The comparisons of a recount. Each query returns a sentence for every difference.
const (
	// onlineTallies compares the votes cast online; a vote for an unknown number is told by the tally it cannot have.
	onlineTallies = `SELECT 'constituency ' || constituency_id || ', poll number ' || poll_number || CASE
			WHEN constituency_id IN (SELECT id FROM constituencies WHERE election_id IN (SELECT id FROM sealed_elections))
			THEN ', online: the tally and the ballots differ; ` + ballots.AfterTheEnd + `'
			ELSE ', online: the tally says ' || sum(tallied) || ', ' || sum(held) || ' ballots are there' END
		FROM (SELECT constituency_id, poll_number, votes AS tallied, 0 AS held FROM online_tallies
			UNION ALL SELECT b.constituency_id, b.poll_number, 0, count(*) FROM online_ballots b
				JOIN constituencies c ON c.id = b.constituency_id AND c.election_id = b.election_id GROUP BY 1, 2) AS compared
		GROUP BY constituency_id, poll_number HAVING sum(tallied) <> sum(held)`

	onlineStrays = `SELECT 'election ' || b.election_id || ': ' || count(*) || ' online ballots of constituency ' || b.constituency_id || ', which is none of its own'
		FROM online_ballots b WHERE NOT EXISTS (SELECT 1 FROM constituencies c WHERE c.id = b.constituency_id AND c.election_id = b.election_id)
		GROUP BY b.election_id, b.constituency_id`

	onlineUnknown = `SELECT 'constituency ' || t.constituency_id || ': ' || t.votes || ' online votes for poll number ' || t.poll_number || ', which does not exist'
		FROM online_tallies t JOIN constituencies c ON c.id = t.constituency_id JOIN elections e ON e.id = c.election_id
		WHERE NOT (t.poll_number = 0 AND e.blank_ballots)
			AND NOT EXISTS (SELECT 1 FROM candidacies k WHERE k.constituency_id = t.constituency_id AND k.poll_number = t.poll_number)`
)

// RecountAll counts all online ballots one by one, compares them with the tallies, and the voter keys with their flags,
// voters and public numbers. It adds to what ballots.RecountAll found in the same transaction. Of elections that are
// sealed no difference tells a count by participant.
func RecountAll(ctx context.Context, tx *database.Tx, sealed []int64, r *ballots.Recount) error {
	if err := ballots.SealElections(ctx, tx, sealed); err != nil {
		return err
	}
	if err := tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM online_ballots`).Scan(&r.OnlineBallots); err != nil {
		return fmt.Errorf("online: recount: %w", err)
	}
	for _, query := range []string{onlineTallies, onlineStrays, onlineUnknown} {
		if err := r.Compare(ctx, tx, query); err != nil {
			return err
		}
	}
	differences, used, err := recountKeys(ctx, tx)
	r.Differences, r.UsedKeys = append(r.Differences, differences...), used
	return err
}
