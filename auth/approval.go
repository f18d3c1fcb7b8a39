package auth

import (
	"time"

	"urna/internal/approval"
	"urna/internal/messages"
	"urna/internal/problem"
)

// The times of approvals.
const (
	// proposalLifetime is how long a proposal can be approved.
	proposalLifetime = 72 * time.Hour
	// unopposedAfter is how long a proposal is shown to all administrators before its proposer can do the act alone.
	unopposedAfter = 24 * time.Hour
	// grantLifetime is how long the proposer has to send an approved roll again.
	grantLifetime = time.Hour
)

// ApprovalState is the state of an act that needs a second administrator.
type ApprovalState string

// The states. Expired is not stored: it follows from the time.
const (
	ApprovalWaiting   ApprovalState = "waiting" // for another administrator
	ApprovalGranted   ApprovalState = "granted" // the proposer can send the same again
	ApprovalDone      ApprovalState = "done"
	ApprovalRefused   ApprovalState = "refused"
	ApprovalWithdrawn ApprovalState = "withdrawn"
	ApprovalExpired   ApprovalState = "expired"
)

// The ways to do an act without a second administrator.
const (
	AloneByOperator = "operator"  // `urna approve` on the machine
	AloneUnopposed  = "unopposed" // 24 hours shown to all administrators without an objection
)

// Approval is an act that needs a second administrator, or that the operator of the machine did by a command.
type Approval struct {
	ID         int64
	Act        approval.Act
	Subject    string // as the audit log names it
	ElectionID int64  // 0: an act on accounts
	Parameters string // JSON
	Reason     string
	State      ApprovalState

	ProposerID int64 // 0: a command on the machine
	Proposer   string
	ProposedAt time.Time
	Until      time.Time // when the proposal, or the grant, expires; zero for never

	Decider        string
	DecisionReason string
	DecidedAt      time.Time // zero while it waits
	Alone          string    // AloneByOperator, AloneUnopposed, or ""
}

// ByOperator reports whether a command on the machine did the act at once.
func (a *Approval) ByOperator() bool {
	return a.ProposerID == 0 && a.State == ApprovalDone && a.Alone == ""
}

// Open reports whether the approval still waits for a decision.
func (a *Approval) Open() bool { return a.State == ApprovalWaiting }

// UnopposedAt is when its proposer can do the act alone, if no administrator objects.
func (a *Approval) UnopposedAt() time.Time { return a.ProposedAt.Add(unopposedAfter) }

// ApprovalFilter chooses approvals; zero fields choose all.
type ApprovalFilter struct {
	Open    bool   // those that wait for a decision, and those that are granted
	Subject string // as the audit log names it
	Before  int64  // only ids below it: the cursor of a list, newest first
	Limit   int    // 0 is 100
}

// The refusals of approvals.
var (
	// ErrUnknownApproval is returned for a number that no approval has.
	ErrUnknownApproval = problem.New(problem.NotFound, "unknown-approval", messages.RefusalUnknownApproval())
	// ErrApprovalDecided is returned for an approval that does not wait any more.
	ErrApprovalDecided = problem.New(problem.Conflict, "approval-decided", messages.RefusalApprovalDecided())
	// ErrOwnApproval is returned to a proposer who approves before the act was shown for 24 hours.
	ErrOwnApproval = problem.New(problem.Conflict, "approval-own", messages.RefusalApprovalOwn(""))
	// ErrApproverTooNew is returned to an administrator whose account was made or enabled less than 24 hours ago.
	ErrApproverTooNew = problem.New(problem.Conflict, "approver-too-new", messages.RefusalApproverTooNew(""))
	// ErrApproverChanged is returned if another person changed, less than 24 hours ago, that with which the approver or
	// the proposer signs in.
	ErrApproverChanged = problem.New(problem.Conflict, "approver-changed", messages.RefusalApproverChanged(""))
	// ErrProposerGone is returned for the proposal of an account that is no enabled administrator any more.
	ErrProposerGone = problem.New(problem.Conflict, "proposer-gone", messages.RefusalProposerGone())
	// ErrProposerTooNew is returned for the proposal of an account that was made or enabled less than 24 hours ago.
	ErrProposerTooNew = problem.New(problem.Conflict, "proposer-too-new", messages.RefusalProposerTooNew(""))
	// ErrApprovalMismatch is returned for an act that is sent again and is not the approved one.
	ErrApprovalMismatch = problem.New(problem.Conflict, "approval-mismatch", messages.RefusalApprovalMismatch())
)
