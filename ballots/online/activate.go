package online

import (
	"context"
	"errors"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
)

// activate is the moment at which the keys can vote.
func (i *issue) activate(ctx context.Context, actor audit.Actor) error {
	s := i.service
	return s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.acceptsKeys(tx, i.roll.ElectionID)
		if err != nil {
			return err
		}
		if !keepsSealing(e, i.sealTo) {
			return ErrSealingChanged
		}
		issued := Roll{
			ID: i.roll.ID, ElectionID: e.ID, State: RollIssued, Keys: i.done.Issued, ChangedAt: s.options.Now(), SealedTo: i.sealTo.Names(),
		}
		if moved, err := moveRoll(ctx, tx, issued, RollIssuing); err != nil || !moved {
			return errors.Join(err, unknownUnless(moved))
		}
		if err := i.useApproval(ctx, tx, e); err != nil {
			return err
		}
		detail := map[string]any{"roll": issued.ID, "keys": issued.Keys, "sealed_to": inLog(i.sealTo)}
		open := e.StateAt(s.options.Transitions()) == elections.Open
		if open {
			detail["while_open"] = true
		}
		if err := i.addTotals(ctx, tx, open); err != nil {
			return err
		}
		if err := s.sums.startSums(ctx, tx, e.ID, s.options.Now()); err != nil {
			return err
		}
		if err := s.log.Append(ctx, tx.SQL(), actor, "voter-keys-issued", elections.Subject(e.ID), detail); err != nil {
			return err
		}
		tx.AfterCommit(func() { i.roll = issued })
		return nil
	})
}

// addTotals adds the keys to those of their constituencies, and to the acts on keys of an election that is open.
func (i *issue) addTotals(ctx context.Context, tx *database.Tx, open bool) error {
	for constituency, n := range i.totals {
		if err := addToTotal(ctx, tx, constituency, n); err != nil {
			return err
		}
		if !open {
			continue
		}
		if err := addActs(ctx, tx, constituency, keyActs{issuedAfterOpening: n}); err != nil {
			return err
		}
	}
	return nil
}
