package protocol

import (
	"context"

	"urna/ballots"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/text"
)

// LateCause says why a protocol is late. Its text is stable: clients, the log and bundles have it.
type LateCause string

// The causes are those of a batch (decision 47).
const (
	// AfterConfirmation: an administrator had confirmed figures of the election.
	AfterConfirmation LateCause = "after-confirmation"
	// AfterBatchesUntil: the time until which the election takes ballots of stations was over.
	AfterBatchesUntil LateCause = "after-batches-until"
)

// LateState says what was decided about a late protocol.
type LateState string

// The states.
const (
	LateWaiting  LateState = "waiting"
	LateApproved LateState = "approved"
	LateRefused  LateState = "refused"
)

// Late describes a protocol that became definitive late.
type Late struct {
	Cause    LateCause
	State    LateState
	Official string // the name of the person whose entry or settlement made it definitive
	Reason   string // that person's
	Decider  string // the name of the person who decided; "" while it waits
	Remark   string // what that person wrote; a refusal always has it
}

func (r *protocolRow) late() *Late {
	if r.Late == "" {
		return nil
	}
	return &Late{
		Cause: LateCause(r.Late), State: LateState(r.LateState), Official: r.LateOfficial, Reason: r.LateReason, Decider: r.LateDecider, Remark: r.LateRemark,
	}
}

// Lateness returns why a protocol that becomes definitive now would be late, "" if it would not be. Refusals:
// elections.ErrUnknownElection.
func (s *Service) Lateness(ctx context.Context, electionID int64) (cause LateCause, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		cause, err = s.lateness(tx, e)
		return err
	})
	return cause, err
}

func (s *Service) lateness(tx *database.Tx, e *elections.Election) (LateCause, error) {
	if s.options.Approvals == nil || !e.StateAt(s.options.Transitions()).ToBeCertified() {
		return "", nil
	}
	confirmed, err := s.elections.FiguresWereConfirmed(tx, e.ID)
	switch {
	case err != nil:
		return "", err
	case confirmed:
		return AfterConfirmation, nil
	case e.Correcting: // it names the stations whose protocols come after that time
		return "", nil
	case e.BatchesUntil != nil && !s.options.Transitions().Before(*e.BatchesUntil):
		return AfterBatchesUntil, nil
	default:
		return "", nil
	}
}

// markLate makes a row that is not stored yet one of a late protocol.
func (r *protocolRow) markLate(cause LateCause, by audit.Actor, reason string) {
	if reason = text.Trim(reason); reason == "" {
		reason = messages.BatchesLateNoReason().String()
	}
	r.State, r.Late, r.LateState, r.LateOfficial, r.LateReason = string(Waiting), string(cause), string(LateWaiting), by.Name, reason
	r.LateDecider, r.LateRemark = "", ""
}

// withLate adds to an event of a protocol that waits why it does.
func (r *protocolRow) withLate(detail map[string]any) map[string]any {
	if r.state() == Waiting {
		detail["late"], detail["reason"] = r.Late, r.LateReason
	}
	return detail
}

// askLate proposes, after the event that made it definitive, that a late protocol is counted, and reports whether it
// waits. A command on the machine counts it at once.
func (s *Service) askLate(ctx context.Context, tx *database.Tx, by audit.Actor, row *protocolRow, p *paper) (bool, error) {
	r := request(by, row, p, row.LateReason, approval.LateProtocol)
	r.Parameters["late"] = row.Late
	waits, err := s.options.Approvals.Ask(ctx, tx, r)
	if err != nil || waits != nil {
		return waits != nil, err
	}
	return false, s.countLate(ctx, tx, by, row, by.Name, "")
}

// countLate records that a late protocol is counted.
func (s *Service) countLate(ctx context.Context, tx *database.Tx, by audit.Actor, row *protocolRow, decider, remark string) error {
	row.State, row.LateState, row.LateDecider, row.LateRemark = string(Definitive), string(LateApproved), decider, remark
	if err := update(tx, row); err != nil {
		return err
	}
	return s.append(ctx, tx, by, "late-protocol-approved", row, map[string]any{"approved_by": decider})
}

// ApproveLate brings the late protocol of an approved act into the count.
func (s *Service) ApproveLate(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	row, p, values, err := s.waitingLate(tx, a)
	if err == nil {
		err = p.refuseExcluded()
	}
	if err != nil {
		return err
	}
	if err := s.countLate(ctx, tx, a.Proposer, row, a.Decider, a.Remark); err != nil {
		return err
	}
	return ballots.CountProtocols(ctx, tx, sumOf(row, p, values))
}

// RefuseLate records that the late protocol of a refused act is not counted. It can be restored as a retracted one can,
// but always with an approval.
func (s *Service) RefuseLate(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	row, _, _, err := s.waitingLate(tx, a)
	if err != nil {
		return err
	}
	row.State, row.LateState, row.LateDecider, row.LateRemark, row.Reason = string(Retracted), string(LateRefused), a.Decider, a.Remark, a.Remark
	if err := update(tx, row); err != nil {
		return err
	}
	return s.append(ctx, tx, a.Proposer, "late-protocol-refused", row, map[string]any{
		"refused_by": a.Decider, "reason": a.Remark, "approval": a.ID,
	})
}

// waitingLate returns the late protocol of an act, which waits for the decision, with what it says.
func (s *Service) waitingLate(tx *database.Tx, a approval.Approved) (*protocolRow, *paper, Values, error) {
	row, err := protocolOf(tx, a)
	if err != nil {
		return nil, nil, nil, err
	}
	p, values, err := s.says(tx, row)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case row.state() != Waiting:
		return nil, nil, nil, ErrNotWaiting
	}
	return row, p, values, s.changeable(tx, p)
}

// says returns the paper of a protocol and what it says.
func (s *Service) says(tx *database.Tx, row *protocolRow) (*paper, Values, error) {
	p, err := s.paperOf(tx, row.StationID)
	if err != nil {
		return nil, nil, err
	}
	t, err := readTyped(tx, row)
	return p, t.values(), err
}
