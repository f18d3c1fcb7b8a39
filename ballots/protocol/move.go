package protocol

import (
	"context"
	"slices"

	"urna/ballots"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// move is a change of a protocol that a person asks for.
type move struct {
	act     approval.Act
	from    []State
	to      State
	event   string
	refusal error
}

// The moves.
//
//nolint:gochecknoglobals // constants
var (
	retraction  = move{approval.RetractProtocol, []State{Definitive}, Retracted, "protocol-retracted", ErrNotDefinitive}
	restoration = move{approval.RestoreProtocol, []State{Retracted}, Definitive, "protocol-restored", ErrNotRetracted}
	reopening   = move{
		approval.ReopenProtocol, []State{FirstEntry, SecondEntry, Different, Definitive, Retracted}, Reopened, "protocol-reopened", ErrNotReopenable,
	}
)

// Retract takes a protocol out of the count, for a reason that stays with it. Nothing of it is deleted. Refusals:
// ErrNotDefinitive, ErrUnknownProtocol, a missing reason, and ErrTakesNone once the election is certified. After the end
// it may need a second administrator: then the error is *approval.Waiting.
func (s *Service) Retract(ctx context.Context, by audit.Actor, stationID int64, reason string) (State, error) {
	return s.move(ctx, by, stationID, reason, retraction)
}

// Restore puts a retracted protocol back into the count. Refusals are those of Retract, with ErrNotRetracted, and
// ErrHasBatches if ballots of the station were uploaded meanwhile.
func (s *Service) Restore(ctx context.Context, by audit.Actor, stationID int64, reason string) (State, error) {
	return s.move(ctx, by, stationID, reason, restoration)
}

// Reopen has a protocol typed again by two people; if it is in the count, it leaves it. What was typed before stays on
// record. Refusals are those of Retract, with ErrNotReopenable.
func (s *Service) Reopen(ctx context.Context, by audit.Actor, stationID int64, reason string) (State, error) {
	return s.move(ctx, by, stationID, reason, reopening)
}

// RetractApproved retracts the protocol of an approved act.
func (s *Service) RetractApproved(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	return s.moveApproved(ctx, tx, a, retraction)
}

// RestoreApproved restores the protocol of an approved act.
func (s *Service) RestoreApproved(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	return s.moveApproved(ctx, tx, a, restoration)
}

// ReopenApproved reopens the protocol of an approved act.
func (s *Service) ReopenApproved(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	return s.moveApproved(ctx, tx, a, reopening)
}

// RetractStation retracts the protocol of a polling station within the caller's writing transaction, for a reason, if it
// is in the count. It asks for no approval of its own. It returns ballots.ErrStationBeingCounted for a late protocol that
// waits for a decision. One that is not complete stays as it is: an annulled station takes neither entry nor settlement.
func (s *Service) RetractStation(ctx context.Context, tx *database.Tx, by audit.Actor, stationID int64, reason string) error {
	row, err := findProtocol(tx, stationID)
	switch {
	case err != nil || row == nil:
		return err
	case row.state() == Waiting:
		return ballots.ErrStationBeingCounted
	case row.state() != Definitive:
		return nil
	}
	p, values, err := s.says(tx, row)
	if err != nil {
		return err
	}
	return s.moveRow(ctx, tx, by, row, p, values, reason, retraction)
}

func (s *Service) move(ctx context.Context, by audit.Actor, stationID int64, reason string, m move) (state State, err error) {
	reason = text.Trim(reason)
	if err := checkReason(reason); err != nil {
		return "", err
	}
	var waits *approval.Waiting
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findProtocol(tx, stationID)
		if err == nil && row == nil {
			err = s.unknown(tx, stationID)
		}
		if err != nil {
			return err
		}
		p, values, err := s.movable(tx, row, m)
		if err != nil {
			return err
		}
		state = row.state()
		if waits, err = s.ask(ctx, tx, by, row, p, reason, m.act); err != nil || waits != nil {
			return err
		}
		state = m.to
		return s.moveRow(ctx, tx, by, row, p, values, reason, m)
	})
	return state, approval.Answer(waits, err)
}

