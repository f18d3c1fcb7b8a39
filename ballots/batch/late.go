package batch

import (
	"context"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// LateCause says why a batch is late. Its text is stable: clients, the log and bundles have it.
type LateCause string

// The causes. A batch after the end is not late by itself: boxes may still be awaited. The first two hold after the end
// only, the last one at any time.
const (
	// AfterConfirmation: an administrator had confirmed figures of the election.
	AfterConfirmation LateCause = "after-confirmation"
	// AfterBatchesUntil: the time until which the election takes batches was over.
	AfterBatchesUntil LateCause = "after-batches-until"
	// PlaceComplete: a batch of the polling station was in the count already, or waited as a late one.
	PlaceComplete LateCause = "place-complete"
)

// LateState says what was decided about a late batch.
type LateState string

// The states.
const (
	LateWaiting  LateState = "waiting"
	LateApproved LateState = "approved"
	LateRefused  LateState = "refused"
)

// Late describes a batch that was accepted late.
type Late struct {
	Cause   LateCause
	State   LateState
	Reason  string // the official's
	Decider string // the name of the person who decided; "" while it waits
	Remark  string // what that person wrote; a refusal always has it
}

// ErrLate is returned for an upload that is late by now, whose official was not told so.
var ErrLate = problem.New(problem.Conflict, "late-batch", messages.RefusalLateBatch())

// Lateness returns why a batch of a polling station (0 for none, or for one that is not known yet) that is accepted now
// would be late, "" if it would not be. Refusals: elections.ErrUnknownElection.
func (s *Service) Lateness(ctx context.Context, electionID, station int64) (cause LateCause, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		cause, err = s.lateness(tx, e, station)
		return err
	})
	return cause, err
}

// lateness is Lateness as a transaction sees it.
func (s *Service) lateness(tx *database.Tx, e *elections.Election, station int64) (LateCause, error) {
	if s.options.Approvals == nil {
		return "", nil
	}
	if e.StateAt(s.options.Transitions()).ToBeCertified() {
		if cause, err := s.afterTheEnd(tx, e); err != nil || cause != "" {
			return cause, err
		}
	}
	if station == 0 {
		return "", nil
	}
	complete, err := hasCounted(tx, station)
	if err != nil || !complete {
		return "", err
	}
	return PlaceComplete, nil
}

// afterTheEnd returns why a batch of an election that has ended is late, whatever place it is of.
func (s *Service) afterTheEnd(tx *database.Tx, e *elections.Election) (LateCause, error) {
	confirmed, err := s.elections.FiguresWereConfirmed(tx, e.ID)
	switch {
	case err != nil:
		return "", err
	case confirmed:
		return AfterConfirmation, nil
	case e.Correcting: // it names the stations whose batches come after that time
		return "", nil
	case e.BatchesUntil != nil && !s.options.Transitions().Before(*e.BatchesUntil):
		return AfterBatchesUntil, nil
	default:
		return "", nil
	}
}

// markLate makes a row that is not stored yet one of a late batch.
func (r *batchRow) markLate(cause LateCause, reason string) {
	if reason = text.Trim(reason); reason == "" {
		reason = messages.BatchesLateNoReason().String()
	}
	r.Late, r.LateState, r.LateReason = string(cause), string(LateWaiting), reason
	r.State, r.CountedAt = string(Retracted), nil
}

// askLate proposes, after the event of its acceptance, that a late batch is counted.
func (s *Service) askLate(ctx context.Context, tx *database.Tx, actor audit.Actor, row *batchRow, e *elections.Election) error {
	r := request(actor, row, e, row.LateReason, approval.LateBatch)
	r.Parameters["late"] = row.Late
	waits, err := s.options.Approvals.Ask(ctx, tx, r)
	if err != nil || waits != nil {
		return err
	}
	return s.countLate(ctx, tx, actor, row, e, actor.Name, "") // a command on the machine
}

// ApproveLate brings the late batch of an approved act into the count, as a restoration does.
func (s *Service) ApproveLate(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	row, e, err := s.waitingLate(tx, a)
	if err == nil {
		err = s.refuseStation(tx, &row)
	}
	if err != nil {
		return err
	}
	return s.countLate(ctx, tx, a.Proposer, &row, e, a.Decider, a.Remark)
}

func (s *Service) countLate(ctx context.Context, tx *database.Tx, actor audit.Actor, row *batchRow, e *elections.Election, decider, remark string) error {
	row.LateState, row.LateDecider, row.LateRemark = string(LateApproved), decider, remark
	if row.State = string(Restoring); row.Lines == 0 {
		row.State = string(Counted)
	}
	if err := decideLate(tx, row); err != nil {
		return err
	}
	return s.moveRow(ctx, tx, actor, row, e, row.LateReason, restoration)
}

// RefuseLate records that the late batch of a refused act is not counted. It can be restored as a retracted one can,
// but always with an approval (see request).
func (s *Service) RefuseLate(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	row, _, err := s.waitingLate(tx, a)
	if err != nil {
		return err
	}
	row.LateState, row.LateDecider, row.LateRemark, row.Reason = string(LateRefused), a.Decider, a.Remark, a.Remark
	if err := decideLate(tx, &row); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.options.OnCommit(row.ElectionID) })
	return s.log.Append(ctx, tx.SQL(), a.Proposer, "late-batch-refused", subject(row.ID), map[string]any{
		"election": row.ElectionID, "refused_by": a.Decider, "reason": a.Remark, "approval": a.ID,
	})
}

// waitingLate returns the late batch of an act, which waits for the decision, and its election.
func (s *Service) waitingLate(tx *database.Tx, a approval.Approved) (batchRow, *elections.Election, error) {
	row, err := findBatch(tx, approval.SubjectID(a.Subject))
	if err != nil {
		return row, nil, err
	}
	e, err := s.elections.Within(tx, row.ElectionID)
	switch {
	case err != nil:
		return row, nil, err
	case e.StateAt(s.options.Transitions()) == elections.Certified:
		return row, nil, ErrElectionTakesNoBatches.With(messages.RefusalElectionTakesNoBatchesCountFinal())
	case row.state() != Waiting:
		return row, nil, ErrNotWaiting
	}
	return row, e, nil
}

// ErrNotWaiting is returned for a decision about a batch that does not wait for one.
var ErrNotWaiting = problem.New(problem.Conflict, "batch-not-waiting", messages.RefusalBatchNotWaiting())
