package ballots

import (
	"context"
	"fmt"

	"urna/elections"
	"urna/internal/database"
)

// BatchSum is a batch with its sums.
type BatchSum struct {
	ID             int64
	ConstituencyID int64
	State          string // "counted" or "retracted" once it has come to rest
	SHA256         []byte // of the file
	Bytes          int64
	Lines          int64
	Valid          int64
	Invalid        int64
	Duplicates     int64
}

// BatchSums returns an election's batches in the order of acceptance, with the sums that are kept in step
// with the ledger.
func BatchSums(ctx context.Context, tx *database.Tx, electionID int64) ([]BatchSum, error) {
	sums, err := BatchSumsOf(ctx, tx, []int64{electionID})
	return sums[electionID], err
}

// BatchSumsOf returns what BatchSums does for each of the elections.
func BatchSumsOf(ctx context.Context, tx *database.Tx, electionIDs []int64) (map[int64][]BatchSum, error) {
	in, ids := database.In(electionIDs)
	rows, err := tx.SQL().QueryContext(ctx, `SELECT election_id, id, constituency_id, state, sha256, bytes, lines, valid, invalid, duplicates
		FROM batches WHERE election_id `+in+` ORDER BY election_id, id`, ids...)
	if err != nil {
		return nil, fmt.Errorf("ballots: read batches: %w", err)
	}
	defer rows.Close()
	sums := map[int64][]BatchSum{}
	for rows.Next() {
		var election int64
		var b BatchSum
		if err := rows.Scan(&election, &b.ID, &b.ConstituencyID, &b.State, &b.SHA256, &b.Bytes, &b.Lines, &b.Valid, &b.Invalid, &b.Duplicates); err != nil {
			return nil, fmt.Errorf("ballots: read batches: %w", err)
		}
		sums[election] = append(sums[election], b)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: read batches: %w", err)
	}
	return sums, nil
}

// SecondCount is an election counted from its ballots and lines alone: those of batches by CountAgain, to which
// online.CountAgain adds those that were cast online.
type SecondCount struct {
	Ballots int64           // looked at one by one, of both channels
	Tallies map[int64]Tally // by constituency id
	Batches []BatchSum      // with the sums that were counted, not those that are kept
	// Differences are sentences about ballots that cannot be; none where all is well.
	Differences []string
}

// Differs adds a sentence to the differences.
func (s *SecondCount) Differs(format string, args ...any) {
	s.Differences = append(s.Differences, fmt.Sprintf(format, args...))
}

// KnownPollNumbers returns which poll numbers are valid, by constituency id.
func KnownPollNumbers(e *elections.Election) map[int64]map[int]bool {
	known := make(map[int64]map[int]bool, len(e.Constituencies))
	for i := range e.Constituencies {
		c := &e.Constituencies[i]
		known[c.ID] = map[int]bool{0: e.Rules.BlankBallots}
		for _, candidacy := range c.Candidacies {
			known[c.ID][candidacy.PollNumber] = true
		}
	}
	return known
}

// CountAgain counts an election's batches straight from the ledger, without a look at any tally or sum. Its time
// grows with the ballots.
func CountAgain(ctx context.Context, tx *database.Tx, e *elections.Election) (*SecondCount, error) {
	sums, err := BatchSums(ctx, tx, e.ID)
	if err != nil {
		return nil, err
	}
	count := &SecondCount{Tallies: map[int64]Tally{}, Batches: sums}
	byID := make(map[int64]*BatchSum, len(sums))
	for i := range sums {
		b := &sums[i]
		b.Valid, b.Invalid, b.Duplicates = 0, 0, 0
		byID[b.ID] = b
	}
	if err := count.ledger(ctx, tx, e.ID, byID, KnownPollNumbers(e)); err != nil {
		return nil, err
	}
	if err := count.duplicates(ctx, tx, e.ID, byID); err != nil {
		return nil, err
	}
	return count, nil
}

// ledger counts the ballots.
func (s *SecondCount) ledger(ctx context.Context, tx *database.Tx, electionID int64, batches map[int64]*BatchSum, known map[int64]map[int]bool) error {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT batch_id, claim % 100000, count(*) FROM ballots WHERE election_id = $1 GROUP BY 1, 2`, electionID)
	if err != nil {
		return fmt.Errorf("ballots: count again: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var batch, votes int64
		var poll int
		if err := rows.Scan(&batch, &poll, &votes); err != nil {
			return fmt.Errorf("ballots: count again: %w", err)
		}
		b := batches[batch]
		if b == nil {
			s.Differs("%d ballots are of batch %d, which is no batch of this election.", votes, batch)
			continue
		}
		s.Ballots += votes
		if known[b.ConstituencyID][poll] {
			b.Valid += votes
			s.Add(b.ConstituencyID, func(t *Tally) { t.Votes[poll] += votes })
		} else {
			b.Invalid += votes
			s.Add(b.ConstituencyID, func(t *Tally) { t.Invalid += votes })
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ballots: count again: %w", err)
	}
	return nil
}

// duplicates counts the lines that lost their GUID to an earlier one.
func (s *SecondCount) duplicates(ctx context.Context, tx *database.Tx, electionID int64, batches map[int64]*BatchSum) error {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT batch_id, count(*) FROM invalid_lines
		WHERE reason = 'duplicate-ballot' AND batch_id IN (SELECT id FROM batches WHERE election_id = $1) GROUP BY 1`, electionID)
	if err != nil {
		return fmt.Errorf("ballots: count duplicates again: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var batch, lines int64
		if err := rows.Scan(&batch, &lines); err != nil {
			return fmt.Errorf("ballots: count duplicates again: %w", err)
		}
		b := batches[batch]
		b.Duplicates += lines
		s.Add(b.ConstituencyID, func(t *Tally) { t.Duplicates += lines })
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ballots: count duplicates again: %w", err)
	}
	return nil
}

// Add changes the tally of a constituency.
func (s *SecondCount) Add(constituency int64, change func(*Tally)) {
	t, ok := s.Tallies[constituency]
	if !ok {
		t = Tally{ConstituencyID: constituency, Votes: map[int]int64{}}
	}
	change(&t)
	s.Tallies[constituency] = t
}
