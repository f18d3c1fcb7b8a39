package online

import (
	"context"
	"fmt"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
)

// AddTallies adds the votes cast online in the elections to the tallies of ballots.Tallies, which are by constituency
// id. Until an election is closed they are as many as may be shown to anyone: those there were when they last moved by
// ten or more. Votes that a correction annulled are left out. Its time does not depend on the number of ballots.
func AddTallies(ctx context.Context, tx *database.Tx, tallies map[int64]ballots.Tally, electionIDs ...int64) error {
	in, ids := database.In(electionIDs)
	rows, err := tx.SQL().QueryContext(ctx, `SELECT t.constituency_id, poll_number, CASE WHEN e.closed_at IS NULL THEN shown ELSE votes END FROM online_tallies t
		JOIN constituencies c ON c.id = t.constituency_id JOIN elections e ON e.id = c.election_id
		WHERE NOT EXISTS (`+annulled+`) AND e.id `+in, ids...)
	if err != nil {
		return fmt.Errorf("online: read tallies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var constituency, votes int64
		var pollNumber int
		if err := rows.Scan(&constituency, &pollNumber, &votes); err != nil {
			return fmt.Errorf("online: read tallies: %w", err)
		}
		t, ok := tallies[constituency]
		if !ok {
			t = ballots.Tally{ConstituencyID: constituency, Votes: map[int]int64{}}
		}
		t.Votes[pollNumber] += votes
		t.Online += votes
		tallies[constituency] = t
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("online: read tallies: %w", err)
	}
	return nil
}

// annulled finds a correction that annuls the online votes of the constituency of t and did not end without a change.
const annulled = `SELECT 1 FROM annulled_online_votes a JOIN corrections x ON x.election_id = a.election_id AND x.number = a.number
	WHERE a.constituency_id = t.constituency_id AND x.ended_at IS NULL`

// VotingClosed reports whether an election was closed in full: it takes no vote any more, whatever the
// clock says, and what could tell when its votes came was erased. It follows an election's end by itself,
// mostly within a second.
func VotingClosed(ctx context.Context, tx *database.Tx, electionID int64) (closed bool, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM online_closings WHERE election_id = $1 AND step = 'finished')`,
		electionID).Scan(&closed)
	if err != nil {
		return false, fmt.Errorf("online: read close: %w", err)
	}
	return closed, nil
}

// VotingClosedOf returns those of the elections that were closed in full, as VotingClosed says it of one.
func VotingClosedOf(ctx context.Context, tx *database.Tx, electionIDs []int64) (map[int64]bool, error) {
	in, ids := database.In(electionIDs)
	rows, err := tx.SQL().QueryContext(ctx, `SELECT election_id FROM online_closings WHERE step = 'finished' AND election_id `+in, ids...)
	if err != nil {
		return nil, fmt.Errorf("online: read closes: %w", err)
	}
	defer rows.Close()
	closed := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("online: read closes: %w", err)
		}
		closed[id] = true
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("online: read closes: %w", err)
	}
	return closed, nil
}

// CountAgain adds the votes cast online to the second count of an election, and compares their number with that of the
// used keys, and the ballots with those that the close recorded.
func CountAgain(ctx context.Context, tx *database.Tx, e *elections.Election, count *ballots.SecondCount) error {
	known := ballots.KnownPollNumbers(e)
	rows, err := tx.SQL().QueryContext(ctx, `SELECT constituency_id, poll_number, count(*), EXISTS (`+annulled+`) FROM online_ballots t
		WHERE election_id = $1 GROUP BY 1, 2`, e.ID)
	if err != nil {
		return fmt.Errorf("online: count online votes again: %w", err)
	}
	defer rows.Close()
	var cast, used int64
	for rows.Next() {
		var constituency, votes int64
		var poll int
		var leftOut bool
		if err := rows.Scan(&constituency, &poll, &votes, &leftOut); err != nil {
			return fmt.Errorf("online: count online votes again: %w", err)
		}
		if !known[constituency][poll] {
			count.Differs("%d online votes are for poll number %d of constituency %d, which does not exist.", votes, poll, constituency)
			continue
		}
		cast += votes
		if leftOut {
			continue
		}
		count.Add(constituency, func(t *ballots.Tally) {
			t.Votes[poll] += votes
			t.Online += votes
		})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("online: count online votes again: %w", err)
	}
	err = tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM used_voter_keys k JOIN voter_rolls r ON r.id = k.roll_id
		WHERE r.election_id = $1`, e.ID).Scan(&used)
	if err != nil {
		return fmt.Errorf("online: count used keys: %w", err)
	}
	if used != cast {
		count.Differs("%d votes were cast online, and %d keys are used.", cast, used)
	}
	count.Ballots += cast
	return compareRecord(ctx, tx, e.ID, func(d ballots.Difference) { count.Differs("%s.", d.Sentence) })
}

// AnyVote reports whether a vote was accepted for an election online, as a transaction sees it.
func AnyVote(ctx context.Context, tx *database.Tx, electionID int64) (found bool, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM online_ballots WHERE election_id = $1)`, electionID).Scan(&found)
	if err != nil {
		return false, fmt.Errorf("online: look for votes: %w", err)
	}
	return found, nil
}
