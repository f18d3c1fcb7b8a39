package protocol

import (
	"context"
	"fmt"
	"maps"
	"time"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
)

// registry is what this package asks of elections.
type registry interface {
	Within(tx *database.Tx, id int64) (*elections.Election, error)
	StationWithin(tx *database.Tx, id int64) (elections.Station, error)
	StationsNamedWithin(tx *database.Tx, ids []int64) (map[int64]elections.Station, error)
	StationsWithin(tx *database.Tx, electionID int64) (map[int64][]elections.Station, error)
	// FiguresWereConfirmed reports whether an administrator ever confirmed figures of an election.
	FiguresWereConfirmed(tx *database.Tx, id int64) (bool, error)
	// CorrectionAct returns what the open correction orders for a place, or elections.ErrNotReopened.
	CorrectionAct(tx *database.Tx, e *elections.Election, constituencyID, stationID int64) (elections.CorrectionAct, error)
}

// approvals are asked about acts that need a second administrator.
type approvals interface {
	// Ask answers, within the transaction of an act, whether it may happen now; else the transaction commits without it.
	Ask(ctx context.Context, tx *database.Tx, r approval.Request) (*approval.Waiting, error)
}

// Options are what the service takes from outside.
type Options struct {
	Now func() time.Time
	// Transitions is the time by which elections open; nil is Now. It does not advance while the clock is in doubt.
	Transitions func() time.Time
	// OnCommit is called after every commit that changes an election's protocols or figures.
	OnCommit func(electionID int64)
	// Approvals decide whether an act needs a second administrator. Without them none does, and no protocol is late.
	Approvals approvals
	// Reach returns, as the transaction sees it, which stations' protocols the places of an account allow it to enter; nil
	// allows all.
	Reach func(tx *database.Tx, account int64) (func(elections.Station) bool, error)
}

// Service takes protocols in. Its methods may be called concurrently.
type Service struct {
	db        *database.DB
	log       *audit.Log
	elections registry
	options   Options

	entriesOfEvent int
}

// New returns the service over an open database.
func New(db *database.DB, log *audit.Log, registered registry, o Options) *Service {
	if o.Transitions == nil {
		o.Transitions = o.Now
	}
	if o.OnCommit == nil {
		o.OnCommit = func(int64) {}
	}
	if o.Reach == nil {
		o.Reach = func(*database.Tx, int64) (func(elections.Station) bool, error) {
			return func(elections.Station) bool { return true }, nil
		}
	}
	return &Service{db: db, log: log, elections: registered, options: o, entriesOfEvent: entriesOfEvent}
}

// paperOf returns the paper of a station.
func (s *Service) paperOf(tx *database.Tx, stationID int64) (*paper, error) {
	station, err := s.elections.StationWithin(tx, stationID)
	if err != nil {
		return nil, err
	}
	e, err := s.elections.Within(tx, station.ElectionID)
	if err != nil {
		return nil, err
	}
	return newPaper(e, station)
}

// stationsOf returns the polling stations of elections by id.
func (s *Service) stationsOf(tx *database.Tx, of ...*elections.Election) (map[int64]elections.Station, error) {
	byID := map[int64]elections.Station{}
	for _, e := range of {
		places, err := s.elections.StationsWithin(tx, e.ID)
		if err != nil {
			return nil, err
		}
		for _, stations := range places {
			for _, station := range stations {
				byID[station.ID] = station
			}
		}
	}
	return byID, nil
}

// shows reports whether counts of the election may be shown.
func (s *Service) shows(e *elections.Election) bool { return e.ShowsCount(s.options.Transitions()) }

// changeable refuses a paper of an election whose protocols are final, or which takes none now, and, while a correction is
// open, of a station that it does not have counted again.
func (s *Service) changeable(tx *database.Tx, p *paper) error {
	e := p.election
	if !e.Takes(elections.Batches) {
		return ErrTakesNone.With(messages.RefusalTakesNoProtocolsOnline())
	}
	switch e.StateAt(s.options.Transitions()) {
	case elections.Open, elections.Counting:
		return nil
	case elections.Drafted: // only administrators know of it
		return elections.ErrUnknownStation
	case elections.Scheduled:
		return ErrTakesNone.With(messages.RefusalTakesNoProtocolsNotStarted())
	case elections.Correcting:
		return s.refuseNotReopened(tx, p)
	case elections.Certified:
		return ErrTakesNone.With(messages.RefusalTakesNoProtocolsCertified())
	case elections.Withdrawn:
	}
	return ErrTakesNone
}

// refuseNotReopened refuses, while a correction is open, the protocol of a station that it does not have counted again.
func (s *Service) refuseNotReopened(tx *database.Tx, p *paper) error {
	if !p.election.Correcting {
		return nil
	}
	act, err := s.elections.CorrectionAct(tx, p.election, p.place.ID, p.station.ID)
	if err == nil && act == elections.Annul {
		err = elections.ErrNotReopened
	}
	return err
}

// refuseExcluded refuses a protocol of a station that was closed or annulled.
func (p *paper) refuseExcluded() error {
	if p.station.Exclusion == elections.NotExcluded {
		return nil
	}
	return ErrTakesNone.With(messages.RefusalTakesNoProtocolsExcluded())
}

// append records an act on a protocol. Nothing in it tells a number.
func (s *Service) append(ctx context.Context, tx *database.Tx, actor audit.Actor, action string, r *protocolRow, detail map[string]any) error {
	all := map[string]any{"election": r.ElectionID, "constituency": r.ConstituencyID, "station": r.StationID}
	maps.Copy(all, detail)
	tx.AfterCommit(func() { s.options.OnCommit(r.ElectionID) })
	return s.log.Append(ctx, tx.SQL(), actor, action, subject(r.ID), all)
}

func subject(id int64) string { return fmt.Sprintf("protocol %d", id) }
