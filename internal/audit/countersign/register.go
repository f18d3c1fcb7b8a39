package countersign

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// maxOperator is the most characters of an operator's name.
const maxOperator = 200

// Witnesses returns the registered witnesses in the order of their names, with their latest countersignatures.
func (s *Service) Witnesses(ctx context.Context) (found []Witness, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if found, err = list(ctx, tx.SQL()); err != nil {
			return err
		}
		return addLatest(ctx, tx, found)
	})
	return found, err
}

// Register makes countersignatures of a witness be accepted from now on. It is an event of the audit log. There can be
// MaxWitnesses at one time, each with a name of its own.
func (s *Service) Register(ctx context.Context, actor audit.Actor, d Draft) (w Witness, err error) {
	w = Witness{Key: strings.TrimSpace(d.Key), Operator: strings.TrimSpace(d.Operator), RegisteredAt: s.now()}
	var checks problem.Checks
	key, err := checkpoint.ParseWitnessKey(w.Key)
	if err != nil {
		checks.Add("key", messages.FieldWitnessKey())
	}
	if w.Operator == "" {
		checks.Add("operator", messages.FieldWitnessOperator())
	} else if m := problem.InTextWithin(w.Operator, maxOperator); !m.IsZero() {
		checks.Add("operator", m)
	}
	if err := checks.Err(); err != nil {
		return Witness{}, err
	}
	w.Name = key.Name()
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		registered, err := list(ctx, tx.SQL())
		if err != nil {
			return err
		}
		if slices.ContainsFunc(registered, func(r Witness) bool { return r.Name == w.Name }) {
			return ErrKnownWitness
		}
		if len(registered) >= MaxWitnesses {
			return ErrTooManyWitnesses
		}
		if err := create(ctx, tx, &w); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "witness-registered", subject(w.ID), map[string]any{"name": w.Name, "key": w.Key, "operator": w.Operator})
	})
	return w, err
}

// Remove ends a registration. Countersignatures that were accepted stay stored and are not shown any more. It is an
// event of the audit log.
func (s *Service) Remove(ctx context.Context, actor audit.Actor, id int64) (w Witness, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		if w, err = find(ctx, tx, id); err != nil {
			return err
		}
		if err := end(ctx, tx, id, s.now()); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "witness-removed", subject(id), map[string]any{"name": w.Name, "key": w.Key, "operator": w.Operator})
	})
	return w, err
}

func subject(id int64) string { return fmt.Sprintf("witness %d", id) }
