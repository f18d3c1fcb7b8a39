package online

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"urna/internal/database"
	"urna/internal/sealed"
)

// keyRow is a key as it is stored.
type keyRow struct {
	pair           digest
	voter          digest
	rollID         int64
	constituencyID int64
	flag           int64
}

// found is what a pair leads to; nothing where electionID is 0.
type found struct {
	constituencyID int64
	electionID     int64
	flag           int64
	used           bool
	issued         bool  // the key's roll is
	removals       int64 // how often keys had been taken away
}

// known reports whether a pair leads to a key that is in force or has voted.
func (f found) known() bool { return f.electionID != 0 && (f.issued || f.used) }

// find returns what a pair leads to.
func (s *Service) find(ctx context.Context, pair digest) (found, error) {
	founds, err := findAll(ctx, s.db.Rows, []*pendingVote{{pair: pair}})
	if err != nil {
		return found{}, err
	}
	return founds[0], nil
}

//nolint:gochecknoglobals // a constant
var pairRecords = database.NewLayout(database.Bytes("pair", 16))

const selectByPairs = `SELECT r.position, k.constituency_id, k.flag, substr(f.flags, CAST(1 + k.flag % 32000 / 8 AS INTEGER), 1),
		v.state = 'issued', v.election_id, (SELECT times FROM voter_key_removals)
	FROM r CROSS JOIN voter_keys k JOIN voter_rolls v ON v.id = k.roll_id JOIN voter_flags f ON f.page = k.flag / 32000
	WHERE k.pair = r.pair`

// findAll returns what the votes' pairs lead to, in one query: a query for each costs more than the
// look-up. Its records are those of a transaction or of a pool. The context must not be one that can be cancelled,
// which costs the driver a goroutine.
func findAll(ctx context.Context, records func(context.Context, *database.Layout, []byte) (*database.Rows, error), votes []*pendingVote) ([]found, error) {
	packed := make([]byte, 0, pairRecords.Width*len(votes))
	for _, w := range votes {
		packed = append(packed, w.pair[:]...)
	}
	pairs, err := records(ctx, pairRecords, packed)
	if err != nil {
		return nil, fmt.Errorf("online: find keys: %w", err)
	}
	rows, err := pairs.Query(ctx, selectByPairs)
	if err != nil {
		return nil, fmt.Errorf("online: find keys: %w", err)
	}
	defer rows.Close()
	founds := make([]found, len(votes))
	for rows.Next() {
		var i int
		var f found
		var flags sql.RawBytes
		if err := rows.Scan(&i, &f.constituencyID, &f.flag, &flags, &f.issued, &f.electionID, &f.removals); err != nil {
			return nil, fmt.Errorf("online: find keys: %w", err)
		}
		f.used = len(flags) == 1 && flagSet(flags[0], f.flag)
		founds[i] = f
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("online: find keys: %w", err)
	}
	return founds, nil
}

// findUnused returns a voter's key in an issued roll, ErrUnknownVoter, or ErrUsedKeyStays.
func findUnused(ctx context.Context, tx *database.Tx, voter digest) (keyRow, error) {
	k := keyRow{voter: voter}
	var pair []byte
	var issued, used bool
	err := tx.SQL().QueryRowContext(ctx, `SELECT k.pair, k.roll_id, k.constituency_id, k.flag, r.state = 'issued', `+isUsed+`
		FROM keyed_voters v JOIN voter_keys k ON k.pair = v.pair JOIN voter_rolls r ON r.id = k.roll_id WHERE v.voter = $1`, voter[:]).
		Scan(&pair, &k.rollID, &k.constituencyID, &k.flag, &issued, &used)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return k, ErrUnknownVoter
	case err != nil:
		return k, fmt.Errorf("online: find voter: %w", err)
	case used:
		return k, ErrUsedKeyStays
	case !issued:
		return k, ErrUnknownVoter
	}
	k.pair = digest(pair)
	return k, nil
}

// isUsed is whether the key k has voted.
const isUsed = `EXISTS (SELECT 1 FROM used_voter_keys u WHERE u.pair = k.pair)`

// deleteKey takes a voter's unused key away.
func deleteKey(ctx context.Context, tx *database.Tx, k keyRow) error {
	_, err := tx.SQL().ExecContext(ctx, `DELETE FROM voter_keys WHERE pair = $1`, k.pair[:])
	if err == nil {
		_, err = tx.SQL().ExecContext(ctx, `DELETE FROM keyed_voters WHERE voter = $1`, k.voter[:])
	}
	if err != nil {
		return fmt.Errorf("online: revoke key: %w", err)
	}
	return noteRemoval(ctx, tx)
}

// insertKey stores a voter's key.
func insertKey(ctx context.Context, tx *database.Tx, k keyRow) error {
	_, err := tx.SQL().ExecContext(ctx, `INSERT INTO keyed_voters (voter, pair, roll_id) VALUES ($1, $2, $3)`, k.voter[:], k.pair[:], k.rollID)
	if err == nil {
		_, err = tx.SQL().ExecContext(ctx, `INSERT INTO voter_keys (pair, roll_id, constituency_id, flag) VALUES ($1, $2, $3, $4)`,
			k.pair[:], k.rollID, k.constituencyID, k.flag)
	}
	if err != nil {
		return fmt.Errorf("online: store key: %w", err)
	}
	return nil
}

