package ballots

import (
	"context"
	"fmt"
	"slices"

	"urna/internal/database"
)

// Recount is the report of a recount of the ledger, with every difference.
type Recount struct {
	Ballots       int64 // of batches, counted one by one
	OnlineBallots int64 // likewise, by online.RecountAll
	InvalidLines  int64
	Batches       int64
	UsedKeys      map[int64]int64 // by constituency, by online.RecountAll
	Differences   []Difference
}

// Comparison is a query that finds differences. Each of its rows is a difference: the row that differs, such as "batch
// 3", without a poll number; the ids of its election and constituency, 0 if unknown or none; and how it differs, which
// follows the row in a sentence.
type Comparison struct {
	Table string // that differs
	Query string
	// Sealed says that it differs, without a poll number or a number of votes, for elections that show no counts yet.
	Sealed string
}

// afterTheEnd ends a sentence about figures that an election's rules do not show yet.
const afterTheEnd = "; by how much is told after the election has ended"

// The ledger is read once, into a table of counts by batch and poll number.
const (
	makeRecount = `CREATE TEMP TABLE recount AS
		SELECT b.election_id, b.batch_id, b.claim % 100000 AS poll_number, count(*) AS votes FROM ballots b GROUP BY 1, 2, 3`

	// recountByBatch adds what a batch's poll number means where it belongs.
	recountByBatch = `CREATE TEMP TABLE recount_by_batch AS
		SELECT r.batch_id, r.poll_number, sum(r.votes) AS votes, a.constituency_id, a.station_id,
			(r.poll_number = 0 AND e.blank_ballots) OR k.poll_number IS NOT NULL AS known
		FROM recount r
		JOIN batches a ON a.id = r.batch_id AND a.election_id = r.election_id
		JOIN elections e ON e.id = a.election_id
		LEFT JOIN candidacies k ON k.constituency_id = a.constituency_id AND k.poll_number = r.poll_number
		GROUP BY 1, 2, 4, 5, 6`
)

