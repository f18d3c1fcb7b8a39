package elections

import (
	"context"
	"fmt"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// The refusals of closures, annulments and reopenings.
var (
	// ErrNotOpened is returned for an act on a polling station that belongs after the opening.
	ErrNotOpened = problem.New(problem.Conflict, "election-not-opened", messages.RefusalStationBeforeOpening())
	// ErrStationExcluded is returned for a closure or annulment of a polling station that is closed or annulled.
	ErrStationExcluded = problem.New(problem.Conflict, "station-excluded", messages.RefusalStationExcludedAlready())
	// ErrStationOpen is returned for a reopening of a polling station that is neither closed nor annulled.
	ErrStationOpen = problem.New(problem.Conflict, "station-open", messages.RefusalStationOpen())
	// ErrStationHolds is returned for the closure of a polling station whose ballots are in the count or waiting for it.
	ErrStationHolds = problem.New(problem.Conflict, "station-has-ballots", messages.RefusalStationHasBallots())
)

// stationMove is an act that excludes a polling station, or ends that.
type stationMove struct {
	act   approval.Act
	event string
	to    Exclusion
}

//nolint:gochecknoglobals // constants
var (
	closure    = stationMove{"", "station-closed", ClosedWithout}
	annulment  = stationMove{approval.AnnulStation, "station-annulled", AnnulledStation}
	reopening  = stationMove{approval.ReopenStation, "station-reopened", NotExcluded}
	exclusions = map[approval.Act]stationMove{approval.AnnulStation: annulment, approval.ReopenStation: reopening}
)

// CloseStation records, for a public reason, that no ballots come from a polling station of an election that has opened.
// Refusals: ErrUnknownStation, ErrNotOpened, ErrCertified, ErrStationExcluded, ErrStationHolds, a missing reason.
func (s *Service) CloseStation(ctx context.Context, actor audit.Actor, id int64, reason string) (Station, error) {
	return s.moveStation(ctx, actor, id, reason, closure)
}

// AnnulStation retracts the batches or the protocol of a polling station, for a public reason and in one transaction; the
// station accepts nothing more. It may need a second administrator: then the error is *approval.Waiting. Further refusals
// are those of CloseStation without ErrStationHolds, and that of a station whose batches are being counted.
func (s *Service) AnnulStation(ctx context.Context, actor audit.Actor, id int64, reason string) (Station, error) {
	return s.moveStation(ctx, actor, id, reason, annulment)
}

// ReopenStation ends a closure or an annulment, for a public reason. What was retracted stays so; it can be
// restored. It may need a second administrator if the station was annulled or the election has ended. Refusals are those
// of AnnulStation, with ErrStationOpen.
func (s *Service) ReopenStation(ctx context.Context, actor audit.Actor, id int64, reason string) (Station, error) {
	return s.moveStation(ctx, actor, id, reason, reopening)
}

// MoveStationApproved does the approved annulment or reopening of a polling station.
func (s *Service) MoveStationApproved(which approval.Act) func(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	m := exclusions[which]
	return func(ctx context.Context, tx *database.Tx, a approval.Approved) error {
		station, e, err := s.movableStation(ctx, tx, approval.SubjectID(a.Subject), m)
		if err != nil {
			return err
		}
		done := act{actor: a.Proposer, reason: a.Reason, at: s.now()}
		if a.Decider != a.Proposer.Name { // who may approve alone after a day
			done.approvedBy = a.Decider
		}
		_, err = s.exclude(ctx, tx, done, e, station, m)
		return err
	}
}

func (s *Service) moveStation(ctx context.Context, actor audit.Actor, id int64, reason string, m stationMove) (moved Station, err error) {
	reason = text.Trim(reason)
	if err := problem.NeededReason(reason); err != nil {
		return Station{}, err
	}
	var waits *approval.Waiting
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		station, e, err := s.movableStation(ctx, tx, id, m)
		if err != nil {
			return err
		}
		done := act{actor: actor, reason: reason, at: s.now()}
		correction, err := ordered(tx, e, &station, m)
		switch {
		case err != nil:
			return err
		case correction != nil: // whose approval is that of the act
			done.approvedBy = correction.ApprovedBy
		default:
			if waits, err = s.askToMove(ctx, tx, actor, e, &station, reason, m); err != nil || waits != nil {
				return err
			}
		}
		moved, err = s.exclude(ctx, tx, done, e, station, m)
		return err
	})
	return moved, approval.Answer(waits, err)
}

