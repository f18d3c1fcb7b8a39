package ballots

import (
	"context"
	"fmt"

	"urna/internal/database"
)

// Recount is what a recount of the ledger compared, and every difference it found, as sentences.
type Recount struct {
	Ballots       int64 // of batches, counted one by one
	OnlineBallots int64 // likewise, by online.RecountAll
	InvalidLines  int64
	Batches       int64
	UsedKeys      map[int64]int64 // by constituency, by online.RecountAll
	Differences   []string
}

// AfterTheEnd is put in place of figures that an election's rules do not show yet. SQL puts it into a sentence.
const AfterTheEnd = "by how much is told after the election has ended"

// The comparisons of a recount. Each query returns a sentence for every difference; none is the proof.
// The ledger is read once, into a table of counts by batch and poll number.
const (
	makeRecount = `CREATE TEMP TABLE recount AS
		SELECT b.election_id, b.batch_id, b.claim % 100000 AS poll_number, count(*) AS votes FROM ballots b GROUP BY 1, 2, 3`

	// recountByBatch adds what a batch's poll number means where it belongs.
	recountByBatch = `CREATE TEMP TABLE recount_by_batch AS
		SELECT r.batch_id, r.poll_number, sum(r.votes) AS votes, a.constituency_id,
			(r.poll_number = 0 AND e.blank_ballots) OR k.poll_number IS NOT NULL AS known
		FROM recount r
		JOIN batches a ON a.id = r.batch_id AND a.election_id = r.election_id
		JOIN elections e ON e.id = a.election_id
		LEFT JOIN candidacies k ON k.constituency_id = a.constituency_id AND k.poll_number = r.poll_number
		GROUP BY 1, 2, 4, 5`

	ballotsOfNoBatch = `SELECT 'the ledger holds ' || sum(votes) || ' ballots of batch ' || batch_id || ', which is no batch of their election'
		FROM recount r WHERE NOT EXISTS (SELECT 1 FROM batches a WHERE a.id = r.batch_id AND a.election_id = r.election_id)
		GROUP BY batch_id`

	batchTallies = `SELECT 'batch ' || batch_id || ', poll number ' || poll_number || CASE
			WHEN batch_id IN (SELECT id FROM batches WHERE election_id IN (SELECT id FROM sealed_elections))
			THEN ': the tally and the ledger differ; ` + AfterTheEnd + `'
			ELSE ': the tally says ' || sum(tallied) || ', the ledger holds ' || sum(held) END
		FROM (SELECT batch_id, poll_number, votes AS tallied, 0 AS held FROM batch_tallies
			UNION ALL SELECT batch_id, poll_number, 0, votes FROM recount_by_batch WHERE known) AS compared
		GROUP BY batch_id, poll_number HAVING sum(tallied) <> sum(held)`

	constituencyTallies = `SELECT 'constituency ' || constituency_id || ', poll number ' || poll_number || CASE
			WHEN constituency_id IN (SELECT id FROM constituencies WHERE election_id IN (SELECT id FROM sealed_elections))
			THEN ': the tally and the ledger differ; ` + AfterTheEnd + `'
			ELSE ': the tally says ' || sum(tallied) || ', the ledger holds ' || sum(held) END
		FROM (SELECT constituency_id, poll_number, votes AS tallied, 0 AS held FROM constituency_tallies
			UNION ALL SELECT constituency_id, poll_number, 0, votes FROM recount_by_batch WHERE known) AS compared
		GROUP BY constituency_id, poll_number HAVING sum(tallied) <> sum(held)`

	// invalidBallots compares per batch: the ledger's ballots with unknown poll numbers, the lines kept of
	// them, and the batch's sum.
	invalidBallots = `SELECT 'batch ' || batch_id || ': ' || sum(held) || ' invalid ballots in the ledger, ' || sum(listed) || ' listed, ' || sum(summed) || ' in the batch''s sum'
		FROM (SELECT batch_id, votes AS held, 0 AS listed, 0 AS summed FROM recount_by_batch WHERE NOT known
			UNION ALL SELECT batch_id, 0, count(*), 0 FROM invalid_lines WHERE reason = 'unknown-poll-number' GROUP BY batch_id
			UNION ALL SELECT id, 0, 0, invalid FROM batches) AS compared
		GROUP BY batch_id HAVING sum(held) <> sum(listed) OR sum(held) <> sum(summed)`

	duplicates = `SELECT 'batch ' || batch_id || ': ' || sum(listed) || ' duplicates listed, ' || sum(summed) || ' in the batch''s sum'
		FROM (SELECT batch_id, count(*) AS listed, 0 AS summed FROM invalid_lines WHERE reason = 'duplicate-ballot' GROUP BY batch_id
			UNION ALL SELECT id, 0, duplicates FROM batches) AS compared
		GROUP BY batch_id HAVING sum(listed) <> sum(summed)`

	validBallots = `SELECT 'batch ' || id || ': ' || valid || ' valid in its sum, ' || tallied || ' in its tally'
		FROM (SELECT a.id, a.valid, coalesce((SELECT sum(votes) FROM batch_tallies t WHERE t.batch_id = a.id), 0) AS tallied FROM batches a) AS compared
		WHERE valid <> tallied`

	processedLines = `SELECT 'batch ' || id || ': ' || processed || ' lines are in the count, valid, invalid and duplicates are ' || (valid + invalid + duplicates)
		FROM batches WHERE processed <> valid + invalid + duplicates OR state = 'counted' AND processed <> lines`

	totals = `SELECT 'constituency ' || constituency_id || ': the totals say ' || sum(invalid) || ' invalid and ' || sum(duplicates) || ' duplicates, its batches ' || sum(batch_invalid) || ' and ' || sum(batch_duplicates)
		FROM (SELECT constituency_id, invalid, duplicates, 0 AS batch_invalid, 0 AS batch_duplicates FROM constituency_totals
			UNION ALL SELECT constituency_id, 0, 0, invalid, duplicates FROM batches) AS compared
		GROUP BY constituency_id HAVING sum(invalid) <> sum(batch_invalid) OR sum(duplicates) <> sum(batch_duplicates)`

	heldDuplicates = `SELECT 'batch ' || l.batch_id || ', line ' || l.line || ': called a duplicate, and no line holds its GUID'
		FROM invalid_lines l JOIN batches a ON a.id = l.batch_id
		WHERE l.reason = 'duplicate-ballot' AND NOT EXISTS (SELECT 1 FROM ballots b WHERE b.election_id = a.election_id AND b.guid = l.guid) LIMIT 20`
)

