package auth

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// approvalRow is a row of approvals.
type approvalRow struct {
	ID             int64 `gorm:"primaryKey"`
	Act            string
	Subject        string
	ElectionID     int64
	Since          int64
	Parameters     string
	Secret         *string // nil is none
	Reason         string
	ProposerID     int64
	ProposerName   string
	ProposerFrom   string
	ProposedAt     int64
	ExpiresAt      *int64
	State          string
	DeciderID      int64
	DeciderName    string
	DecisionReason string
	DecidedAt      *int64
	Alone          string
}

// TableName names the table.
func (approvalRow) TableName() string { return "approvals" }

func (r *approvalRow) proposer() audit.Actor {
	return audit.Actor{ID: r.ProposerID, Name: r.ProposerName, From: r.ProposerFrom}
}

// published is when the rule for the act begins to look for two administrators; zero for acts on accounts.
func (r *approvalRow) published() time.Time {
	if r.Since == 0 {
		return time.Time{}
	}
	return time.UnixMilli(r.Since)
}

// stateAt returns the state at a time.
func (r *approvalRow) stateAt(now time.Time) ApprovalState {
	waits := r.State == string(ApprovalWaiting) || r.State == string(ApprovalGranted)
	if waits && r.ExpiresAt != nil && *r.ExpiresAt <= now.UnixMilli() {
		return ApprovalExpired
	}
	return ApprovalState(r.State)
}

func (r *approvalRow) approval(now time.Time) Approval {
	a := Approval{
		ID: r.ID, Act: approval.Act(r.Act), Subject: r.Subject, ElectionID: r.ElectionID, Parameters: r.Parameters,
		Reason: r.Reason, State: r.stateAt(now), ProposerID: r.ProposerID, Proposer: r.ProposerName,
		ProposedAt: time.UnixMilli(r.ProposedAt), Decider: r.DeciderName, DecisionReason: r.DecisionReason, Alone: r.Alone,
	}
	if r.ExpiresAt != nil {
		a.Until = time.UnixMilli(*r.ExpiresAt)
	}
	if r.DecidedAt != nil {
		a.DecidedAt = time.UnixMilli(*r.DecidedAt)
	}
	return a
}

// findApproval returns the approval with a number, or ErrUnknownApproval.
func findApproval(db database.Source, id int64) (approvalRow, error) {
	var r approvalRow
	err := db.Gorm().Where("id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ErrUnknownApproval
	}
	if err != nil {
		return r, fmt.Errorf("auth: find approval: %w", err)
	}
	return r, nil
}

// findProposal returns the id of the proposal that waits for the act of a row, or 0. One with a secret is another one
// if another person proposed it.
func findProposal(tx *database.Tx, row *approvalRow, now time.Time) (int64, error) {
	query := tx.Gorm().Model(&approvalRow{}).
		Where("state = 'waiting' AND act = ? AND subject = ? AND parameters = ? AND (expires_at IS NULL OR expires_at > ?)",
			row.Act, row.Subject, row.Parameters, now.UnixMilli())
	if row.Secret != nil {
		query = query.Where("proposer_id = ?", row.ProposerID)
	}
	var ids []int64
	if err := query.Order("id DESC").Limit(1).Pluck("id", &ids).Error; err != nil {
		return 0, fmt.Errorf("auth: find proposal: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}

func listApprovals(db database.Source, f ApprovalFilter, now time.Time) ([]Approval, error) {
	query := db.Gorm().Order("id DESC").Limit(f.Limit)
	if f.Open {
		query = query.Where("state IN ('waiting', 'granted') AND (expires_at IS NULL OR expires_at > ?)", now.UnixMilli())
	}
	if f.Subject != "" {
		query = query.Where("subject = ?", f.Subject)
	}
	if f.Before != 0 {
		query = query.Where("id < ?", f.Before)
	}
	var rows []approvalRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("auth: list approvals: %w", err)
	}
	found := make([]Approval, 0, len(rows))
	for i := range rows {
		found = append(found, rows[i].approval(now))
	}
	return found, nil
}

// countOpen counts the acts that wait for a decision.
func countOpen(db database.Source, now time.Time) (n int64, err error) {
	err = db.Gorm().Model(&approvalRow{}).
		Where("state = 'waiting' AND (expires_at IS NULL OR expires_at > ?)", now.UnixMilli()).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("auth: count approvals: %w", err)
	}
	return n, nil
}

func insertApproval(tx *database.Tx, r *approvalRow) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("auth: store proposal: %w", err)
	}
	return nil
}

func saveApproval(tx *database.Tx, r *approvalRow) error {
	if err := tx.Gorm().Save(r).Error; err != nil {
		return fmt.Errorf("auth: store approval: %w", err)
	}
	return nil
}
