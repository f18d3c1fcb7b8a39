package approval

import (
	"fmt"
	"time"

	"urna/internal/audit"
)

// Act names an act. Its text is stable: clients and the log have it.
type Act string

// The acts that need a second administrator.
const (
	ResetUser          Act = "user-reset"            // another password for an administrator
	RemoveFactor       Act = "second-factor-removed" // of an administrator
	DisableUser        Act = "user-disabled"         // an administrator
	DemoteUser         Act = "user-demoted"          // an administrator becomes an official
	DeleteUser         Act = "user-deleted"          // an administrator
	LowerConfirmations Act = "confirmations-lowered"
	ChangeSealing      Act = "key-sealing-changed" // to other recipients, or to none
	RetractBatch       Act = "batch-retracted"     // after the end
	RestoreBatch       Act = "batch-restored"      // after the end
	IssueKeys          Act = "keys-issued"         // after the opening
	ReplaceKey         Act = "key-replaced"        // after the opening
	RevokeKey          Act = "key-revoked"         // after the opening
	WithdrawRoll       Act = "roll-withdrawn"      // after the opening
	WithdrawElection   Act = "election-withdrawn"
	AnnulStation       Act = "station-annulled"
	ReopenStation      Act = "station-reopened"   // after the end, or an annulled one
	LateBatch          Act = "late-batch"         // an official sent it, and an administrator decides whether it counts
	RetractProtocol    Act = "protocol-retracted" // after the end
	RestoreProtocol    Act = "protocol-restored"  // after the end
	ReopenProtocol     Act = "protocol-reopened"  // after the end
	OpenCorrection     Act = "correction-opened"
	LateProtocol       Act = "late-protocol" // officials entered it, and an administrator decides whether it counts
)

// Acts returns all of them, in the order in which documents list them.
func Acts() []Act {
	return []Act{
		ResetUser, RemoveFactor, DisableUser, DemoteUser, DeleteUser, LowerConfirmations, ChangeSealing, RetractBatch, RestoreBatch,
		IssueKeys, ReplaceKey, RevokeKey, WithdrawRoll, WithdrawElection, LateBatch, RetractProtocol, RestoreProtocol, ReopenProtocol, LateProtocol,
		AnnulStation, ReopenStation, OpenCorrection,
	}
}

// OnAccounts reports whether the act changes an account; all others belong to one election.
func (a Act) OnAccounts() bool {
	switch a {
	case ResetUser, RemoveFactor, DisableUser, DemoteUser, DeleteUser:
		return true
	case LowerConfirmations, ChangeSealing, RetractBatch, RestoreBatch, IssueKeys, ReplaceKey, RevokeKey, WithdrawRoll,
		WithdrawElection, LateBatch, RetractProtocol, RestoreProtocol, ReopenProtocol, LateProtocol,
		AnnulStation, ReopenStation, OpenCorrection:
		return false
	}
	return false
}

// SentAgain reports whether the act is not kept: an approval of it names a digest, and the proposer sends the same
// again with the approval's number, within an hour.
func (a Act) SentAgain() bool { return a == IssueKeys || a == ReplaceKey || a == RevokeKey }

// OfOfficial reports whether an official proposes the act. It then waits even if there is only one administrator, it
// does not expire, and its proposer never approves it.
func (a Act) OfOfficial() bool { return a == LateBatch || a == LateProtocol }

// Request is an act that a person or a command wants to do now.
type Request struct {
	Act     Act
	Subject string // as the audit log names it, such as "batch 4"
	Actor   audit.Actor
	Reason  string
	// ElectionID is 0 for acts on accounts.
	ElectionID int64
	// Since is when the election was published; the zero time for acts on accounts.
	Since time.Time
	// Parameters are the exact act, encoded as JSON with sorted keys. The log has them: never a secret.
	Parameters map[string]any
	// Secret is the secret part of the act, such as the hash of a new password. It is deleted with the decision and
	// is in no log.
	Secret string
	// Always says that the act needs an approval even if there is only one administrator.
	Always bool
	// Approval is the number of a granted approval, for an act that is sent again; else 0.
	Approval int64
}

// Approved is an approved act, for the function that does it, or a refused one, for the function that records that.
type Approved struct {
	ID         int64
	Subject    string
	ElectionID int64
	Parameters string // JSON, as proposed
	Secret     string
	Reason     string
	Proposer   audit.Actor
	// Decider is the name of the person who decided, and Remark what that person wrote.
	Decider, Remark string
}

// Waiting is the answer to an act that now waits for another administrator. It is an error so that it passes through
// services as any refusal does; package respond answers it with 202, or with the approval's page.
type Waiting struct { //nolint:errname // it is an answer, which only passes as an error
	ID     int64
	Act    Act
	Reason string
	By     string    // the proposer's name
	Until  time.Time // when it expires; zero for never
}

// Error names the approval.
func (w *Waiting) Error() string {
	return fmt.Sprintf("approval %d: a second administrator must approve this", w.ID)
}

// Answer returns the error of an act's transaction, or, if that committed a proposal instead of the act, that it waits.
// waits is the answer of Ask; nil if the act may happen.
func Answer(waits *Waiting, err error) error {
	if err == nil && waits != nil {
		return waits
	}
	return err
}

// SubjectID returns the number in a subject such as "batch 4".
func SubjectID(subject string) (id int64) {
	var kind string
	_, _ = fmt.Sscanf(subject, "%s %d", &kind, &id) // 0 for anything else
	return id
}
