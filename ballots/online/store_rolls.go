package online

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"urna/internal/database"
)

// known returns which of the voters have a key, by their place in the list. They are found fastest in the
// order of byVoter.
func known(ctx context.Context, tx *database.Tx, voters []entry) ([]int, error) {
	packed := make([]byte, 0, voterRecords.Width*len(voters))
	for i := range voters {
		packed = append(packed, voters[i].voter[:]...)
	}
	records, err := tx.Rows(ctx, voterRecords, packed)
	if err != nil {
		return nil, fmt.Errorf("online: find voters: %w", err)
	}
	rows, err := records.Query(ctx, `SELECT r.position FROM r CROSS JOIN keyed_voters v WHERE v.voter = r.voter`)
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

// The layouts of packed records: voters, voters with their keys, and keys with the constituency and the flag within
// the roll.
//
//nolint:gochecknoglobals // constants
var (
	voterRecords = database.NewLayout(database.Bytes("voter", 16))
	heldRecords  = database.NewLayout(database.Bytes("voter", 16), database.Bytes("pair", 16))
	keyRecords   = database.NewLayout(database.Bytes("pair", 16), database.Digits("constituency_id", 10), database.Digits("flag", 7))
)

// storeVoters stores which keys the voters have. Entries that come in the order of byVoter write each
// page once, or nearly.
func storeVoters(ctx context.Context, tx *database.Tx, rollID int64, entries []entry) error {
	packed := make([]byte, 0, heldRecords.Width*len(entries))
	for i := range entries {
		packed = append(append(packed, entries[i].voter[:]...), entries[i].pair[:]...)
	}
	records, err := tx.Rows(ctx, heldRecords, packed)
	if err == nil {
		_, err = records.Exec(ctx, `INSERT INTO keyed_voters (voter, pair, roll_id) SELECT r.voter, r.pair, $1 FROM r`, rollID)
	}
	if err != nil {
		return fmt.Errorf("online: store voters: %w", err)
	}
	return nil
}

// storeKeys stores the keys with their flags, which are counted from the roll's first. Entries that come in
// the order of byPair write each page once, or nearly.
func storeKeys(ctx context.Context, tx *database.Tx, rollID, firstFlag int64, entries []entry, flags []uint32) error {
	packed := make([]byte, 0, keyRecords.Width*len(entries))
	for i := range entries {
		packed = append(packed, entries[i].pair[:]...)
		packed = appendDigits(packed, 10, entries[i].constituencyID)
		packed = appendDigits(packed, 7, int64(flags[i]))
	}
	records, err := tx.Rows(ctx, keyRecords, packed)
	if err == nil {
		_, err = records.Exec(ctx, `INSERT INTO voter_keys (pair, roll_id, constituency_id, flag)
			SELECT r.pair, $1, r.constituency_id, $2 + r.flag FROM r`, rollID, firstFlag)
	}
	if err != nil {
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
	err = tx.SQL().QueryRowContext(ctx, `SELECT pair FROM (SELECT pair FROM voter_keys WHERE pair > $1 ORDER BY pair LIMIT $2) AS next
		ORDER BY pair DESC LIMIT 1`, after, most).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("online: find keys to remove: %w", err)
	}
	gone = map[int64]int64{}
	rows, err := tx.SQL().QueryContext(ctx, `DELETE FROM voter_keys AS k WHERE pair > $1 AND pair <= $2 AND roll_id = $3 AND NOT `+isUsed+`
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
	err = tx.SQL().QueryRowContext(ctx, `SELECT voter FROM (SELECT voter FROM keyed_voters WHERE voter > $1 ORDER BY voter LIMIT $2) AS next
		ORDER BY voter DESC LIMIT 1`, after, most).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("online: find voters to remove: %w", err)
	}
	_, err = tx.SQL().ExecContext(ctx, `DELETE FROM keyed_voters AS v WHERE voter > $1 AND voter <= $2 AND roll_id = $3
		AND NOT EXISTS (SELECT 1 FROM voter_keys k WHERE k.pair = v.pair)`, after, last, rollID)
	if err != nil {
		return nil, fmt.Errorf("online: remove voters: %w", err)
	}
	return last, nil
}
