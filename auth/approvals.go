package auth

import (
	"bytes"
	"context"
	"encoding/json"
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

// doer does an approved act within the transaction that approves it, or what a refusal needs.
type doer func(ctx context.Context, tx *database.Tx, a approval.Approved) error

// Approvals keep the acts that need a second administrator. Its methods may be called concurrently, after all acts
// were registered.
type Approvals struct {
	db  *database.DB
	log *audit.Log
	now func() time.Time
	do  map[approval.Act]doer
	// refused has the acts whose refusal changes something.
	refused map[approval.Act]doer
	// prepared has the functions that are called before the transaction of an act, because they take long.
	prepared map[approval.Act]func(ctx context.Context, electionID int64)
}

// NewApprovals returns the approvals of an open database. They need no secret of the data folder.
func NewApprovals(db *database.DB, log *audit.Log, now func() time.Time) *Approvals {
	return &Approvals{db: db, log: log, now: now, do: map[approval.Act]doer{}, refused: map[approval.Act]doer{}, prepared: map[approval.Act]func(context.Context, int64){}}
}

// Register names the function that does an act once it is approved. It is called while services are wired.
func (s *Approvals) Register(act approval.Act, do func(ctx context.Context, tx *database.Tx, a approval.Approved) error) {
	s.do[act] = do
}

// RegisterRefusal names the function that records in its own tables that an act was refused. It is called while
// services are wired.
func (s *Approvals) RegisterRefusal(act approval.Act, do func(ctx context.Context, tx *database.Tx, a approval.Approved) error) {
	s.refused[act] = do
}

// RegisterPreparation names a function that is called before the transaction that approves an act, so that the act itself
// is short. If it fails, the act does the same. It is called while services are wired.
func (s *Approvals) RegisterPreparation(act approval.Act, prepare func(ctx context.Context, electionID int64)) {
	s.prepared[act] = prepare
}

// Ask answers whether an act may happen now, within the transaction that would do it: nil for yes. Else the act is
// stored as a proposal, and the caller commits without doing it and returns the answer. Acts happen at once if two
// enabled administrators never existed since the election was published (for acts on accounts: ever), by a command on
// the machine, which is recorded, and with a granted approval of the same act. The same proposal again is the one
// that waits. An act of an official always waits, and so does a request with Always.
func (s *Approvals) Ask(ctx context.Context, tx *database.Tx, r approval.Request) (*approval.Waiting, error) {
	needed, err := s.needed(ctx, tx, r)
	if err != nil || !needed {
		return nil, err
	}
	row, err := s.row(r)
	if err != nil {
		return nil, err
	}
	if r.Actor.ID == 0 {
		if r.Act.SentAgain() {
			return nil, nil //nolint:nilnil // Use records it
		}
		return nil, s.record(ctx, tx, &row)
	}
	if r.Approval != 0 {
		_, err := s.granted(tx, r.Approval, &row)
		return nil, err
	}
	same, err := findProposal(tx, &row, s.now())
	if err != nil {
		return nil, err
	}
	if same != 0 {
		return s.proposedAgain(tx, same, row.Secret)
	}
	row.State = string(ApprovalWaiting)
	if !r.Act.OfOfficial() {
		expires := s.now().Add(proposalLifetime).UnixMilli()
		row.ExpiresAt = &expires
	}
	if err := s.propose(ctx, tx, &row, r.Actor); err != nil {
		return nil, err
	}
	return row.waiting(), nil
}

// proposedAgain returns a proposal that waits already, with the secret that its proposer entered last.
func (s *Approvals) proposedAgain(tx *database.Tx, id int64, secret *string) (*approval.Waiting, error) {
	row, err := findApproval(tx, id)
	if err != nil {
		return nil, err
	}
	if secret != nil {
		row.Secret = secret
		if err := saveApproval(tx, &row); err != nil {
			return nil, err
		}
	}
	return row.waiting(), nil
}

// needed reports whether an act needs an approval: by the rule of two, because an official proposes it, or always.
func (s *Approvals) needed(ctx context.Context, tx *database.Tx, r approval.Request) (bool, error) {
	if r.Always || r.Act.OfOfficial() {
		return true, nil
	}
	h, err := readHistory(ctx, tx, approval.Period{})
	if err != nil {
		return false, err
	}
	return h.rule(r.Since), nil
}

// Needed reports whether an act needs a second administrator, on something that was published at a time; the zero time
// is for acts on accounts.
func (s *Approvals) Needed(ctx context.Context, published time.Time) (needed bool, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		needed, err = s.needed(ctx, tx, approval.Request{Since: published})
		return err
	})
	return needed, err
}

// Use marks a granted approval as used, in the transaction that does an act which was sent again; a command on the
// machine is recorded. It refuses what Ask refuses.
func (s *Approvals) Use(ctx context.Context, tx *database.Tx, r approval.Request) error {
	needed, err := s.needed(ctx, tx, r)
	if err != nil || !needed {
		return err
	}
	row, err := s.row(r)
	if err != nil {
		return err
	}
	if r.Actor.ID == 0 {
		return s.record(ctx, tx, &row)
	}
	found, err := s.granted(tx, r.Approval, &row)
	if err != nil {
		return err
	}
	found.State = string(ApprovalDone)
	if err := saveApproval(tx, &found); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), r.Actor, "approval-used", approvalSubject(found.ID), found.detail())
}