// unknown returns the refusal for a station without a protocol.
func (s *Service) unknown(tx *database.Tx, stationID int64) error {
	if _, err := s.elections.StationWithin(tx, stationID); err != nil {
		return err
	}
	return ErrUnknownProtocol
}

func (s *Service) moveApproved(ctx context.Context, tx *database.Tx, a approval.Approved, m move) error {
	row, err := protocolOf(tx, a)
	if err != nil {
		return err
	}
	p, values, err := s.movable(tx, row, m)
	if err != nil {
		return err
	}
	return s.moveRow(ctx, tx, a.Proposer, row, p, values, a.Reason, m)
}

func checkReason(reason string) error {
	var c problem.Checks
	switch mistake := problem.InTextWithin(reason, problem.MaxReason); {
	case reason == "":
		c.Add("reason", messages.FieldReasonNeeded())
	case !mistake.IsZero():
		c.Add("reason", mistake)
	}
	return c.Err()
}

// movable returns the paper of a protocol that can be moved, with what it says.
func (s *Service) movable(tx *database.Tx, row *protocolRow, m move) (*paper, Values, error) {
	p, values, err := s.says(tx, row)
	switch {
	case err != nil:
		return nil, nil, err
	case p.election.StateAt(s.options.Transitions()) == elections.Certified:
		return nil, nil, ErrTakesNone.With(messages.RefusalTakesNoProtocolsCertified())
	case !slices.Contains(m.from, row.state()):
		return nil, nil, m.refusal
	}
	if m.to == Definitive {
		return p, values, s.refuseRestoration(tx, p, row)
	}
	return p, values, s.refuseNotReopened(tx, p)
}

// refuseRestoration refuses to bring back the protocol of a station that takes none by now. While a correction is open, it
// brings back only what it moved itself, after an annulment that it orders, too: so it can end without a change.
func (s *Service) refuseRestoration(tx *database.Tx, p *paper, row *protocolRow) error {
	if p.election.Correcting {
		if _, err := s.elections.CorrectionAct(tx, p.election, p.place.ID, p.station.ID); err != nil {
			return err
		}
		if row.Correction != p.election.Correction {
			return ErrOutsideCorrection
		}
	}
	return p.refuseExcluded()
}

// ask answers whether an act on a protocol may happen now.
func (s *Service) ask(ctx context.Context, tx *database.Tx, by audit.Actor, row *protocolRow, p *paper, reason string,
	act approval.Act,
) (*approval.Waiting, error) {
	if s.options.Approvals == nil || !p.election.AsksApproval(s.options.Transitions(), act == approval.RestoreProtocol) {
		return nil, nil //nolint:nilnil // it may
	}
	return s.options.Approvals.Ask(ctx, tx, request(by, row, p, reason, act))
}

// moveRow moves a protocol, and its votes, within the transaction.
func (s *Service) moveRow(ctx context.Context, tx *database.Tx, by audit.Actor, row *protocolRow, p *paper, values Values, reason string, m move) error {
	counted := row.state() == Definitive
	detail := map[string]any{"reason": reason, "from": row.State, "round": row.Round}
	if m.to == Definitive {
		has, err := ballots.StationHasBatches(tx, row.StationID)
		if err == nil && has {
			err = ErrHasBatches
		}
		if err == nil {
			err = ballots.CountProtocols(ctx, tx, sumOf(row, p, values))
		}
		if err != nil {
			return err
		}
	}
	if counted {
		if err := ballots.UncountProtocols(ctx, tx, sumOf(row, p, values)); err != nil {
			return err
		}
		if p.election.StateAt(s.options.Transitions()).ToBeCertified() {
			row.RetractionsAfterEnd++
		}
	} else if m.to == Definitive && p.election.Correcting && row.LateState != string(LateRefused) {
		row.RetractionsAfterEnd-- // the correction retracted it, too: the figures become those that it corrects
	}
	row.State, row.Reason = string(m.to), reason
	if p.election.Correcting {
		row.Correction = p.election.Correction
		detail["correction"] = row.Correction
	}
	if m.to == Reopened {
		row.Round, row.Differences, row.DefinitiveAt = row.Round+1, "", nil
	}
	if err := update(tx, row); err != nil {
		return err
	}
	return s.append(ctx, tx, by, m.event, row, detail)
}
