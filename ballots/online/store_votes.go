package online

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"urna/internal/sqlite"
)

// The statements of a group. The key's flip leaves its row where and how long it is.
const (
	flipKey      = `UPDATE voter_keys SET used = 1 WHERE pair = ? AND used = 0`
	insertBallot = `INSERT INTO online_ballots (election_id, guid, constituency_id, poll_number) VALUES (?, ?, ?, ?)`
	addVotes     = `INSERT INTO online_tallies (constituency_id, poll_number, votes, shown) VALUES (?1, ?2, ?3, 0)
		ON CONFLICT (constituency_id, poll_number) DO UPDATE SET votes = votes + ?3`
	// showVotes brings what is shown up to date once that moves by ten votes or more.
	showVotes = `UPDATE online_tallies SET shown = votes WHERE constituency_id = ?1 AND shown <> votes
		AND (SELECT sum(votes) - sum(shown) FROM online_tallies WHERE constituency_id = ?1) >= 10`
)

// ballot is a vote without its key.
type ballot struct {
	electionID     int64
	guid           [16]byte
	constituencyID int64
	pollNumber     int
}

// tallied is a place in the tallies.
type tallied struct {
	constituencyID int64
	pollNumber     int
}

// record flips the keys of a group, and inserts the ballots of those that were unused under fresh random
// GUIDs. Keys go in the order of their hashes, ballots in that of their GUIDs: neither order has anything
// to do with the other, or with the order in which the votes came. It sets the result of every vote, and
// notes the elections whose tallies changed.
func record(ctx context.Context, tx *sqlite.Tx, votes []*waiting, changed map[int64]bool) error {
	slices.SortFunc(votes, func(a, b *waiting) int { return bytes.Compare(a.pair[:], b.pair[:]) })
	ballots, err := flipKeys(ctx, tx.SQL(), votes)
	if err != nil {
		return err
	}
	random := make([]byte, 16*len(ballots))
	_, _ = rand.Read(random) // never fails
	sums := map[tallied]int64{}
	for i := range ballots {
		b := &ballots[i]
		copy(b.guid[:], random[16*i:])
		sums[tallied{b.constituencyID, b.pollNumber}]++
		changed[b.electionID] = true
	}
	slices.SortFunc(ballots, func(a, b ballot) int { return bytes.Compare(a.guid[:], b.guid[:]) })
	if err := insertBallots(ctx, tx.SQL(), ballots); err != nil {
		return err
	}
	return addToTallies(ctx, tx.SQL(), sums)
}

// flipKeys returns the ballots of the votes whose keys were unused.
func flipKeys(ctx context.Context, tx *sql.Tx, votes []*waiting) ([]ballot, error) {
	flip, err := tx.PrepareContext(ctx, flipKey)
	if err != nil {
		return nil, fmt.Errorf("online: flip keys: %w", err)
	}
	defer func() { _ = flip.Close() }()
	ballots := make([]ballot, 0, len(votes))
	for _, w := range votes {
		result, err := flip.ExecContext(ctx, w.pair[:])
		if err != nil {
			return nil, fmt.Errorf("online: flip keys: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil {
			return nil, fmt.Errorf("online: flip keys: %w", err)
		} else if n == 1 {
			w.result = nil
			ballots = append(ballots, ballot{electionID: w.electionID, constituencyID: w.constituencyID, pollNumber: w.pollNumber})
			continue
		}
		if w.result, err = whyNot(ctx, tx, w.pair); err != nil {
			return nil, err
		}
	}
	return ballots, nil
}

// whyNot says why a key that was unused a moment ago did not flip: it voted meanwhile, or is gone.
func whyNot(ctx context.Context, tx *sql.Tx, pair digest) (refusal, err error) {
	var used bool
	err = tx.QueryRowContext(ctx, `SELECT used FROM voter_keys WHERE pair = ?`, pair[:]).Scan(&used)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrInvalidKey, nil
	}
	if err != nil {
		return nil, fmt.Errorf("online: find key: %w", err)
	}
	return ErrKeyUsed, nil
}

func insertBallots(ctx context.Context, tx *sql.Tx, ballots []ballot) error {
	insert, err := tx.PrepareContext(ctx, insertBallot)
	if err != nil {
		return fmt.Errorf("online: store ballots: %w", err)
	}
	defer func() { _ = insert.Close() }()
	for i := range ballots {
		b := &ballots[i]
		if _, err := insert.ExecContext(ctx, b.electionID, b.guid[:], b.constituencyID, b.pollNumber); err != nil {
			return fmt.Errorf("online: store ballots: %w", err)
		}
	}
	return nil
}

func addToTallies(ctx context.Context, tx *sql.Tx, sums map[tallied]int64) error {
	constituencies := map[int64]bool{}
	for t, n := range sums {
		if _, err := tx.ExecContext(ctx, addVotes, t.constituencyID, t.pollNumber, n); err != nil {
			return fmt.Errorf("online: add to tallies: %w", err)
		}
		constituencies[t.constituencyID] = true
	}
	for constituency := range constituencies {
		if _, err := tx.ExecContext(ctx, showVotes, constituency); err != nil {
			return fmt.Errorf("online: show tallies: %w", err)
		}
	}
	return nil
}