// RecountAll counts the whole ledger ballot by ballot and compares it with every tally and sum, in one
// writing transaction that it rolls back (temporary tables need one). Its time grows with the ballots. Of
// elections that are sealed, because they show no counts by participant now, no difference tells such a count.
func RecountAll(ctx context.Context, tx *database.Tx, sealed []int64) (Recount, error) {
	var r Recount
	for _, statement := range []string{
		`DROP TABLE IF EXISTS temp.recount`, `DROP TABLE IF EXISTS temp.recount_by_batch`,
		makeRecount, recountByBatch,
	} {
		if _, err := tx.SQL().ExecContext(ctx, statement); err != nil {
			return r, fmt.Errorf("ballots: recount: %w", err)
		}
	}
	if err := SealElections(ctx, tx, sealed); err != nil {
		return r, err
	}
	for query, into := range map[string]*int64{
		`SELECT coalesce(sum(votes), 0) FROM recount`: &r.Ballots,
		`SELECT count(*) FROM invalid_lines`:          &r.InvalidLines,
		`SELECT count(*) FROM batches`:                &r.Batches,
	} {
		if err := tx.SQL().QueryRowContext(ctx, query).Scan(into); err != nil {
			return r, fmt.Errorf("ballots: recount: %w", err)
		}
	}
	for _, query := range []string{
		ballotsOfNoBatch, batchTallies, constituencyTallies, invalidBallots, duplicates, validBallots, processedLines, totals, heldDuplicates,
	} {
		if err := r.Compare(ctx, tx, query); err != nil {
			return r, err
		}
	}
	return r, nil
}

// SealElections makes the transaction's temporary table sealed_elections, for the queries of Compare: the ids of the
// elections that show no counts by participant now.
func SealElections(ctx context.Context, tx *database.Tx, ids []int64) error {
	for _, statement := range []string{`DROP TABLE IF EXISTS temp.sealed_elections`, `CREATE TEMP TABLE sealed_elections (id INTEGER PRIMARY KEY)`} {
		if _, err := tx.SQL().ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("ballots: recount: %w", err)
		}
	}
	for _, id := range ids {
		if _, err := tx.SQL().ExecContext(ctx, `INSERT INTO sealed_elections VALUES ($1)`, id); err != nil {
			return fmt.Errorf("ballots: recount: %w", err)
		}
	}
	return nil
}

// Compare adds a query's sentences to the differences.
func (r *Recount) Compare(ctx context.Context, tx *database.Tx, query string) error {
	rows, err := tx.SQL().QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("ballots: recount: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var difference string
		if err := rows.Scan(&difference); err != nil {
			return fmt.Errorf("ballots: recount: %w", err)
		}
		r.Differences = append(r.Differences, difference)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ballots: recount: %w", err)
	}
	return nil
}
