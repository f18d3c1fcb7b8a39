package epms

import (
	"context"
	"fmt"

	"urna/internal/database"
)

// record remembers an election that was made through the contract.
type record struct {
	electionID      int64
	startWithOffset bool
	endWithOffset   bool
}

// store keeps the records in epms_elections.
type store struct{ db *database.DB }

// made returns the elections made through the contract, in the order of their ids.
func (s store) made(ctx context.Context) (found []record, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		found, err = madeWithin(ctx, tx)
		return err
	})
	return found, err
}

// madeWithin returns the elections made through the contract as a transaction sees them.
func madeWithin(ctx context.Context, tx *database.Tx) ([]record, error) {
	rows, err := tx.SQL().QueryContext(ctx,
		`SELECT election_id, start_with_offset, end_with_offset FROM epms_elections ORDER BY election_id`)
	if err != nil {
		return nil, fmt.Errorf("epms: list elections: %w", err)
	}
	defer rows.Close()
	var found []record
	for rows.Next() {
		var r record
		if err := rows.Scan(&r.electionID, &r.startWithOffset, &r.endWithOffset); err != nil {
			return nil, fmt.Errorf("epms: list elections: %w", err)
		}
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("epms: list elections: %w", err)
	}
	return found, nil
}

// isMade reports whether an election was made through the contract.
func (s store) isMade(ctx context.Context, id int64) (found bool, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		return tx.SQL().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM epms_elections WHERE election_id = $1)`, id).Scan(&found)
	})
	if err != nil {
		return false, fmt.Errorf("epms: find election: %w", err)
	}
	return found, nil
}

// remember stores a record in the transaction that makes the election.
func remember(ctx context.Context, tx *database.Tx, r record) error {
	_, err := tx.SQL().ExecContext(ctx,
		`INSERT INTO epms_elections (election_id, start_with_offset, end_with_offset) VALUES ($1, $2, $3)`,
		r.electionID, r.startWithOffset, r.endWithOffset)
	if err != nil {
		return fmt.Errorf("epms: remember election: %w", err)
	}
	return nil
}

// settle returns when every writing transaction that has begun before the call has ended.
func (s store) settle(ctx context.Context) error {
	return s.db.Write(ctx, func(*database.Tx) error { return nil })
}
