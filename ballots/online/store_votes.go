package online

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"urna/internal/database"
)

//nolint:gochecknoglobals // a constant
var ballotRecords = database.NewLayout(database.Bytes("guid", 16), database.Digits("poll_number", 5))

// The statements of a group.
const (
	insertBallots = `INSERT INTO online_ballots (election_id, guid, constituency_id, poll_number)
		SELECT $1, r.guid, $2, r.poll_number FROM r`
	addVotes = `INSERT INTO online_tallies (constituency_id, poll_number, votes, shown) VALUES ($1, $2, $3, 0)
		ON CONFLICT (constituency_id, poll_number) DO UPDATE SET votes = online_tallies.votes + excluded.votes`
	// showVotes updates the shown tallies once they grow by ten votes or more.
	showVotes = `UPDATE online_tallies SET shown = votes WHERE constituency_id = $1 AND shown <> votes
		AND (SELECT sum(votes) - sum(shown) FROM online_tallies WHERE constituency_id = $1) >= 10`
)

// record sets the flags of a group's keys, and inserts the ballots of those that were unused under fresh
// random GUIDs, in the order of these, which has nothing to do with the keys or with the order in which the
// votes came. It sets the result of every vote, and returns the elections whose tallies changed.
func (s *summer) record(ctx context.Context, tx *database.Tx, votes []*pendingVote) (changed map[int64]bool, err error) {
	for _, w := range votes {
		w.result = nil
	}
	if err := findAgain(ctx, tx, votes); err != nil {
		return nil, err
	}
	good := withoutResult(votes)
	if err := setFlags(ctx, tx, good); err != nil {
		return nil, err
	}
	good = withoutResult(good)
	slices.SortFunc(good, func(a, b *pendingVote) int { return cmp.Compare(a.constituencyID, b.constituencyID) })
	changed = map[int64]bool{}
	for len(good) > 0 {
		n := 1
		for n < len(good) && good[n].constituencyID == good[0].constituencyID {
			n++
		}
		if err := s.insertGroup(ctx, tx, good[:n]); err != nil {
			return nil, err
		}
		changed[good[0].electionID] = true
		good = good[n:]
	}
	return changed, nil
}

// withoutResult returns the votes that nothing speaks against so far.
func withoutResult(votes []*pendingVote) []*pendingVote {
	good := make([]*pendingVote, 0, len(votes))
	for _, w := range votes {
		if w.result == nil {
			good = append(good, w)
		}
	}
	return good
}

// findAgain looks up the keys of votes once more where keys were taken away since, and sets the results of
// the votes whose keys are gone.
func findAgain(ctx context.Context, tx *database.Tx, votes []*pendingVote) error {
	var removals int64
	if err := tx.SQL().QueryRowContext(ctx, `SELECT times FROM voter_key_removals`).Scan(&removals); err != nil {
		return fmt.Errorf("online: find keys: %w", err)
	}
	var doubtful []*pendingVote
	for _, w := range votes {
		if w.removals != removals {
			doubtful = append(doubtful, w)
		}
	}
	if len(doubtful) == 0 {
		return nil
	}
	founds, err := findAll(ctx, tx.Rows, doubtful)
	if err != nil {
		return err
	}
	for i, w := range doubtful {
		if !founds[i].known() {
			w.result = ErrInvalidKey
		}
	}
	return nil
}

// insertGroup inserts the ballots of one constituency and adds them to its tallies and its running sum.
func (s *summer) insertGroup(ctx context.Context, tx *database.Tx, votes []*pendingVote) error {
	random := make([]byte, 16*len(votes))
	_, _ = rand.Read(random) // never fails
	records := make([][21]byte, len(votes))
	sums := map[int]int64{}
	constituency := votes[0].constituencyID
	var added total
	for i, w := range votes {
		b := ballotRow{guid: [16]byte(random[16*i:]), constituencyID: constituency, pollNumber: int64(w.pollNumber)}
		added = added.plus(s.ballot(w.electionID, &b))
		copy(records[i][:16], b.guid[:])
		copy(records[i][16:], fmt.Sprintf("%05d", w.pollNumber))
		sums[w.pollNumber]++
	}
	slices.SortFunc(records, func(a, b [21]byte) int { return bytes.Compare(a[:16], b[:16]) })
	packed := make([]byte, 0, ballotRecords.Width*len(records))
	for i := range records {
		packed = append(packed, records[i][:]...)
	}
	rows, err := tx.Rows(ctx, ballotRecords, packed)
	if err == nil {
		_, err = rows.Exec(ctx, insertBallots, votes[0].electionID, constituency)
	}
	if err != nil {
		return fmt.Errorf("online: store ballots: %w", err)
	}
	for pollNumber, n := range sums {
		if _, err := tx.SQL().ExecContext(ctx, addVotes, constituency, pollNumber, n); err != nil {
			return fmt.Errorf("online: add to tallies: %w", err)
		}
	}
	if _, err := tx.SQL().ExecContext(ctx, showVotes, constituency); err != nil {
		return fmt.Errorf("online: show tallies: %w", err)
	}
	return s.addToSum(ctx, tx, constituency, added, uint64(len(votes)))
}
