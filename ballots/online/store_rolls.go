package online

import (
	"context"
	"fmt"
	"strconv"

	"urna/internal/database"
)

// known returns which of the voters have a key, by their place in the list. They are found fastest in the
// order of byVoter.
func known(ctx context.Context, tx *database.Tx, voters []entry) ([]int, error) {
	packed := make([]byte, 0, len(digest{})*len(voters))
	for i := range voters {
		packed = append(packed, voters[i].voter[:]...)
	}
	rows, err := tx.SQL().QueryContext(ctx, unpackPairs+`SELECT i FROM r CROSS JOIN keyed_voters ON voter = substr(?1, 16 * i + 1, 16)`,
		packed, len(voters))
	if err != nil {
		return nil, fmt.Errorf("online: find voters: %w", err)
	}
	defer rows.Close()
	var places []int
	for rows.Next() {
		var i int
		if err := rows.Scan(&i); err != nil {
			return nil, fmt.Errorf("online: find voters: %w", err)
		}
		places = append(places, i)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("online: find voters: %w", err)
	}
	return places, nil
}

// The statements that store a roll's keys, one packed parameter for each chunk: a call into SQLite for each
// key costs more than the key.
const (
	// insertVoters takes records of a voter and a pair.
	insertVoters = unpackPairs + `INSERT INTO keyed_voters (voter, pair, roll_id)
		SELECT substr(?1, 32 * i + 1, 16), substr(?1, 32 * i + 17, 16), ?3 FROM r`
	// insertKeys takes records of a pair, ten digits of the constituency and seven of the flag within the roll.
	insertKeys = unpackPairs + `INSERT INTO voter_keys (pair, roll_id, constituency_id, flag)
		SELECT substr(?1, 33 * i + 1, 16), ?3, CAST(substr(?1, 33 * i + 17, 10) AS INTEGER), ?4 + CAST(substr(?1, 33 * i + 27, 7) AS INTEGER) FROM r`
)

// storeVoters stores which keys the voters have. Entries that come in the order of byVoter write each
// page once, or nearly.
func storeVoters(ctx context.Context, tx *database.Tx, rollID int64, entries []entry) error {
	packed := make([]byte, 0, 32*len(entries))
	for i := range entries {
		packed = append(append(packed, entries[i].voter[:]...), entries[i].pair[:]...)
	}
	if _, err := tx.SQL().ExecContext(ctx, insertVoters, packed, len(entries), rollID); err != nil {
		return fmt.Errorf("online: store voters: %w", err)
	}
	return nil
}

// storeKeys stores the keys with their flags, which are counted from the roll's first. Entries that come in
// the order of byPair write each page once, or nearly.
func storeKeys(ctx context.Context, tx *database.Tx, rollID, firstFlag int64, entries []entry, flags []uint32) error {
	packed := make([]byte, 0, 33*len(entries))
	for i := range entries {
		packed = append(packed, entries[i].pair[:]...)
		packed = appendDigits(packed, 10, entries[i].constituencyID)
		packed = appendDigits(packed, 7, int64(flags[i]))
	}
	if _, err := tx.SQL().ExecContext(ctx, insertKeys, packed, len(entries), rollID, firstFlag); err != nil {
		return fmt.Errorf("online: store keys: %w", err)
	}
	return nil
}

// appendDigits appends a number with zeros before it, so that it has so many digits.
func appendDigits(to []byte, digits int, n int64) []byte {
	at := len(to)
	to = append(to, "0000000000"[:digits]...)
	var scratch [20]byte
	number := strconv.AppendInt(scratch[:0], n, 10)
	copy(to[at+digits-len(number):], number)
	return to
}

// removeKeys deletes the unused keys of a roll among the next most keys after a pair, in the order of
// pairs. It returns how many of each constituency went, and the pair to go on after, nil at the end.
func removeKeys(ctx context.Context, tx *database.Tx, rollID int64, after []byte, most int) (gone map[int64]int64, last []byte, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT max(pair) FROM (SELECT pair FROM voter_keys WHERE pair > ? ORDER BY pair LIMIT ?)`,
		after, most).Scan(&last)
	if err != nil || last == nil {
		return nil, nil, err
	}
	gone = map[int64]int64{}
	rows, err := tx.SQL().QueryContext(ctx, `DELETE FROM voter_keys AS k WHERE pair > ? AND pair <= ? AND roll_id = ? AND NOT `+isUsed+`
		RETURNING constituency_id`, after, last, rollID)
	if err != nil {
		return nil, nil, fmt.Errorf("online: remove keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var constituency int64
		if err := rows.Scan(&constituency); err != nil {
			return nil, nil, fmt.Errorf("online: remove keys: %w", err)
		}
		gone[constituency]++
	}
	return gone, last, rows.Err()
}

// removeVoters deletes those of a roll among the next most voters after one, in the order of their hashes, whose
// keys are gone. It returns the voter to go on after, nil at the end.
func removeVoters(ctx context.Context, tx *database.Tx, rollID int64, after []byte, most int) (last []byte, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT max(voter) FROM (SELECT voter FROM keyed_voters WHERE voter > ? ORDER BY voter LIMIT ?)`,
		after, most).Scan(&last)
	if err != nil || last == nil {
		return nil, err
	}
	_, err = tx.SQL().ExecContext(ctx, `DELETE FROM keyed_voters AS v WHERE voter > ? AND voter <= ? AND roll_id = ?
		AND NOT EXISTS (SELECT 1 FROM voter_keys k WHERE k.pair = v.pair)`, after, last, rollID)
	if err != nil {
		return nil, fmt.Errorf("online: remove voters: %w", err)
	}
	return last, nil
}
