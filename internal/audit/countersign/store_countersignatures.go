package countersign

import (
	"context"
	"fmt"
	"time"

	"urna/internal/database"
)

const selectCountersignatures = `SELECT c.id, c.witness_id, c.size, c.signed_at, c.note, c.received_at, c.conflicts FROM countersignatures c `

// read returns the countersignatures that a query chooses.
func read(ctx context.Context, on database.Querier, condition string, args ...any) (found []Countersignature, err error) {
	rows, err := on.QueryContext(ctx, selectCountersignatures+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("countersign: read countersignatures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c Countersignature
		var signed, received int64
		if err := rows.Scan(&c.ID, &c.witness, &c.Size, &signed, &c.Note, &received, &c.Conflicts); err != nil {
			return nil, fmt.Errorf("countersign: read countersignatures: %w", err)
		}
		c.SignedAt, c.ReceivedAt = time.Unix(signed, 0).UTC(), time.UnixMilli(received)
		found = append(found, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("countersign: read countersignatures: %w", err)
	}
	return found, nil
}

// addLatest adds their last countersignatures and conflicts to witnesses.
func addLatest(ctx context.Context, tx *database.Tx, witnesses []Witness) error {
	found, err := read(ctx, tx.SQL(), `JOIN witnesses w ON w.id = c.witness_id WHERE w.removed_at IS NULL ORDER BY c.size, c.signed_at`)
	if err != nil {
		return err
	}
	for i := range witnesses {
		w := &witnesses[i]
		for _, c := range found {
			switch {
			case c.witness != w.ID:
			case c.Conflicts:
				w.Conflict = &c
			default:
				w.Last = &c
			}
		}
	}
	return nil
}

// lastTwo returns the last countersignature of a witness, nil before the first, and the size of the one before, 0 for
// none.
func lastTwo(ctx context.Context, tx *database.Tx, witness int64) (last *Countersignature, previous int64, err error) {
	found, err := read(ctx, tx.SQL(), `WHERE c.witness_id = $1 AND c.conflicts = FALSE ORDER BY c.size DESC, c.signed_at DESC LIMIT 2`, witness)
	if err != nil || len(found) == 0 {
		return nil, 0, err
	}
	if len(found) == 2 {
		previous = found[1].Size
	}
	return &found[0], previous, nil
}

// firstAfterCertification reports whether an election was certified with an event after the one number, up to the other.
func firstAfterCertification(ctx context.Context, tx *database.Tx, after, upTo int64) (first bool, err error) {
	const query = `SELECT EXISTS (SELECT * FROM certifications WHERE audit_events > $1 AND audit_events <= $2)`
	if err := tx.SQL().QueryRowContext(ctx, query, after, upTo).Scan(&first); err != nil {
		return false, fmt.Errorf("countersign: look for certifications: %w", err)
	}
	return first, nil
}

func insert(ctx context.Context, tx *database.Tx, c Countersignature) error {
	const insert = `INSERT INTO countersignatures (witness_id, size, signed_at, note, received_at, conflicts) VALUES ($1, $2, $3, $4, $5, $6)`
	_, err := tx.SQL().ExecContext(ctx, insert, c.witness, c.Size, c.SignedAt.Unix(), c.Note, c.ReceivedAt.UnixMilli(), c.Conflicts)
	if err != nil {
		return fmt.Errorf("countersign: store a countersignature: %w", err)
	}
	return nil
}

func remove(ctx context.Context, tx *database.Tx, id int64) error {
	if _, err := tx.SQL().ExecContext(ctx, `DELETE FROM countersignatures WHERE id = $1`, id); err != nil {
		return fmt.Errorf("countersign: remove a countersignature: %w", err)
	}
	return nil
}

func hasConflict(ctx context.Context, tx *database.Tx, witness int64) (known bool, err error) {
	const query = `SELECT EXISTS (SELECT * FROM countersignatures WHERE witness_id = $1 AND conflicts = TRUE)`
	if err := tx.SQL().QueryRowContext(ctx, query, witness).Scan(&known); err != nil {
		return false, fmt.Errorf("countersign: look for conflicts: %w", err)
	}
	return known, nil
}

// storedNote is a countersigned checkpoint with the key of its witness.
type storedNote struct{ key, note string }

// countersignaturesOf returns the last countersignature of each registered witness whose size is the given one.
func countersignaturesOf(ctx context.Context, on database.Querier, size int64) ([]storedNote, error) {
	return notes(ctx, on, `WHERE w.removed_at IS NULL AND c.conflicts = FALSE AND c.size = $1
		AND c.signed_at = (SELECT max(l.signed_at) FROM countersignatures l WHERE l.witness_id = w.id AND l.conflicts = FALSE AND l.size = c.size) ORDER BY w.name`, size)
}

// firstCovering returns the first countersignature of each registered witness whose checkpoint has an event.
func firstCovering(ctx context.Context, on database.Querier, event int64) ([]storedNote, error) {
	return notes(ctx, on, `WHERE w.removed_at IS NULL AND c.conflicts = FALSE
		AND c.id = (SELECT min(f.id) FROM countersignatures f WHERE f.witness_id = w.id AND f.conflicts = FALSE AND f.size >= $1) ORDER BY w.name`, event)
}

func notes(ctx context.Context, on database.Querier, condition string, args ...any) (found []storedNote, err error) {
	rows, err := on.QueryContext(ctx, `SELECT w.key, c.note FROM witnesses w JOIN countersignatures c ON c.witness_id = w.id `+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("countersign: read countersignatures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n storedNote
		if err := rows.Scan(&n.key, &n.note); err != nil {
			return nil, fmt.Errorf("countersign: read countersignatures: %w", err)
		}
		found = append(found, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("countersign: read countersignatures: %w", err)
	}
	return found, nil
}
