package online

import (
	"context"
	"fmt"

	"urna/internal/database"
)

// KeyActs are the numbers of acts on the keys of a constituency.
type KeyActs struct {
	ConstituencyID       int64
	Keys                 int64 // that can vote or have voted
	IssuedAfterOpening   int64
	Replaced             int64
	ReplacedAfterOpening int64
	Revoked              int64
	ReplacedSealed       int64 // of Replaced
}

// KeyRecord has the acts on the keys of an election, and its rolls.
type KeyRecord struct {
	Acts  []KeyActs // in the order of the constituencies' ids, without those in which nothing was done
	Rolls []Roll    // whose keys were put in force; RollIssued or RollWithdrawn
}

// KeyRecordsOf returns the key records by election.
func KeyRecordsOf(ctx context.Context, tx *database.Tx, electionIDs []int64) (map[int64]KeyRecord, error) {
	in, ids := database.In(electionIDs)
	records := map[int64]KeyRecord{}
	rolls, err := queryRolls(ctx, tx, rollColumns+`WHERE state <> 'issuing' AND election_id `+in+` ORDER BY id`, ids...)
	if err != nil {
		return nil, err
	}
	for _, r := range rolls {
		if r.State == RollWithdrawing { // its keys are dead already
			r.State = RollWithdrawn
		}
		record := records[r.ElectionID]
		record.Rolls = append(record.Rolls, r)
		records[r.ElectionID] = record
	}
	rows, err := tx.SQL().QueryContext(ctx, `SELECT c.election_id, c.id, coalesce(t.keys, 0), coalesce(a.issued_after_opening, 0),
		coalesce(a.replaced, 0), coalesce(a.replaced_after_opening, 0), coalesce(a.revoked, 0), coalesce(a.replaced_sealed, 0)
		FROM constituencies c LEFT JOIN voter_key_totals t ON t.constituency_id = c.id LEFT JOIN voter_key_acts a ON a.constituency_id = c.id
		WHERE c.election_id `+in+` AND (t.constituency_id IS NOT NULL OR a.constituency_id IS NOT NULL) ORDER BY c.id`, ids...)
	if err != nil {
		return nil, fmt.Errorf("online: read acts on keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var election int64
		var a KeyActs
		err := rows.Scan(&election, &a.ConstituencyID, &a.Keys, &a.IssuedAfterOpening, &a.Replaced, &a.ReplacedAfterOpening, &a.Revoked,
			&a.ReplacedSealed)
		if err != nil {
			return nil, fmt.Errorf("online: read acts on keys: %w", err)
		}
		record := records[election]
		record.Acts = append(record.Acts, a)
		records[election] = record
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("online: read acts on keys: %w", err)
	}
	return records, nil
}

// keyActs are numbers that are added to those of a constituency.
type keyActs struct{ issuedAfterOpening, replaced, replacedAfterOpening, revoked, replacedSealed int64 }

func addActs(ctx context.Context, tx *database.Tx, constituencyID int64, a keyActs) error {
	_, err := tx.SQL().ExecContext(ctx, `INSERT INTO voter_key_acts
		(constituency_id, issued_after_opening, replaced, replaced_after_opening, revoked, replaced_sealed) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (constituency_id) DO UPDATE SET issued_after_opening = voter_key_acts.issued_after_opening + excluded.issued_after_opening,
		replaced = voter_key_acts.replaced + excluded.replaced,
		replaced_after_opening = voter_key_acts.replaced_after_opening + excluded.replaced_after_opening,
		revoked = voter_key_acts.revoked + excluded.revoked,
		replaced_sealed = voter_key_acts.replaced_sealed + excluded.replaced_sealed`,
		constituencyID, a.issuedAfterOpening, a.replaced, a.replacedAfterOpening, a.revoked, a.replacedSealed)
	if err != nil {
		return fmt.Errorf("online: count acts on keys: %w", err)
	}
	return nil
}
