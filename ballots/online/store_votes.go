package online

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
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
	selectHeld = `SELECT r.page, f.flags, r.constituency_id, s.used, s.nonce, s.sum, (SELECT times FROM voter_key_removals)
		FROM r LEFT JOIN voter_flags f ON f.page = r.page LEFT JOIN online_sums s ON s.constituency_id = r.constituency_id`
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
	held, err := readHeld(ctx, tx, votes)
	if err != nil {
		return nil, err
	}
	if err := findAgain(ctx, tx, votes, held.removals); err != nil {
		return nil, err
	}
	good := withoutResult(votes)
	all, err := setFlags(held.flags, good)
	if err != nil {
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
		statements, err := s.insertGroup(ctx, tx, held, good[:n])
		if err != nil {
			return nil, err
		}
		all = append(all, statements...)
		changed[good[0].electionID] = true
		good = good[n:]
	}
	if err := tx.ExecAll(ctx, all); err != nil {
		return nil, fmt.Errorf("online: store votes: %w", err)
	}
	return changed, nil
}

// held is the stored state of all that a group changes.
type held struct {
	removals int64             // how often keys were taken away
	flags    map[int64][]byte  // by page
	sums     map[int64]*sumRow // by constituency
}

//nolint:gochecknoglobals // a constant
var groupRecords = database.NewLayout(database.Digits("page", 10), database.Digits("constituency_id", 10))

// readHeld reads it with one query. Its records are pairs of a page and a constituency that have nothing to do with each other, so
// that each is in one of them; 0 fills them up.
func readHeld(ctx context.Context, tx *database.Tx, votes []*pendingVote) (*held, error) {
	h := &held{flags: map[int64][]byte{}, sums: map[int64]*sumRow{}}
	for _, w := range votes {
		h.flags[w.flag/flagsInRow], h.sums[w.constituencyID] = nil, nil
	}
	pages, constituencies := slices.Sorted(maps.Keys(h.flags)), slices.Sorted(maps.Keys(h.sums))
	var packed []byte
	for i := range max(len(pages), len(constituencies)) {
		packed = appendDigits(packed, 10, at(pages, i))
		packed = appendDigits(packed, 10, at(constituencies, i))
	}
	rows, err := tx.Rows(ctx, groupRecords, packed)
	if err != nil {
		return nil, fmt.Errorf("online: read flags and sums: %w", err)
	}
	found, err := rows.Query(ctx, selectHeld)
	if err != nil {
		return nil, fmt.Errorf("online: read flags and sums: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var page, constituency int64
		var flags, used, nonce, sum []byte
		if err := found.Scan(&page, &flags, &constituency, &used, &nonce, &sum, &h.removals); err != nil {
			return nil, fmt.Errorf("online: read flags and sums: %w", err)
		}
		h.flags[page] = flags
		if used != nil {
			h.sums[constituency] = newSumRow(used, nonce, sum)
		}
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("online: read flags and sums: %w", err)
	}
	return h, nil
}

// at returns the number at a place, 0 behind the last.
func at(numbers []int64, i int) int64 {
	if i < len(numbers) {
		return numbers[i]
	}
	return 0
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
func findAgain(ctx context.Context, tx *database.Tx, votes []*pendingVote, removals int64) error {
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

// insertGroup returns the statements that insert the ballots of one constituency and add them to its tallies and its running sum.
func (s *summer) insertGroup(ctx context.Context, tx *database.Tx, held *held, votes []*pendingVote) (all []database.Statement, err error) {
	random := make([]byte, 16*len(votes))
	_, _ = rand.Read(random) // never fails
	records := make([][21]byte, len(votes))
	tallies := map[int]int64{}
	constituency := votes[0].constituencyID
	used, sum := uint64(len(votes)), total{}
	if row := held.sums[constituency]; row != nil {
		before, ballots := s.reveal(constituency, *row)
		used, sum = used+before, ballots
	}
	for i, w := range votes {
		b := ballotRow{guid: [16]byte(random[16*i:]), constituencyID: constituency, pollNumber: int64(w.pollNumber)}
		sum = sum.plus(s.ballot(w.electionID, &b))
		copy(records[i][:16], b.guid[:])
		copy(records[i][16:], fmt.Sprintf("%05d", w.pollNumber))
		tallies[w.pollNumber]++
	}
	slices.SortFunc(records, func(a, b [21]byte) int { return bytes.Compare(a[:16], b[:16]) })
	packed := make([]byte, 0, ballotRecords.Width*len(records))
	for i := range records {
		packed = append(packed, records[i][:]...)
	}
	rows, err := tx.Rows(ctx, ballotRecords, packed)
	if err != nil {
		return nil, fmt.Errorf("online: store ballots: %w", err)
	}
	all = append(all, rows.Statement(insertBallots, votes[0].electionID, constituency))
	for pollNumber, n := range tallies {
		all = append(all, database.NewStatement(addVotes, constituency, pollNumber, n))
	}
	return append(all, database.NewStatement(showVotes, constituency), s.sumStatement(constituency, used, sum)), nil
}