// comparisons are those of the ledger. If none finds a difference, the tallies and sums are proved.
func comparisons() []Comparison {
	return []Comparison{
		{"ballots", `SELECT 'batch ' || batch_id, election_id, 0, ': the ledger holds ' || sum(votes) || ' ballots of it, and it is no batch of their election'
			FROM recount r WHERE NOT EXISTS (SELECT 1 FROM batches a WHERE a.id = r.batch_id AND a.election_id = r.election_id)
			GROUP BY batch_id, election_id`, "the ledger holds ballots of it, and it is no batch of their election"},

		{"batch_tallies", `SELECT 'batch ' || c.batch_id, coalesce(a.election_id, 0), coalesce(a.constituency_id, 0),
				', poll number ' || poll_number || ': the tally says ' || sum(tallied) || ', the ledger holds ' || sum(held)
			FROM (SELECT batch_id, poll_number, votes AS tallied, 0 AS held FROM batch_tallies
				UNION ALL SELECT batch_id, poll_number, 0, votes FROM recount_by_batch WHERE known) AS c
			LEFT JOIN batches a ON a.id = c.batch_id
			GROUP BY c.batch_id, poll_number, a.election_id, a.constituency_id HAVING sum(tallied) <> sum(held)`, "the tally and the ledger differ"},

		{"constituency_tallies", `SELECT 'constituency ' || constituency_id, coalesce(a.election_id, 0), constituency_id,
				', poll number ' || poll_number || ': the tally says ' || sum(tallied) || ', the ledger holds ' || sum(held)
			FROM (SELECT constituency_id, poll_number, votes AS tallied, 0 AS held FROM constituency_tallies
				UNION ALL SELECT constituency_id, poll_number, 0, votes FROM recount_by_batch WHERE known
				UNION ALL SELECT constituency_id, poll_number, 0, votes FROM recount_protocols WHERE poll_number >= 0) AS c
			LEFT JOIN constituencies a ON a.id = c.constituency_id
			GROUP BY constituency_id, poll_number, a.election_id HAVING sum(tallied) <> sum(held)`, "the tally and the ledger differ"},

		// By batch: the ledger's ballots with unknown poll numbers, the lines kept of them, and the batch's sum.
		{
			"batches", `SELECT 'batch ' || batch_id, coalesce(a.election_id, 0), coalesce(a.constituency_id, 0),
				': ' || sum(held) || ' invalid ballots in the ledger, ' || sum(listed) || ' listed, ' || sum(summed) || ' in the batch''s sum'
			FROM (SELECT batch_id, votes AS held, 0 AS listed, 0 AS summed FROM recount_by_batch WHERE NOT known
				UNION ALL SELECT batch_id, 0, count(*), 0 FROM invalid_lines WHERE reason = 'unknown-poll-number' GROUP BY batch_id
				UNION ALL SELECT id, 0, 0, invalid FROM batches) AS c
			LEFT JOIN batches a ON a.id = c.batch_id
			GROUP BY batch_id, a.election_id, a.constituency_id HAVING sum(held) <> sum(listed) OR sum(held) <> sum(summed)`,
			"its invalid ballots in the ledger, in the list and in its sum differ",
		},

		{"batches", `SELECT 'batch ' || batch_id, coalesce(a.election_id, 0), coalesce(a.constituency_id, 0),
				': ' || sum(listed) || ' duplicates listed, ' || sum(summed) || ' in the batch''s sum'
			FROM (SELECT batch_id, count(*) AS listed, 0 AS summed FROM invalid_lines WHERE reason = 'duplicate-ballot' GROUP BY batch_id
				UNION ALL SELECT id, 0, duplicates FROM batches) AS c
			LEFT JOIN batches a ON a.id = c.batch_id
			GROUP BY batch_id, a.election_id, a.constituency_id HAVING sum(listed) <> sum(summed)`, "its duplicates in the list and in its sum differ"},

		{"batches", `SELECT 'batch ' || id, election_id, constituency_id, ': ' || valid || ' valid in its sum, ' || tallied || ' in its tally'
			FROM (SELECT a.id, a.election_id, a.constituency_id, a.valid,
				coalesce((SELECT sum(votes) FROM batch_tallies t WHERE t.batch_id = a.id), 0) AS tallied FROM batches a) AS c
			WHERE valid <> tallied`, "its valid ballots in its sum and in its tally differ"},

		{
			"batches", `SELECT 'batch ' || id, election_id, constituency_id,
				': ' || processed || ' lines are in the count, valid, invalid and duplicates are ' || (valid + invalid + duplicates)
			FROM batches WHERE processed <> valid + invalid + duplicates OR state = 'counted' AND processed <> lines`,
			"the lines in the count are not the sum of valid, invalid and duplicates",
		},

		{
			"constituency_totals", `SELECT 'constituency ' || constituency_id, coalesce(a.election_id, 0), constituency_id,
				': the totals say ' || sum(invalid) || ' invalid and ' || sum(duplicates) || ' duplicates, its batches and protocols ' ||
				sum(batch_invalid) || ' and ' || sum(batch_duplicates)
			FROM (SELECT constituency_id, invalid, duplicates, 0 AS batch_invalid, 0 AS batch_duplicates FROM constituency_totals
				UNION ALL SELECT constituency_id, 0, 0, invalid, duplicates FROM batches
				UNION ALL SELECT constituency_id, 0, 0, votes, 0 FROM recount_protocols WHERE poll_number < 0) AS c
			LEFT JOIN constituencies a ON a.id = c.constituency_id
			GROUP BY constituency_id, a.election_id HAVING sum(invalid) <> sum(batch_invalid) OR sum(duplicates) <> sum(batch_duplicates)`,
			"the totals of invalid ballots and duplicates are not those of its batches and protocols",
		},

		{"invalid_lines", `SELECT 'batch ' || l.batch_id || ', line ' || l.line, a.election_id, a.constituency_id, ': called a duplicate, and no line holds its GUID'
			FROM invalid_lines l JOIN batches a ON a.id = l.batch_id
			WHERE l.reason = 'duplicate-ballot' AND NOT EXISTS (SELECT 1 FROM ballots b WHERE b.election_id = a.election_id AND b.guid = l.guid)
			LIMIT 20`, "called a duplicate, and no line holds its GUID"},
	}
}

