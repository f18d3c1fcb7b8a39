package elections

import (
	"context"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/internal/text"
)

// Withdraw ends a published election that is not held. It stays on record with the reason, and nothing of it can be
// changed. It may need a second administrator: then the error is *approval.Waiting. Refusals: ErrIsDraft, ErrCertified,
// ErrWithdrawn; ErrHasKeys while voters have keys, used or not; ErrHasBallots after anything was accepted for the count,
// even if it is retracted; and one that names the field "reason", which is 1 to problem.MaxReason characters.
func (s *Service) Withdraw(ctx context.Context, actor audit.Actor, id int64, reason string) (e *Election, err error) {
	reason = text.Trim(reason)
	if err := problem.NeededReason(reason); err != nil {
		return nil, err
	}
	var waits *approval.Waiting
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		before, err := s.withdrawable(ctx, tx, id)
		if err != nil {
			return err
		}
		if waits, err = s.askToWithdraw(ctx, tx, actor, before, reason); err != nil || waits != nil {
			return err
		}
		e, err = s.withdrawWithin(ctx, tx, actor, id, reason)
		return err
	})
	if err = approval.Answer(waits, err); err != nil {
		return nil, err
	}
	return e, nil
}

func (s *Service) askToWithdraw(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, reason string) (*approval.Waiting, error) {
	if s.approvals == nil {
		return nil, nil //nolint:nilnil // it may happen now
	}
	return s.approvals.Ask(ctx, tx, approval.Request{
		Act: approval.WithdrawElection, Subject: Subject(e.ID), Actor: actor, Reason: reason, ElectionID: e.ID, Since: e.PublishedAt,
		Parameters: map[string]any{"title": e.Title, "starts_at": e.StartsAt.UTC(), "ends_at": e.EndsAt.UTC()},
	})
}

// WithdrawApproved withdraws the election of an approved act, if nothing was received for it meanwhile.
func (s *Service) WithdrawApproved(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	if _, err := s.withdrawable(ctx, tx, a.ElectionID); err != nil {
		return err
	}
	_, err := s.withdrawWithin(ctx, tx, a.Proposer, a.ElectionID, a.Reason)
	return err
}

// Withdrawable returns why an election cannot be withdrawn now, as Withdraw does; nil if it can.
func (s *Service) Withdrawable(ctx context.Context, id int64) error {
	return s.db.Read(ctx, func(tx *database.Tx) error {
		_, err := s.withdrawable(ctx, tx, id)
		return err
	})
}

// withdrawable returns an election that can be withdrawn.
func (s *Service) withdrawable(ctx context.Context, tx *database.Tx, id int64) (*Election, error) {
	e, err := s.OrDraftWithin(tx, id)
	if err != nil {
		return nil, err
	}
	switch e.StateAt(s.now()) {
	case Drafted:
		return nil, ErrIsDraft
	case Certified, Correcting:
		return nil, ErrCertified
	case Withdrawn:
		return nil, ErrWithdrawn
	case Scheduled, Open, Counting:
	}
	received, err := s.received(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if received {
		return nil, ErrHasBallots
	}
	keys, err := s.keysInForce(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if keys > 0 {
		return nil, ErrHasKeys
	}
	return e, nil
}

func (s *Service) withdrawWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, id int64, reason string) (*Election, error) {
	if err := s.DecideCertifiers(ctx, tx); err != nil {
		return nil, err
	}
	if err := markWithdrawn(tx, id, reason, s.now()); err != nil {
		return nil, err
	}
	if err := s.log.Append(ctx, tx.SQL(), actor, "election-withdrawn", Subject(id), map[string]any{"reason": reason}); err != nil {
		return nil, err
	}
	tx.AfterCommit(func() { s.withdrawn(id) })
	return s.Within(tx, id)
}