// movableStation returns a polling station that the act can be done to, with its election.
func (s *Service) movableStation(ctx context.Context, tx *database.Tx, id int64, m stationMove) (Station, *Election, error) {
	station, err := findStation(tx, id)
	if err != nil {
		return station, nil, err
	}
	e, err := s.OrDraftWithin(tx, station.ElectionID)
	if err != nil {
		return station, nil, err
	}
	switch state := e.StateAt(s.now()); {
	case e.Editable(s.now()):
		return station, e, ErrNotOpened
	case state == Withdrawn:
		return station, e, ErrWithdrawn
	case state == Certified:
		return station, e, ErrCertified
	case state == Correcting:
		if _, err := ordered(tx, e, &station, m); err != nil {
			return station, e, err
		}
	}
	switch {
	case m.to == NotExcluded && station.Exclusion == NotExcluded:
		return station, e, ErrStationOpen
	case m.to != NotExcluded && station.Exclusion != NotExcluded:
		return station, e, ErrStationExcluded
	case m.to != ClosedWithout:
		return station, e, nil
	}
	holds, err := s.stations.Holds(ctx, tx, id)
	if err == nil && holds {
		err = ErrStationHolds
	}
	return station, e, err
}

// askToMove answers whether the act may happen now: a closure may, and the end of one before the end of the election.
func (s *Service) askToMove(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, station *Station, reason string, m stationMove) (*approval.Waiting, error) {
	needed := m.to == AnnulledStation ||
		m.to == NotExcluded && (station.Exclusion == AnnulledStation || e.StateAt(s.now()).ToBeCertified())
	if !needed || s.approvals == nil {
		return nil, nil //nolint:nilnil // it may
	}
	return s.approvals.Ask(ctx, tx, approval.Request{
		Act: m.act, Subject: StationSubject(station.ID), Actor: actor, Reason: reason, ElectionID: e.ID, Since: e.PublishedAt,
		Parameters: map[string]any{"constituency": e.Constituency(station.ConstituencyID).Name, "station": station.Number},
	})
}

// ordered returns the open correction if it orders the act: an annulment, or the end of one for a station that is counted
// again. Others may only undo an annulment. It is nil, without an error, if none is open.
func ordered(tx *database.Tx, e *Election, station *Station, m stationMove) (*Correction, error) {
	if !e.Correcting {
		return nil, nil //nolint:nilnil // no correction is open
	}
	named, err := correctionAct(tx, e, station.ConstituencyID, station.ID)
	switch {
	case err != nil:
		return nil, err
	case m.to == NotExcluded && named == Annul:
		return nil, nil //nolint:nilnil // no correction orders that
	case m.to == AnnulledStation && named == Annul, m.to == NotExcluded:
		return correctionWith(tx, e.ID, e.Correction)
	}
	return nil, ErrNotReopened
}

// StationSubject is the subject in the audit log, and in approvals, of a polling station with an id.
func StationSubject(id int64) string { return fmt.Sprintf("station %d", id) }

// exclude does the act, and retracts the ballots of an annulled station.
func (s *Service) exclude(ctx context.Context, tx *database.Tx, a act, e *Election, station Station, m stationMove) (Station, error) {
	if m.to == AnnulledStation {
		if err := s.stations.Retract(ctx, tx, a.actor, e, station.ID, a.reason); err != nil {
			return station, err
		}
	}
	amendment := station.amendment(AmendedExclusion, string(station.Exclusion), string(m.to))
	station.Exclusion, station.ExclusionReason, station.ExcludedAt = m.to, "", nil
	if m.to != NotExcluded {
		station.ExclusionReason, station.ExcludedAt = a.reason, &a.at
	}
	if err := saveStation(tx, &station); err != nil {
		return station, err
	}
	if err := a.amend(tx, []Amendment{amendment}); err != nil {
		return station, err
	}
	detail := map[string]any{"election": e.ID, "station": station.nameIn(e), "reason": a.reason}
	if a.approvedBy != "" {
		detail["approved_by"] = a.approvedBy
	}
	if e.Correcting {
		detail["correction"] = e.Correction
	}
	return station, s.log.Append(ctx, tx.SQL(), a.actor, m.event, StationSubject(station.ID), detail)
}

// StationBallots are the batches and protocols of polling stations.
type StationBallots interface {
	// Holds reports whether anything of a polling station is in the count, or can enter it without another act.
	Holds(ctx context.Context, tx *database.Tx, stationID int64) (bool, error)
	// Retract takes all of a polling station out of the count, for a reason, or refuses that while some is being counted.
	Retract(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, stationID int64, reason string) error
}

// noBallots is for services without ballots, such as those of tests.
type noBallots struct{}

// Holds reports false.
func (noBallots) Holds(context.Context, *database.Tx, int64) (bool, error) { return false, nil }

// Retract has nothing to retract.
func (noBallots) Retract(context.Context, *database.Tx, audit.Actor, *Election, int64, string) error {
	return nil
}
