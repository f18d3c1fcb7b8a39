package elections

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// approvals are asked about acts that need a second administrator.
type approvals interface {
	// Ask answers, within the transaction of an act, whether it may happen now; else the transaction commits without it.
	Ask(ctx context.Context, tx *database.Tx, r approval.Request) (*approval.Waiting, error)
	// AccountChanges returns the changes by others since the start of the period's election to passwords, second factors
	// and e-mails, and the accounts that became administrators' after the election had opened, oldest first.
	AccountChanges(ctx context.Context, tx *database.Tx, period approval.Period, start time.Time) ([]approval.AccountChange, error)
}

type approvedKey struct{}

// askToLoosen returns *approval.Waiting if a draft lowers the number of confirmations or changes to whom keys are
// sealed, and a second administrator must approve that. The caller commits the transaction without the change.
func (s *Service) askToLoosen(ctx context.Context, tx *database.Tx, actor audit.Actor, before *Election, d *Draft) error {
	if s.approvals == nil || ctx.Value(approvedKey{}) != nil || before.IsDraft {
		return nil
	}
	after := d.Confirmations
	if after == 0 {
		administrators, err := s.administrators(tx)
		if err != nil {
			return err
		}
		after = certifiersAmong(administrators)
	}
	act := approval.LowerConfirmations
	switch {
	case after < before.Confirmations:
	case loosensSealing(before, d):
		act = approval.ChangeSealing
	default:
		return nil
	}
	waits, err := s.approvals.Ask(ctx, tx, approval.Request{
		Act: act, Subject: Subject(before.ID), Actor: actor, Reason: d.Reason, ElectionID: before.ID,
		Since:      before.PublishedAt,
		Parameters: map[string]any{"before": before.Draft(), "after": d, "version": before.Version()},
	})
	return approval.Answer(waits, err)
}

// held returns no error for an act that waits for a second administrator, so that the transaction commits its proposal.
func held(err error) (waits *approval.Waiting, other error) {
	if w, ok := errors.AsType[*approval.Waiting](err); ok {
		return w, nil
	}
	return nil, err
}

// ChangeApproved makes the change of an approved act, if the definition is the one that it was proposed for.
func (s *Service) ChangeApproved(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	var proposed struct {
		After   Draft  `json:"after"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal([]byte(a.Parameters), &proposed); err != nil {
		return fmt.Errorf("elections: approval %d: %w", a.ID, err)
	}
	e, err := s.Within(tx, a.ElectionID)
	if err != nil {
		return err
	}
	if e.Version() != proposed.Version {
		return ErrChangedMeanwhile
	}
	_, err = s.changeWithin(context.WithValue(ctx, approvedKey{}, true), tx, a.Proposer, a.ElectionID, "", proposed.After)
	return err
}