// rowsOfZeros finds tallies and totals without votes. The program deletes them: one that is there may have been that of
// another poll number or constituency.
func rowsOfZeros() []Comparison {
	return []Comparison{
		{"batch_tallies", `SELECT 'batch ' || t.batch_id, coalesce(a.election_id, 0), coalesce(a.constituency_id, 0), ': a tally has no votes'
			FROM batch_tallies t LEFT JOIN batches a ON a.id = t.batch_id WHERE t.votes = 0`, "a tally has no votes"},

		{"constituency_tallies", `SELECT 'constituency ' || t.constituency_id, coalesce(a.election_id, 0), t.constituency_id, ': a tally has no votes'
			FROM constituency_tallies t LEFT JOIN constituencies a ON a.id = t.constituency_id WHERE t.votes = 0`, "a tally has no votes"},

		{
			"constituency_totals", `SELECT 'constituency ' || t.constituency_id, coalesce(a.election_id, 0), t.constituency_id, ': its totals are 0'
			FROM constituency_totals t LEFT JOIN constituencies a ON a.id = t.constituency_id WHERE t.invalid = 0 AND t.duplicates = 0`,
			"its totals are 0",
		},

		{"station_tallies", `SELECT 'station ' || t.station_id, coalesce(s.election_id, 0), coalesce(s.constituency_id, 0), ': a tally has no votes'
			FROM station_tallies t LEFT JOIN stations s ON s.id = t.station_id WHERE t.votes = 0`, "a tally has no votes"},

		{
			"station_totals", `SELECT 'station ' || t.station_id, coalesce(s.election_id, 0), coalesce(s.constituency_id, 0), ': its totals are 0'
			FROM station_totals t LEFT JOIN stations s ON s.id = t.station_id WHERE t.invalid = 0 AND t.duplicates = 0`,
			"its totals are 0",
		},
	}
}

// RecountAll counts the whole ledger ballot by ballot and compares it with every tally and sum, in one
// writing transaction that it rolls back (temporary tables need one). Its time grows with the ballots. Of
// elections that are sealed, because they show no counts by participant now, no difference tells such a count.
//
// protocols are what the protocols of polling stations add to the tallies, by what people typed.
func RecountAll(ctx context.Context, tx *database.Tx, sealed []int64, protocols []ProtocolSum) (Recount, error) {
	var r Recount
	for _, statement := range []string{
		`DROP TABLE IF EXISTS recount`, `DROP TABLE IF EXISTS recount_by_batch`,
		makeRecount, recountByBatch, `DROP TABLE IF EXISTS recount_protocols`, makeRecountProtocols,
	} {
		if _, err := tx.SQL().ExecContext(ctx, statement); err != nil {
			return r, fmt.Errorf("ballots: recount: %w", err)
		}
	}
	if err := recountProtocols(ctx, tx, protocols); err != nil {
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
	return r, r.Compare(ctx, tx, sealed, slices.Concat(comparisons(), stationComparisons(), rowsOfZeros())...)
}

// Compare adds the differences that comparisons find. sealed are the ids of the elections that show no counts by
// participant now: of these, and of rows whose election is unknown, no difference tells such a count, and rows that
// differ in several counts are named once.
func (r *Recount) Compare(ctx context.Context, tx *database.Tx, sealed []int64, comparisons ...Comparison) error {
	for _, c := range comparisons {
		if err := r.compare(ctx, tx, sealed, c); err != nil {
			return fmt.Errorf("ballots: recount: %w", err)
		}
	}
	return nil
}

func (r *Recount) compare(ctx context.Context, tx *database.Tx, sealed []int64, c Comparison) error {
	rows, err := tx.SQL().QueryContext(ctx, c.Query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var election, constituency int64
		var how string
		d := Difference{Table: c.Table}
		if err := rows.Scan(&d.Row, &election, &constituency, &how); err != nil {
			return err
		}
		if slices.Contains(sealed, election) || election == 0 && len(sealed) > 0 {
			how = ": " + c.Sealed + afterTheEnd
		}
		d.Place, d.Sentence = Place(election, constituency), d.Row+how
		if !slices.Contains(r.Differences, d) {
			r.Differences = append(r.Differences, d)
		}
	}
	return rows.Err()
}
