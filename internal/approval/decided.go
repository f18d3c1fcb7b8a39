package approval

import "time"

// Outcome says how an approval was decided. Its text is stable: figures and clients have it.
type Outcome string

// The outcomes.
const (
	OutcomeApproved  Outcome = "approved"  // by a second administrator
	OutcomeUnopposed Outcome = "unopposed" // by its proposer alone, after 24 hours without an objection
	OutcomeOnMachine Outcome = "on-machine"
	// OutcomeByOperator is an act that a command on the machine did at once. OutcomeOnMachine is a proposal that the
	// command `urna approve` approved.
	OutcomeByOperator Outcome = "by-operator"
	OutcomeRefused    Outcome = "refused"
	OutcomeWithdrawn  Outcome = "withdrawn"
)

// Alone reports whether the act needed a second administrator and was approved without one.
func (o Outcome) Alone() bool { return o == OutcomeUnopposed || o == OutcomeOnMachine }

// Decided is an approval that was decided.
type Decided struct {
	ID             int64
	Act            Act
	Subject        string // as the audit log names it, such as "batch 4"
	ElectionID     int64  // 0: an act on accounts
	Parameters     string // JSON
	Reason         string
	Proposer       string // as in audit.Actor.Name
	ProposedAt     time.Time
	Outcome        Outcome
	Decider        string
	DecidedAt      time.Time
	DecisionReason string
	// Done says whether the act was done. An approved roll that was not sent again was not.
	Done bool
}

// Period is the part of the audit log that an election answers for. It begins with the event of its publication.
type Period struct {
	ElectionID int64
	// Last is the number of the event of its certification; 0 is the last event of the log.
	Last int64
}

// Includes reports whether an event with a number is not after the end of the period.
func (p Period) Includes(event int64) bool { return p.Last == 0 || event <= p.Last }
