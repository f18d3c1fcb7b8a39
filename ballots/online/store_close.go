package online

import (
	"context"
	"fmt"
	"time"

	"urna/internal/database"
)

// unfinishedCloses returns the closed elections whose ballots wait to be shuffled or the file to be
// rewritten.
func (s *Service) unfinishedCloses(ctx context.Context) ([]int64, error) {
	rows, err := s.db.Pool().QueryContext(ctx, `SELECT election_id FROM online_closings WHERE step <> 'finished'`)
	if err != nil {
		return nil, fmt.Errorf("online: find elections to close: %w", err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("online: find elections to close: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("online: find elections to close: %w", err)
	}
	return ids, nil
}

// beginClose records that the close of an election, which is marked as closed, has begun; without any roll it is finished.
func beginClose(ctx context.Context, tx *database.Tx, electionID int64) error {
	_, err := tx.SQL().ExecContext(ctx, `INSERT INTO online_closings (election_id, step)
		SELECT $1, CASE WHEN EXISTS (SELECT 1 FROM voter_rolls WHERE election_id = $1) THEN 'closed' ELSE 'finished' END`, electionID)
	if err != nil {
		return fmt.Errorf("online: close: %w", err)
	}
	return nil
}

func countOnline(ctx context.Context, tx *database.Tx, electionID int64) (n int64, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT coalesce(sum(votes), 0) FROM online_tallies
		WHERE constituency_id IN (SELECT id FROM constituencies WHERE election_id = $1)`, electionID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("online: count votes: %w", err)
	}
	return n, nil
}

// VotesOf returns how many votes of a constituency came online, as a transaction sees it. The caller knows that counts may
// be shown.
func VotesOf(ctx context.Context, tx *database.Tx, constituencyID int64) (n int64, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT coalesce(sum(votes), 0) FROM online_tallies WHERE constituency_id = $1`, constituencyID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("online: count the votes of a constituency: %w", err)
	}
	return n, nil
}

// stepOf returns how far the close of an election is, "" if it has not begun.
func stepOf(ctx context.Context, tx *database.Tx, electionID int64) (step string, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT coalesce((SELECT step FROM online_closings WHERE election_id = $1), '')`, electionID).Scan(&step)
	if err != nil {
		return "", fmt.Errorf("online: read close: %w", err)
	}
	return step, nil
}

// shuffle gives every ballot of a closed election another random GUID, which is its place in the table. Rows that the
// program did not store stay as they are, so that they are found later, too.
func shuffle(ctx context.Context, tx *database.Tx, electionID int64) error {
	for _, statement := range []string{
		`UPDATE online_ballots SET guid = ` + tx.Dialect().RandomBytes(16) + ` WHERE election_id = $1 AND length(guid) = 16`,
		`UPDATE online_tallies SET shown = votes WHERE constituency_id IN (SELECT id FROM constituencies WHERE election_id = $1)`,
	} {
		if _, err := tx.SQL().ExecContext(ctx, statement, electionID); err != nil {
			return fmt.Errorf("online: shuffle ballots: %w", err)
		}
	}
	return markShuffled(ctx, tx, electionID)
}

// markShuffled records that the ballots of an election have their last GUIDs.
func markShuffled(ctx context.Context, tx *database.Tx, electionID int64) error {
	if _, err := tx.SQL().ExecContext(ctx, `UPDATE online_closings SET step = 'shuffled' WHERE election_id = $1`, electionID); err != nil {
		return fmt.Errorf("online: shuffle ballots: %w", err)
	}
	return nil
}

// stepRewritten is the step of a close whose ballots have their last GUIDs in a file that was rewritten since.
const stepRewritten = "rewritten"

// markRewritten records that the file was rewritten since the ballots of an election got their last GUIDs.
func markRewritten(ctx context.Context, tx *database.Tx, electionID int64) error {
	if _, err := tx.SQL().ExecContext(ctx, `UPDATE online_closings SET step = $1 WHERE election_id = $2`, stepRewritten, electionID); err != nil {
		return fmt.Errorf("online: rewrite the file: %w", err)
	}
	return nil
}

func finishClose(ctx context.Context, tx *database.Tx, electionID int64) error {
	_, err := tx.SQL().ExecContext(ctx, `UPDATE online_closings SET step = 'finished' WHERE election_id = $1`, electionID)
	if err != nil {
		return fmt.Errorf("online: finish close: %w", err)
	}
	return nil
}

// Unerased returns the elections whose commit groups a close will erase from the database, sorted: elections with voter
// keys that have begun, and whose close is not finished. A copy of the database keeps these groups.
func Unerased(ctx context.Context, on database.Querier, now time.Time) (ids []int64, err error) {
	rows, err := on.QueryContext(ctx, `SELECT e.id FROM elections e LEFT JOIN online_closings c ON c.election_id = e.id
		WHERE coalesce(c.step, '') <> 'finished' AND e.withdrawn_at IS NULL AND EXISTS (SELECT 1 FROM voter_rolls r WHERE r.election_id = e.id)
		AND (e.starts_at <= $1 AND e.published_at IS NOT NULL OR EXISTS (SELECT 1 FROM online_ballots b WHERE b.election_id = e.id)) ORDER BY 1`,
		now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("online: find elections whose traces are not erased: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("online: find elections whose traces are not erased: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
