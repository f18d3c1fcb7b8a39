package online

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"urna/internal/sqlite"
)

// The statements of a group. They take it as one packed parameter: a call into SQLite for each vote costs
// more than the vote. A key's flip leaves its row where and how long it is.
const (
	flipKeys = unpackPairs + `UPDATE voter_keys SET used = 1 WHERE used = 0 AND pair IN (SELECT substr(?1, 16 * i + 1, 16) FROM r)`
	// selectDead finds the pairs of a group that cannot vote any more: they have, or they are gone.
	selectDead = unpackPairs + `SELECT i, k.pair IS NOT NULL FROM r LEFT JOIN voter_keys k ON k.pair = substr(?1, 16 * i + 1, 16)
		WHERE k.pair IS NULL OR k.used`
	// insertBallots takes records of a GUID and five digits of a poll number.
	insertBallots = `WITH r (i) AS (SELECT 1 + 21 * (1000 * thousands.n + ones.n) FROM numbers AS thousands CROSS JOIN numbers AS ones
		WHERE thousands.n < (?2 + 999) / 1000 AND ones.n < ?2 - 1000 * thousands.n)
		INSERT INTO online_ballots (election_id, guid, constituency_id, poll_number)
		SELECT ?3, substr(?1, i, 16), ?4, CAST(substr(?1, i + 16, 5) AS INTEGER) FROM r`
	addVotes = `INSERT INTO online_tallies (constituency_id, poll_number, votes, shown) VALUES (?1, ?2, ?3, 0)
		ON CONFLICT (constituency_id, poll_number) DO UPDATE SET votes = votes + ?3`
	// showVotes brings what is shown up to date once that moves by ten votes or more.
	showVotes = `UPDATE online_tallies SET shown = votes WHERE constituency_id = ?1 AND shown <> votes
		AND (SELECT sum(votes) - sum(shown) FROM online_tallies WHERE constituency_id = ?1) >= 10`
)

// record flips the keys of a group, and inserts the ballots of those that were unused under fresh random
// GUIDs. Keys go in the order of their hashes, ballots in that of their GUIDs: neither order has anything
// to do with the other, or with the order in which the votes came. It sets the result of every vote, and
// returns the elections whose tallies changed. Where some keys did not flip and the group was not said to
// be doubtful, it returns errDoubtful, and is to be called again in another transaction.
func record(ctx context.Context, tx *sqlite.Tx, votes []*waiting, doubtful bool) (changed map[int64]bool, err error) {
	slices.SortFunc(votes, func(a, b *waiting) int { return bytes.Compare(a.pair[:], b.pair[:]) })
	good, err := flip(ctx, tx.SQL(), votes, doubtful)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(good, func(a, b *waiting) int { return cmp.Compare(a.constituencyID, b.constituencyID) })
	changed = map[int64]bool{}
	for len(good) > 0 {
		n := 1
		for n < len(good) && good[n].constituencyID == good[0].constituencyID {
			n++
		}
		if err := insertGroup(ctx, tx.SQL(), good[:n]); err != nil {
			return nil, err
		}
		changed[good[0].electionID] = true
		good = good[n:]
	}
	return changed, nil
}

// errDoubtful is returned where a key voted or went away between its look-up and its commit.
var errDoubtful = errors.New("online: some keys cannot vote any more")

// flip flips the keys of votes, which are sorted by pair, and returns the votes whose keys were unused.
func flip(ctx context.Context, tx *sql.Tx, votes []*waiting, doubtful bool) ([]*waiting, error) {
	packed := make([]byte, 0, len(digest{})*len(votes))
	good := make([]*waiting, 0, len(votes))
	for i, w := range votes {
		w.result = nil
		if i > 0 && w.pair == votes[i-1].pair {
			continue
		}
		packed = append(packed, w.pair[:]...)
		good = append(good, w)
	}
	dead := 0
	if doubtful {
		var err error
		if dead, err = findDead(ctx, tx, packed, good); err != nil {
			return nil, err
		}
	}
	result, err := tx.ExecContext(ctx, flipKeys, packed, len(good))
	if err != nil {
		return nil, fmt.Errorf("online: flip keys: %w", err)
	}
	flipped, err := result.RowsAffected()
	if err != nil {
		return nil, fmt.Errorf("online: flip keys: %w", err)
	}
	switch {
	case int(flipped)+dead == len(good):
	case !doubtful:
		return nil, errDoubtful
	default:
		return nil, fmt.Errorf("online: %d keys flipped and %d dead of %d", flipped, dead, len(good))
	}
	for i, w := range votes { // of those that came twice in one group, one counts
		if i > 0 && w.pair == votes[i-1].pair {
			w.result = cmp.Or(votes[i-1].result, error(ErrKeyUsed))
		}
	}
	return slices.DeleteFunc(good, func(w *waiting) bool { return w.result != nil }), nil
}

// findDead sets the results of the votes whose keys voted or went away since they were looked up, and
// returns their number.
func findDead(ctx context.Context, tx *sql.Tx, packed []byte, votes []*waiting) (dead int, err error) {
	rows, err := tx.QueryContext(ctx, selectDead, packed, len(votes))
	if err != nil {
		return 0, fmt.Errorf("online: find keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		var used bool
		if err := rows.Scan(&i, &used); err != nil {
			return 0, fmt.Errorf("online: find keys: %w", err)
		}
		votes[i].result = ErrInvalidKey
		if used {
			votes[i].result = ErrKeyUsed
		}
		dead++
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("online: find keys: %w", err)
	}
	return dead, nil
}

// insertGroup inserts the ballots of one constituency and adds them to its tallies.
func insertGroup(ctx context.Context, tx *sql.Tx, votes []*waiting) error {
	random := make([]byte, 16*len(votes))
	_, _ = rand.Read(random) // never fails
	records := make([][21]byte, len(votes))
	sums := map[int]int64{}
	for i, w := range votes {
		copy(records[i][:16], random[16*i:])
		copy(records[i][16:], fmt.Sprintf("%05d", w.pollNumber))
		sums[w.pollNumber]++
	}
	slices.SortFunc(records, func(a, b [21]byte) int { return bytes.Compare(a[:16], b[:16]) })
	packed := make([]byte, 0, 21*len(records))
	for i := range records {
		packed = append(packed, records[i][:]...)
	}
	constituency := votes[0].constituencyID
	if _, err := tx.ExecContext(ctx, insertBallots, packed, len(records), votes[0].electionID, constituency); err != nil {
		return fmt.Errorf("online: store ballots: %w", err)
	}
	for pollNumber, n := range sums {
		if _, err := tx.ExecContext(ctx, addVotes, constituency, pollNumber, n); err != nil {
			return fmt.Errorf("online: add to tallies: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, showVotes, constituency); err != nil {
		return fmt.Errorf("online: show tallies: %w", err)
	}
	return nil
}
