package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// Decision is an administrator's answer to a proposal.
type Decision struct {
	Approve bool
	Reason  string // optional, but for a refusal
}

// Decide approves an act, which is then done in the same transaction, or refuses it. Another enabled administrator
// decides; the proposer may withdraw a proposal, and may approve it alone after 24 hours without an objection.
// The caller is an enabled administrator.
func (s *Approvals) Decide(ctx context.Context, actor audit.Actor, id int64, d Decision) (Approval, error) {
	d.Reason = text.Trim(d.Reason)
	if err := problem.OptionalReason(d.Reason); err != nil {
		return Approval{}, err
	}
	return s.decide(ctx, id, func(tx *database.Tx, row *approvalRow) error {
		official := approval.Act(row.Act).OfOfficial() // who may be an administrator by now
		own := row.ProposerID == actor.ID && !official
		switch {
		case !d.Approve && own:
			return s.settle(ctx, tx, row, actor, ApprovalWithdrawn, d.Reason)
		case !d.Approve && d.Reason == "":
			var c problem.Checks
			c.Add("reason", messages.FieldReasonNeeded())
			return c.Err()
		case !d.Approve:
			return s.refuse(ctx, tx, row, actor, d.Reason)
		case official && row.ProposerID == actor.ID:
			return ErrOwnApproval.With(messages.RefusalApprovalOwnOfOfficial())
		}
		if err := s.trusted(ctx, tx, row, actor); err != nil {
			return err
		}
		if own {
			from := time.UnixMilli(row.ProposedAt).Add(unopposedAfter)
			if s.now().Before(from) {
				return ErrOwnApproval.With(messages.RefusalApprovalOwn(messages.Minute(from)))
			}
			row.Alone = AloneUnopposed
		}
		return s.approve(ctx, tx, row, actor, d.Reason)
	})
}

// refuse records a refusal, and what it changes.
func (s *Approvals) refuse(ctx context.Context, tx *database.Tx, row *approvalRow, actor audit.Actor, reason string) error {
	if err := s.settle(ctx, tx, row, actor, ApprovalRefused, reason); err != nil {
		return err
	}
	do, ok := s.refused[approval.Act(row.Act)]
	if !ok {
		return nil
	}
	return do(ctx, tx, row.decided(""))
}

// ApproveOnMachine approves an act by a command on the machine, without a second administrator.
func (s *Approvals) ApproveOnMachine(ctx context.Context, actor audit.Actor, id int64, reason string) (Approval, error) {
	reason = text.Trim(reason)
	if err := problem.OptionalReason(reason); err != nil {
		return Approval{}, err
	}
	return s.decide(ctx, id, func(tx *database.Tx, row *approvalRow) error {
		row.Alone = AloneByOperator
		return s.approve(ctx, tx, row, actor, reason)
	})
}

// decide runs a decision on an approval that waits.
func (s *Approvals) decide(ctx context.Context, id int64, fn func(*database.Tx, *approvalRow) error) (Approval, error) {
	if err := s.prepare(ctx, id); err != nil {
		return Approval{}, err
	}
	var row approvalRow
	err := s.db.Write(ctx, func(tx *database.Tx) (err error) {
		if row, err = findApproval(tx, id); err != nil {
			return err
		}
		if row.stateAt(s.now()) != ApprovalWaiting {
			return ErrApprovalDecided
		}
		return fn(tx, &row)
	})
	if err != nil {
		return Approval{}, err
	}
	return row.approval(s.now()), nil
}

// prepare prepares the act of an approval that waits.
func (s *Approvals) prepare(ctx context.Context, id int64) error {
	if len(s.prepared) == 0 {
		return nil
	}
	var row approvalRow
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		row, err = findApproval(tx, id)
		return err
	})
	if prepare := s.prepared[approval.Act(row.Act)]; err == nil && prepare != nil && row.stateAt(s.now()) == ApprovalWaiting {
		prepare(ctx, row.ElectionID)
	}
	return err
}

