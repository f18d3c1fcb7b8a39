package online

import (
	"context"
	"fmt"

	"urna/ballots"
	"urna/internal/database"
)

// comparisons are those of the online ballots with their tallies.
func comparisons() []ballots.Comparison {
	const sealed = "the online tally and the ballots differ"
	return []ballots.Comparison{
		// A vote for an unknown poll number has no tally, so the comparison of tallies finds it.
		{Table: "online_tallies", Sealed: sealed, Query: `SELECT 'constituency ' || constituency_id, coalesce(a.election_id, 0), constituency_id,
				', poll number ' || poll_number || ', online: the tally says ' || sum(tallied) || ', ' || sum(held) || ' ballots are there'
			FROM (SELECT constituency_id, poll_number, votes AS tallied, 0 AS held FROM online_tallies
				UNION ALL SELECT b.constituency_id, b.poll_number, 0, count(*) FROM online_ballots b
					JOIN constituencies c ON c.id = b.constituency_id AND c.election_id = b.election_id GROUP BY 1, 2) AS c
			LEFT JOIN constituencies a ON a.id = c.constituency_id
			GROUP BY constituency_id, poll_number, a.election_id HAVING sum(tallied) <> sum(held)`},

		{Table: "online_ballots", Sealed: "online ballots of a constituency that is none of its own", Query: `SELECT 'election ' || b.election_id, b.election_id, 0,
				': ' || count(*) || ' online ballots of constituency ' || b.constituency_id || ', which is none of its own'
			FROM online_ballots b WHERE NOT EXISTS (SELECT 1 FROM constituencies c WHERE c.id = b.constituency_id AND c.election_id = b.election_id)
			GROUP BY b.election_id, b.constituency_id`},

		{Table: "online_tallies", Sealed: sealed, Query: `SELECT 'constituency ' || t.constituency_id, c.election_id, t.constituency_id,
				': ' || t.votes || ' online votes for poll number ' || t.poll_number || ', which does not exist'
			FROM online_tallies t JOIN constituencies c ON c.id = t.constituency_id JOIN elections e ON e.id = c.election_id
			WHERE NOT (t.poll_number = 0 AND e.blank_ballots)
				AND NOT EXISTS (SELECT 1 FROM candidacies k WHERE k.constituency_id = t.constituency_id AND k.poll_number = t.poll_number)`},
	}
}

// RecountAll counts all online ballots one by one, compares them with the tallies, and the voter keys with their flags,
// voters and public numbers. It adds to what ballots.RecountAll found in the same transaction. Of elections that are
// sealed no difference tells a count by participant.
func RecountAll(ctx context.Context, tx *database.Tx, sealed []int64, r *ballots.Recount) error {
	if err := tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM online_ballots`).Scan(&r.OnlineBallots); err != nil {
		return fmt.Errorf("online: recount: %w", err)
	}
	if err := r.Compare(ctx, tx, sealed, comparisons()...); err != nil {
		return err
	}
	differences, used, err := recountKeys(ctx, tx, len(sealed) > 0)
	for _, sentence := range differences { // of keys and voters; none tells a vote
		r.Differences = append(r.Differences, ballots.Difference{Table: "voter_keys", Sentence: sentence})
	}
	r.UsedKeys = used
	return err
}