// addToTotal moves the public number of a constituency's keys.
func addToTotal(ctx context.Context, tx *database.Tx, constituencyID, n int64) error {
	_, err := tx.SQL().ExecContext(ctx, `INSERT INTO voter_key_totals (constituency_id, keys) VALUES ($1, 0) ON CONFLICT DO NOTHING`, constituencyID)
	if err == nil {
		_, err = tx.SQL().ExecContext(ctx, `UPDATE voter_key_totals SET keys = keys + $1 WHERE constituency_id = $2`, n, constituencyID)
	}
	if err != nil {
		return fmt.Errorf("online: count keys: %w", err)
	}
	return nil
}

// CountKeys returns, as a transaction sees it, what Service.Keys does.
func CountKeys(ctx context.Context, tx *database.Tx, electionID int64) (n int64, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT coalesce(sum(keys), 0) FROM voter_key_totals
		WHERE constituency_id IN (SELECT id FROM constituencies WHERE election_id = $1)`, electionID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("online: count keys: %w", err)
	}
	return n, nil
}

// constituenciesWithFewKeys returns those of an election's constituencies that have keys, but fewer than a number.
func constituenciesWithFewKeys(ctx context.Context, tx *database.Tx, electionID, number int64) (ids []int64, err error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT constituency_id FROM voter_key_totals WHERE keys > 0 AND keys < $1
		AND constituency_id IN (SELECT id FROM constituencies WHERE election_id = $2) ORDER BY constituency_id`, number, electionID)
	if err != nil {
		return nil, fmt.Errorf("online: find constituencies with few keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("online: find constituencies with few keys: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("online: find constituencies with few keys: %w", err)
	}
	return ids, nil
}

// KeyedConstituencies returns, as a transaction sees them, those of an election's constituencies whose
// voters were given keys, even where all of them were withdrawn again.
func KeyedConstituencies(ctx context.Context, tx *database.Tx, electionID int64) (map[int64]bool, error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT constituency_id FROM voter_key_totals
		WHERE constituency_id IN (SELECT id FROM constituencies WHERE election_id = $1)`, electionID)
	if err != nil {
		return nil, fmt.Errorf("online: find constituencies with keys: %w", err)
	}
	defer rows.Close()
	keyed := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("online: find constituencies with keys: %w", err)
		}
		keyed[id] = true
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("online: find constituencies with keys: %w", err)
	}
	return keyed, nil
}

func createRoll(ctx context.Context, tx *database.Tx, electionID int64, to sealed.Recipients, now time.Time) (id int64, err error) {
	err = tx.SQL().QueryRowContext(ctx, `INSERT INTO voter_rolls (election_id, state, keys, changed_at, sealed_to)
		VALUES ($1, 'issuing', 0, $2, $3) RETURNING id`, electionID, now.UnixMilli(), to.String()).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("online: create roll: %w", err)
	}
	return id, nil
}

// moveRoll moves a roll from one state to another, and reports whether it was in the first.
func moveRoll(ctx context.Context, tx *database.Tx, r Roll, from RollState) (bool, error) {
	result, err := tx.SQL().ExecContext(ctx, `UPDATE voter_rolls SET state = $1, keys = $2, changed_at = $3 WHERE id = $4 AND state = $5`,
		r.State, r.Keys, r.ChangedAt.UnixMilli(), r.ID, from)
	if err != nil {
		return false, fmt.Errorf("online: change roll: %w", err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

const rollColumns = `SELECT id, election_id, state, keys, changed_at, sealed_to FROM voter_rolls `

func scanRoll(row interface{ Scan(...any) error }) (r Roll, err error) {
	var changed int64
	var to string
	err = row.Scan(&r.ID, &r.ElectionID, &r.State, &r.Keys, &changed, &to)
	r.ChangedAt, r.SealedTo = time.UnixMilli(changed), sealed.Stored(to)
	return r, err
}

func findRoll(ctx context.Context, tx *database.Tx, id int64) (Roll, error) {
	r, err := scanRoll(tx.SQL().QueryRowContext(ctx, rollColumns+`WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrUnknownRoll
	}
	if err != nil {
		return r, fmt.Errorf("online: find roll: %w", err)
	}
	return r, nil
}

func readRolls(ctx context.Context, tx *database.Tx, electionID int64) ([]Roll, error) {
	return queryRolls(ctx, tx, rollColumns+`WHERE election_id = $1 ORDER BY id DESC`, electionID)
}

// unsettledRolls returns the rolls whose issue or withdrawal is not done.
func unsettledRolls(ctx context.Context, tx *database.Tx) ([]Roll, error) {
	return queryRolls(ctx, tx, rollColumns+`WHERE state IN ('issuing', 'withdrawing')`)
}

func queryRolls(ctx context.Context, tx *database.Tx, query string, args ...any) ([]Roll, error) {
	rows, err := tx.SQL().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("online: read rolls: %w", err)
	}
	defer rows.Close()
	var rolls []Roll
	for rows.Next() {
		r, err := scanRoll(rows)
		if err != nil {
			return nil, fmt.Errorf("online: read rolls: %w", err)
		}
		rolls = append(rolls, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("online: read rolls: %w", err)
	}
	return rolls, nil
}
