package batch

import (
	"context"
	"encoding/hex"
	"fmt"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// move is a change of a settled batch that a person asks for.
type move struct {
	act      approval.Act
	from, to State
	refusal  error
}

//nolint:gochecknoglobals // constants
var (
	retraction  = move{approval.RetractBatch, Counted, Retracting, ErrNotCounted}
	restoration = move{approval.RestoreBatch, Retracted, Restoring, ErrNotRetracted}
)

// Retract takes a whole batch out of the count, for a reason that stays with it: its ballots go to the next
// lines that claim them, if there are any. Nothing of the batch is deleted. It happens in chunks, in the state
// Retracting. Refusals: ErrNotCounted, ballots.ErrUnknownBatch, a missing reason, and
// ErrElectionTakesNoBatches once the election is certified. After the end it may need a second administrator: then the
// error is *approval.Waiting.
func (s *Service) Retract(ctx context.Context, actor audit.Actor, id int64, reason string) (Batch, error) {
	return s.move(ctx, actor, id, reason, retraction)
}

// Restore puts a retracted batch back in its place, by its file: it takes the GUIDs back that later lines
// hold meanwhile. Refusals are those of Retract, with ErrNotRetracted.
func (s *Service) Restore(ctx context.Context, actor audit.Actor, id int64, reason string) (Batch, error) {
	return s.move(ctx, actor, id, reason, restoration)
}

// RetractApproved retracts the batch of an approved act.
func (s *Service) RetractApproved(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	return s.moveApproved(ctx, tx, a, retraction)
}

// RestoreApproved restores the batch of an approved act.
func (s *Service) RestoreApproved(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	return s.moveApproved(ctx, tx, a, restoration)
}

func (s *Service) moveApproved(ctx context.Context, tx *database.Tx, a approval.Approved, m move) error {
	row, e, err := s.movable(tx, approval.SubjectID(a.Subject), m)
	if err != nil {
		return err
	}
	return s.moveRow(ctx, tx, a.Proposer, &row, e, a.Reason, m)
}

func (s *Service) move(ctx context.Context, actor audit.Actor, id int64, reason string, m move) (Batch, error) {
	reason = text.Trim(reason)
	if err := problem.NeededReason(reason); err != nil {
		return Batch{}, err
	}
	var row batchRow
	var waits *approval.Waiting
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		found, e, err := s.movable(tx, id, m)
		if err != nil {
			return err
		}
		row = found
		if waits, err = s.ask(ctx, tx, actor, &row, e, reason, m.act); err != nil || waits != nil {
			return err
		}
		return s.moveRow(ctx, tx, actor, &row, e, reason, m)
	})
	return row.batch(), approval.Answer(waits, err)
}

// movable returns a batch that can be moved, with its election.
func (s *Service) movable(tx *database.Tx, id int64, m move) (batchRow, *elections.Election, error) {
	row, err := findBatch(tx, id)
	if err != nil {
		return row, nil, err
	}
	e, err := s.elections.Within(tx, row.ElectionID)
	if err != nil {
		return row, nil, err
	}
	switch {
	case e.StateAt(s.options.Transitions()) == elections.Certified:
		return row, nil, ErrElectionTakesNoBatches.With(messages.RefusalElectionTakesNoBatchesCountFinal())
	case row.state() != m.from:
		return row, nil, m.refusal
	}
	if m.to == Restoring {
		return row, e, s.refuseRestoration(tx, e, &row)
	}
	return row, e, s.refuseNotReopened(tx, e, row.ConstituencyID, idOf(row.StationID))
}

// ask answers whether an act on a batch may happen now.
func (s *Service) ask(ctx context.Context, tx *database.Tx, actor audit.Actor, row *batchRow, e *elections.Election, reason string,
	act approval.Act,
) (*approval.Waiting, error) {
	if s.options.Approvals == nil || !e.AsksApproval(s.options.Transitions(), act == approval.RestoreBatch) {
		return nil, nil //nolint:nilnil // it may
	}
	return s.options.Approvals.Ask(ctx, tx, request(actor, row, e, reason, act))
}

// request returns an act on a batch. The state is not in it: it changes while the act waits. A late batch that was
// refused comes back with an approval only: else a lone administrator could refuse and restore it, as both persons.
func request(actor audit.Actor, row *batchRow, e *elections.Election, reason string, act approval.Act) approval.Request {
	return approval.Request{
		Act: act, Subject: subject(row.ID), Actor: actor, Reason: reason, ElectionID: e.ID, Since: e.PublishedAt,
		Always: act == approval.RestoreBatch && LateState(row.LateState) == LateRefused,
		Parameters: map[string]any{
			"file": row.FileName, "sha256": hex.EncodeToString(row.SHA256), "lines": row.Lines, "official": row.OfficialName,
			"constituency": placeName(e, row.ConstituencyID),
		},
	}
}

func placeName(e *elections.Election, constituencyID int64) string {
	if c := e.Constituency(constituencyID); c != nil {
		return c.Name
	}
	return ""
}

func subject(id int64) string { return fmt.Sprintf("batch %d", id) }

// moveRow moves a batch within the transaction.
func (s *Service) moveRow(ctx context.Context, tx *database.Tx, actor audit.Actor, row *batchRow, e *elections.Election, reason string, m move) error {
	row.State, row.Reason = string(m.to), reason
	switch { // a batch without lines is there at once
	case row.Lines == 0 && m.to == Retracting:
		row.State = string(Retracted)
	case row.Lines == 0:
		row.State = string(Counted)
	}
	if e.Correcting && m.to == Retracting {
		if err := refuseShared(ctx, tx, row); err != nil {
			return err
		}
	}
	row.Correction = openCorrection(e)
	retractions := 0 // after the end
	switch {
	case m.to == Retracting && e.StateAt(s.options.Transitions()).ToBeCertified():
		retractions = 1
	case m.to == Restoring && e.Correcting && LateState(row.LateState) != LateRefused:
		retractions = -1 // the correction retracted it, too: the figures become those that it corrects
	}
	if err := storeRequest(tx, row, retractions); err != nil {
		return err
	}
	tx.AfterCommit(func() {
		s.queue.wake()
		s.options.OnCommit(row.ElectionID)
	})
	detail := map[string]any{"election": row.ElectionID, "reason": reason}
	if row.Correction != 0 {
		detail["correction"] = row.Correction
	}
	return s.log.Append(ctx, tx.SQL(), actor, "batch-"+string(m.to), subject(row.ID), detail)
}
