package elections

import (
	"context"
	"slices"
	"time"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
)

// AccountChangesWithin returns, as a transaction sees them, the changes of accounts since the opening of an election
// that another person made, oldest first; of a certified election, those before its certification. If one administrator
// certifies alone, new administrators are not among them: a second account is of no use.
func (s *Service) AccountChangesWithin(ctx context.Context, tx *database.Tx, e *Election, c *Certification) ([]approval.AccountChange, error) {
	if s.approvals == nil {
		return nil, nil
	}
	changes, err := s.approvals.AccountChanges(ctx, tx, c.Period(e.ID), e.StartsAt)
	return slices.DeleteFunc(changes, func(change approval.AccountChange) bool {
		return change.What == approval.BecameAdministrator && e.Confirmations < 2
	}), err
}

// MayConfirm returns ErrConfirmerChanged, with who changed what and until when it holds, for an administrator to whose
// account one of the changes was made less than a day before now.
func MayConfirm(changes []approval.AccountChange, actor audit.Actor, now time.Time) error {
	for _, change := range slices.Backward(changes) {
		if change.UserID == actor.ID && now.Before(change.At.Add(approval.ConfirmsNothing)) {
			return ErrConfirmerChanged.With(messages.RefusalConfirmerChanged(change.Sentence(actor.Name), change.Until()))
		}
	}
	return nil
}
