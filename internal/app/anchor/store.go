package anchor

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
)

// readActs returns the state of a database without its online ballots. Batches are never deleted and their ids have no
// gaps, so that the last id is their number.
func readActs(ctx context.Context, db database.Querier) (s State, err error) {
	const query = `SELECT (SELECT coalesce(max(id), 0) FROM audit_events),
		(SELECT hash FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)), (SELECT coalesce(max(id), 0) FROM batches)`
	var head *string
	if err := db.QueryRowContext(ctx, query).Scan(&s.Events, &head, &s.Batches); err != nil {
		return State{}, fmt.Errorf("anchor: read the state of the database: %w", err)
	}
	s.Head = audit.Genesis
	if head != nil {
		s.Head = *head
	}
	return s, nil
}

// readBallots counts the online ballots of all elections.
func readBallots(ctx context.Context, db database.Querier) (n int64, err error) {
	if err := db.QueryRowContext(ctx, `SELECT coalesce(sum(votes), 0) FROM online_tallies`).Scan(&n); err != nil {
		return 0, fmt.Errorf("anchor: count the online ballots: %w", err)
	}
	return n, nil
}

// headOf returns the hash of an event, "" if there is none of this number.
func headOf(ctx context.Context, db database.Querier, event int64) (hash string, err error) {
	if event == 0 {
		return audit.Genesis, nil
	}
	const query = `SELECT coalesce((SELECT hash FROM audit_events WHERE id = $1), '')`
	if err := db.QueryRowContext(ctx, query, event).Scan(&hash); err != nil {
		return "", fmt.Errorf("anchor: read an event: %w", err)
	}
	return hash, nil
}

// identity returns the identity that database and anchor share, in hex; "" if no anchor was made for it yet.
func identity(ctx context.Context, db database.Querier) (string, error) {
	var known []byte
	if err := db.QueryRowContext(ctx, `SELECT (SELECT identity FROM folder_anchor)`).Scan(&known); err != nil {
		return "", fmt.Errorf("anchor: read the identity: %w", err)
	}
	return hex.EncodeToString(known), nil
}

// newIdentity returns a random identity, in hex.
func newIdentity() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return hex.EncodeToString(id)
}

// setIdentity stores the identity of the anchor in the database.
func setIdentity(ctx context.Context, tx database.Querier, id string) error {
	content, err := hex.DecodeString(id)
	if err != nil {
		return fmt.Errorf("anchor: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM folder_anchor`); err != nil {
		return fmt.Errorf("anchor: record the identity: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO folder_anchor (identity) VALUES ($1)`, content); err != nil {
		return fmt.Errorf("anchor: record the identity: %w", err)
	}
	return nil
}

// Begun returns the published elections that have begun and are neither certified nor withdrawn. What happened in them may be missing:
// votes, and batches, which are accepted until the certification.
func Begun(ctx context.Context, db database.Querier, now time.Time) (ids []int64, err error) {
	rows, err := db.QueryContext(ctx, `SELECT id FROM elections WHERE starts_at <= $1 AND published_at IS NOT NULL
		AND certified_at IS NULL AND withdrawn_at IS NULL ORDER BY id`, now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("anchor: read elections: %w", err)
	}
	defer rows.Close()
	ids = []int64{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("anchor: read elections: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// recordRollback stores that an election was open when a database that lacks acts was accepted.
func recordRollback(ctx context.Context, tx *database.Tx, election, event int64, reason string, at time.Time) error {
	const insert = `INSERT INTO accepted_rollbacks (election_id, event_id, reason, accepted_at) VALUES ($1, $2, $3, $4)`
	if _, err := tx.SQL().ExecContext(ctx, insert, election, event, reason, at.UnixMilli()); err != nil {
		return fmt.Errorf("anchor: record the rollback: %w", err)
	}
	return nil
}
