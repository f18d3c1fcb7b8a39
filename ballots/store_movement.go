package ballots

import (
	"context"
	"database/sql"
	"fmt"

	"urna/internal/database"
)

// Outcome says what became of lines: how many more, or fewer, are valid, invalid and duplicates.
type Outcome struct {
	Valid      int64
	Invalid    int64
	Duplicates int64
}

// movement collects what a transaction changes in the tallies and sums of batches, so that ledger and
// tallies move together.
type movement struct {
	tx         *database.Tx
	batches    map[int64]*share
	statements map[string]*sql.Stmt // prepared; the transaction's end closes them
}

// share is one batch's part of a movement.
type share struct {
	Outcome

	slate Slate
	votes map[int32]int64 // valid ballots by poll number
}

func newMovement(tx *database.Tx) *movement {
	return &movement{tx: tx, batches: map[int64]*share{}, statements: map[string]*sql.Stmt{}}
}

// execute runs a statement that a movement runs again and again.
func (m *movement) execute(ctx context.Context, query string, args ...any) error {
	statement := m.statements[query]
	if statement == nil {
		var err error
		if statement, err = m.tx.SQL().PrepareContext(ctx, query); err != nil {
			return err
		}
		m.statements[query] = statement
	}
	_, err := statement.ExecContext(ctx, args...)
	return err
}

// of returns a batch's share, beginning one where there is none.
func (m *movement) of(batchID int64, e Slate) *share {
	s := m.batches[batchID]
	if s == nil {
		s = &share{slate: e, votes: map[int32]int64{}}
		m.batches[batchID] = s
	}
	return s
}

// find returns another batch's share, reading where it belongs.
func (m *movement) find(ctx context.Context, batchID int64) (*share, error) {
	if s := m.batches[batchID]; s != nil {
		return s, nil
	}
	var e Slate
	err := m.tx.SQL().QueryRowContext(ctx, `SELECT a.election_id, a.constituency_id, e.blank_ballots,
			(SELECT count(*) FROM candidacies k WHERE k.constituency_id = a.constituency_id)
		FROM batches a JOIN elections e ON e.id = a.election_id WHERE a.id = ?`, batchID).
		Scan(&e.ElectionID, &e.ConstituencyID, &e.BlankBallots, &e.Candidacies)
	if err != nil {
		return nil, fmt.Errorf("ballots: read batch %d: %w", batchID, err)
	}
	return m.of(batchID, e), nil
}

// count adds n ballots (or, below zero, takes them away) that a line holds.
func (s *share) count(l Line, n int64) {
	if s.slate.knows(l.PollNumber) {
		s.votes[l.PollNumber] += n
		s.Valid += n
		return
	}
	s.Invalid += n
}

// The statements that move a GUID from one line to another.
const (
	setHolder = `UPDATE ballots SET batch_id = ?, claim = ? WHERE election_id = ? AND guid = ?`

	// setDuplicate records a line that lost its GUID; an invalid ballot has a row already.
	setDuplicate = `INSERT INTO invalid_lines (batch_id, line, guid, poll_number, reason) VALUES (?, ?, ?, ?, 'duplicate-ballot')
		ON CONFLICT DO UPDATE SET reason = excluded.reason`

	dropInvalidLine = `DELETE FROM invalid_lines WHERE batch_id = ? AND line = ?`

	setUnknown = `UPDATE invalid_lines SET reason = 'unknown-poll-number' WHERE batch_id = ? AND line = ?`
)

// takeOver gives GUIDs that later batches hold to the chunk's lines; the later lines become duplicates.
func (m *movement) takeOver(ctx context.Context, batchID int64, c *Chunk, won []rival) error {
	for _, r := range won {
		s, err := m.find(ctx, r.batchID)
		if err != nil {
			return err
		}
		s.count(r.Line, -1)
		s.Duplicates++
		if err := m.execute(ctx, setHolder, batchID, c.find(r.GUID).claim(), c.slate.ElectionID, r.GUID[:]); err != nil {
			return fmt.Errorf("ballots: take over: %w", err)
		}
		if err := m.execute(ctx, setDuplicate, r.batchID, r.Number, r.GUID[:], r.PollNumber); err != nil {
			return fmt.Errorf("ballots: take over: %w", err)
		}
	}
	return nil
}

// inherit gives a GUID to the line that is its next claim.
func (m *movement) inherit(ctx context.Context, electionID int64, heir rival) error {
	s, err := m.find(ctx, heir.batchID)
	if err != nil {
		return err
	}
	s.Duplicates--
	s.count(heir.Line, 1)
	if err := m.execute(ctx, setHolder, heir.batchID, heir.claim(), electionID, heir.GUID[:]); err != nil {
		return fmt.Errorf("ballots: inherit: %w", err)
	}
	statement := setUnknown
	if s.slate.knows(heir.PollNumber) {
		statement = dropInvalidLine
	}
	if err := m.execute(ctx, statement, heir.batchID, heir.Number); err != nil {
		return fmt.Errorf("ballots: inherit: %w", err)
	}
	return nil
}

const (
	addToBatchTally = `INSERT INTO batch_tallies (batch_id, poll_number, votes) VALUES (?1, ?2, max(?3, 0))
		ON CONFLICT DO UPDATE SET votes = votes + ?3`

	addToTally = `INSERT INTO constituency_tallies (constituency_id, poll_number, votes) VALUES (?1, ?2, max(?3, 0))
		ON CONFLICT DO UPDATE SET votes = votes + ?3`

	addToTotals = `INSERT INTO constituency_totals (constituency_id, invalid, duplicates) VALUES (?1, max(?2, 0), max(?3, 0))
		ON CONFLICT DO UPDATE SET invalid = invalid + ?2, duplicates = duplicates + ?3`

	addToSums = `UPDATE batches SET valid = valid + ?, invalid = invalid + ?, duplicates = duplicates + ? WHERE id = ?`
)

// apply writes the movement into the tallies, and into the sums of all batches but those whose rows the
// caller keeps.
func (m *movement) apply(ctx context.Context, callers map[int64]bool) error {
	constituencies := map[int64]*share{}
	for batchID, s := range m.batches {
		all := constituencies[s.slate.ConstituencyID]
		if all == nil {
			all = &share{votes: map[int32]int64{}}
			constituencies[s.slate.ConstituencyID] = all
		}
		all.Invalid, all.Duplicates = all.Invalid+s.Invalid, all.Duplicates+s.Duplicates
		for pollNumber, n := range s.votes {
			all.votes[pollNumber] += n
		}
		if err := m.tally(ctx, addToBatchTally, batchID, s.votes); err != nil {
			return err
		}
		if callers[batchID] {
			continue
		}
		if err := m.execute(ctx, addToSums, s.Valid, s.Invalid, s.Duplicates, batchID); err != nil {
			return fmt.Errorf("ballots: sums: %w", err)
		}
	}
	for id, all := range constituencies {
		if err := m.tally(ctx, addToTally, id, all.votes); err != nil {
			return err
		}
		if err := m.execute(ctx, addToTotals, id, all.Invalid, all.Duplicates); err != nil {
			return fmt.Errorf("ballots: totals: %w", err)
		}
	}
	return nil
}

// tally adds votes to those of a batch or a constituency.
func (m *movement) tally(ctx context.Context, statement string, id int64, votes map[int32]int64) error {
	for pollNumber, n := range votes {
		if n == 0 {
			continue
		}
		if err := m.execute(ctx, statement, id, pollNumber, n); err != nil {
			return fmt.Errorf("ballots: tallies: %w", err)
		}
	}
	return nil
}