// granted returns the approval with a number if it allows the act of the row to its proposer now.
func (s *Approvals) granted(tx *database.Tx, id int64, row *approvalRow) (approvalRow, error) {
	found, err := findApproval(tx, id)
	if err != nil {
		return found, err
	}
	same := found.Act == row.Act && found.Subject == row.Subject && found.Parameters == row.Parameters && found.ProposerID == row.ProposerID
	if !same || found.stateAt(s.now()) != ApprovalGranted {
		return found, ErrApprovalMismatch
	}
	return found, nil
}

// row returns a request as a row without a state.
func (s *Approvals) row(r approval.Request) (approvalRow, error) {
	reason := text.Trim(r.Reason)
	if err := problem.OptionalReason(reason); err != nil {
		return approvalRow{}, err
	}
	if r.Parameters == nil {
		r.Parameters = map[string]any{}
	}
	parameters, err := json.Marshal(r.Parameters) // maps are encoded in the order of their keys
	if err != nil {
		return approvalRow{}, fmt.Errorf("auth: encode %s: %w", r.Act, err)
	}
	row := approvalRow{
		Act: string(r.Act), Subject: r.Subject, ElectionID: r.ElectionID, Parameters: string(bytes.TrimSpace(parameters)),
		Reason: reason, ProposerID: r.Actor.ID, ProposerName: r.Actor.Name, ProposerFrom: r.Actor.From,
		ProposedAt: s.now().UnixMilli(),
	}
	if r.Secret != "" {
		row.Secret = &r.Secret
	}
	if !r.Since.IsZero() {
		row.Since = r.Since.UnixMilli()
	}
	return row, nil
}

func (r *approvalRow) waiting() *approval.Waiting {
	w := &approval.Waiting{ID: r.ID, Act: approval.Act(r.Act), Reason: r.Reason, By: r.ProposerName}
	if r.ExpiresAt != nil {
		w.Until = time.UnixMilli(*r.ExpiresAt)
	}
	return w
}

// propose stores a proposal with its event.
func (s *Approvals) propose(ctx context.Context, tx *database.Tx, row *approvalRow, actor audit.Actor) error {
	if err := insertApproval(tx, row); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), actor, "approval-proposed", approvalSubject(row.ID), row.detail())
}

// record keeps an act of the operator of the machine, who needs no approval, so that pages and bundles show it.
func (s *Approvals) record(ctx context.Context, tx *database.Tx, row *approvalRow) error {
	row.State, row.Secret = string(ApprovalDone), nil
	row.DeciderName, row.DecidedAt = row.ProposerName, &row.ProposedAt
	if err := insertApproval(tx, row); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), row.proposer(), "done-by-operator", approvalSubject(row.ID), row.detail())
}

func approvalSubject(id int64) string { return fmt.Sprintf("approval %d", id) }

// detail is the detail of an approval's events: everything but the secret.
func (r *approvalRow) detail() map[string]any {
	detail := map[string]any{
		"act": r.Act, "subject": r.Subject, "election": r.ElectionID, "since": r.Since, "parameters": json.RawMessage(r.Parameters),
		"reason": r.Reason, "proposed_by": r.ProposerName, "proposer": r.ProposerID, "proposed_from": r.ProposerFrom,
		"proposed_at": r.ProposedAt, "expires_at": r.ExpiresAt, "state": r.State,
	}
	if r.DecidedAt != nil {
		detail["decided_by"], detail["decider"], detail["decided_at"] = r.DeciderName, r.DeciderID, *r.DecidedAt
		detail["decision_reason"], detail["alone"] = r.DecisionReason, r.Alone
	}
	return detail
}

// Approval returns one approval, or ErrUnknownApproval.
func (s *Approvals) Approval(ctx context.Context, id int64) (Approval, error) {
	row, err := findApproval(s.db.Reader(ctx), id)
	return row.approval(s.now()), err
}

// Approvals returns approvals, newest first.
func (s *Approvals) Approvals(ctx context.Context, f ApprovalFilter) ([]Approval, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	return listApprovals(s.db.Reader(ctx), f, s.now())
}

// Waiting returns the newest proposal of some acts on a subject that waits for a decision, nil if none does.
func (s *Approvals) Waiting(ctx context.Context, subject string, acts ...approval.Act) (*Approval, error) {
	found, err := s.Approvals(ctx, ApprovalFilter{Open: true, Subject: subject})
	for i := range found {
		if found[i].Open() && slices.Contains(acts, found[i].Act) {
			return &found[i], err
		}
	}
	return nil, err
}

// CountOpen counts the acts that wait for a decision.
func (s *Approvals) CountOpen(ctx context.Context) (int64, error) {
	return countOpen(s.db.Reader(ctx), s.now())
}

// tooNew is ErrApproverTooNew with the time from which the account may approve.
func tooNew(from time.Time) error {
	return ErrApproverTooNew.With(messages.RefusalApproverTooNew(messages.Minute(from)))
}
