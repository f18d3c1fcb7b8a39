package countersign

import (
	"context"
	"fmt"
	"time"

	"urna/internal/database"
)

// chosen returns the witnesses that a condition chooses, by their names.
func chosen(ctx context.Context, on database.Querier, condition string, args ...any) (found []Witness, err error) {
	rows, err := on.QueryContext(ctx, `SELECT id, name, key, operator, registered_at, removed_at IS NOT NULL FROM witnesses `+condition+` ORDER BY name, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("countersign: list witnesses: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w Witness
		var registered int64
		if err := rows.Scan(&w.ID, &w.Name, &w.Key, &w.Operator, &registered, &w.Removed); err != nil {
			return nil, fmt.Errorf("countersign: list witnesses: %w", err)
		}
		w.RegisteredAt = time.UnixMilli(registered)
		found = append(found, w)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("countersign: list witnesses: %w", err)
	}
	return found, nil
}

// list returns the registered witnesses in the order of their names.
func list(ctx context.Context, on database.Querier) ([]Witness, error) {
	return chosen(ctx, on, `WHERE removed_at IS NULL`)
}

// everyWitness returns all witnesses that were ever registered, by id.
func everyWitness(ctx context.Context, on database.Querier) (map[int64]Witness, error) {
	all, err := chosen(ctx, on, ``)
	found := make(map[int64]Witness, len(all))
	for _, w := range all {
		found[w.ID] = w
	}
	return found, err
}

func find(ctx context.Context, tx *database.Tx, id int64) (Witness, error) {
	found, err := chosen(ctx, tx.SQL(), `WHERE id = $1 AND removed_at IS NULL`, id)
	if err != nil {
		return Witness{}, err
	}
	if len(found) == 0 {
		return Witness{}, ErrUnknownWitness
	}
	return found[0], nil
}

func create(ctx context.Context, tx *database.Tx, w *Witness) error {
	const insert = `INSERT INTO witnesses (name, key, operator, registered_at) VALUES ($1, $2, $3, $4) RETURNING id`
	if err := tx.SQL().QueryRowContext(ctx, insert, w.Name, w.Key, w.Operator, w.RegisteredAt.UnixMilli()).Scan(&w.ID); err != nil {
		return fmt.Errorf("countersign: register witness: %w", err)
	}
	return nil
}

func end(ctx context.Context, tx *database.Tx, id int64, at time.Time) error {
	if _, err := tx.SQL().ExecContext(ctx, `UPDATE witnesses SET removed_at = $1 WHERE id = $2`, at.UnixMilli(), id); err != nil {
		return fmt.Errorf("countersign: remove witness: %w", err)
	}
	return nil
}