// trusted refuses an administrator whose account, or whose proposer's, is too new or was lately changed by another
// person, and one who is disabled or no administrator by now.
func (s *Approvals) trusted(ctx context.Context, tx *database.Tx, row *approvalRow, actor audit.Actor) error {
	h, err := readHistory(ctx, tx, approval.Period{})
	if err != nil {
		return err
	}
	approver, enabled := h.administrators[actor.ID]
	if !enabled {
		return ErrForbidden
	}
	official := approval.Act(row.Act).OfOfficial()
	if row.ProposerID == actor.ID && !official { // after 24 hours without an objection
		return nil
	}
	if from := h.trusted(approver.at, row.published()); s.now().Before(from) {
		return tooNew(from)
	}
	if err := s.refuseChanged(ctx, tx, actor.ID, row.ProposerID); err != nil {
		return err
	}
	proposers := h.administrators
	if official {
		proposers = h.enabled
	}
	proposer, enabled := proposers[row.ProposerID]
	if !enabled {
		if official {
			return ErrProposerGone.With(messages.RefusalProposerGoneOfficial())
		}
		return ErrProposerGone
	}
	// Else an administrator could make an account, propose as its owner and approve.
	if from := h.trusted(proposer.at, row.published()); s.now().Before(from) {
		return ErrProposerTooNew.With(messages.RefusalProposerTooNew(messages.Minute(from)))
	}
	return nil
}

// refuseChanged refuses administrators whose password, second factor or e-mail another person changed less than 24
// hours ago: that person could act as both.
func (s *Approvals) refuseChanged(ctx context.Context, tx *database.Tx, ids ...int64) error {
	changes, err := s.signInChanges(ctx, tx, s.now().Add(-approval.ConfirmsNothing), approval.Period{})
	if err != nil {
		return err
	}
	for _, change := range slices.Backward(changes) {
		if slices.Contains(ids, change.UserID) {
			return ErrApproverChanged.With(messages.RefusalApproverChanged(change.Until()))
		}
	}
	return nil
}

// approve does the act, or grants it if it is sent again.
func (s *Approvals) approve(ctx context.Context, tx *database.Tx, row *approvalRow, actor audit.Actor, reason string) error {
	var secret string
	if row.Secret != nil {
		secret = *row.Secret
	}
	if approval.Act(row.Act).SentAgain() {
		expires := s.now().Add(grantLifetime).UnixMilli()
		row.ExpiresAt = &expires
		return s.settle(ctx, tx, row, actor, ApprovalGranted, reason)
	}
	do, ok := s.do[approval.Act(row.Act)]
	if !ok {
		return fmt.Errorf("auth: nothing does the act %q", row.Act)
	}
	if err := s.settle(ctx, tx, row, actor, ApprovalDone, reason); err != nil {
		return err
	}
	return do(audit.WithApproval(ctx, row.ID, row.ProposerName, row.DeciderName), tx, row.decided(secret))
}

// decided returns the act for the function that does it.
func (r *approvalRow) decided(secret string) approval.Approved {
	return approval.Approved{
		ID: r.ID, Subject: r.Subject, ElectionID: r.ElectionID, Parameters: r.Parameters, Secret: secret,
		Reason: r.Reason, Proposer: r.proposer(), Decider: r.DeciderName, Remark: r.DecisionReason,
	}
}

// settle records a decision.
func (s *Approvals) settle(ctx context.Context, tx *database.Tx, row *approvalRow, actor audit.Actor, state ApprovalState, reason string) error {
	now := s.now().UnixMilli()
	row.State, row.Secret, row.DecidedAt = string(state), nil, &now
	row.DeciderID, row.DeciderName, row.DecisionReason = actor.ID, actor.Name, reason
	if err := saveApproval(tx, row); err != nil {
		return err
	}
	action := map[ApprovalState]string{
		ApprovalDone: "approval-given", ApprovalGranted: "approval-given", ApprovalRefused: "approval-refused",
		ApprovalWithdrawn: "approval-withdrawn",
	}[state]
	return s.log.Append(ctx, tx.SQL(), actor, action, approvalSubject(row.ID), row.detail())
}
