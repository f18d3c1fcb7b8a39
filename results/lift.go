package results

import (
	"context"
	"fmt"
	"slices"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/results/bundle/format"
)

// Reason is a written reason for an open point, which OpenPoint.Key names.
type Reason struct {
	Point string
	Text  string
}

// Lifting is the reason that lifts an open point.
type Lifting struct {
	Reason          string
	AdministratorID int64
	Administrator   string // name and e-mail address as they were
	At              time.Time
}

// By returns the administrator's name without the e-mail address.
func (l *Lifting) By() string {
	return audit.WithoutAddress(l.Administrator)
}

// ErrOpenPoints is returned for a confirmation while points are open that a reason would lift.
var ErrOpenPoints = problem.New(problem.Conflict, "open-points", messages.RefusalOpenPoints())

// maxReason is the longest reason in characters.
const maxReason = 500

func pointKey(code string, constituencyID, stationID int64) string {
	switch {
	case stationID != 0:
		return fmt.Sprintf("%s:%d", code, stationID)
	case constituencyID == 0:
		return code
	case code == format.StationAwaited: // else it could be the key of a station
		return fmt.Sprintf("%s:in-%d", code, constituencyID)
	}
	return fmt.Sprintf("%s:%d", code, constituencyID)
}

// Lift records reasons for open points of the figures with the given SHA-256, "" for the present ones. A reason
// replaces the one before. It is part of the figures, so it voids confirmations. Refusals: ErrFiguresChanged, those of
// mustCount, and the names of the fields, "reasons." with the point's key, that are wrong.
func (s *Service) Lift(ctx context.Context, actor audit.Actor, electionID int64, shown string, reasons ...Reason) (final *Final, err error) {
	if reasons, err = tidyReasons(reasons); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		before, err := s.finalWithin(ctx, tx, electionID)
		if err != nil {
			return err
		}
		if err := mustCount(before.Results.Election, s.now()); err != nil {
			return err
		}
		if shown != "" && shown != before.Hash {
			return ErrFiguresChanged
		}
		if err := before.takes(reasons); err != nil {
			return err
		}
		for _, l := range before.pointsOf(reasons) {
			if err := s.lift(ctx, tx, actor, before.Results.Election, &l.OpenPoint, l.text); err != nil {
				return err
			}
		}
		tx.AfterCommit(func() { s.Changed(electionID) }) //nolint:contextcheck // the feed outlives the request
		final, err = s.finalWithin(ctx, tx, electionID)
		return err
	})
	return final, err
}

// tidyReasons checks the texts by themselves.
func tidyReasons(reasons []Reason) ([]Reason, error) {
	var checks problem.Checks
	reasons = slices.Clone(reasons)
	for i := range reasons {
		r := &reasons[i]
		r.Text = text.Trim(r.Text)
		switch mistake := problem.InTextWithin(r.Text, maxReason); {
		case r.Text == "":
			checks.Add("reasons."+r.Point, messages.FieldPointReasonNeeded())
		case !mistake.IsZero():
			checks.Add("reasons."+r.Point, mistake)
		}
	}
	return reasons, checks.Err()
}

// takes refuses reasons for points that are not there or that no reason lifts.
func (f *Final) takes(reasons []Reason) error {
	var checks problem.Checks
	for _, r := range reasons {
		p := f.point(r.Point)
		switch _, ofStations := f.stationPoints(r.Point); {
		case ofStations:
		case p == nil:
			checks.Add("reasons."+r.Point, messages.FieldNoSuchPoint())
		case !p.Liftable:
			checks.Add("reasons."+r.Point, messages.FieldPointNotLiftable())
		}
	}
	return checks.Err()
}

// point returns the open point with the key, or nil.
func (f *Final) point(key string) *OpenPoint {
	for i := range f.OpenPoints {
		if f.OpenPoints[i].Key() == key {
			return &f.OpenPoints[i]
		}
	}
	return nil
}

// lift stores a reason with its event. The same reason by the same person changes nothing.
func (s *Service) lift(ctx context.Context, tx *database.Tx, actor audit.Actor, e *elections.Election, p *OpenPoint, reason string) error {
	if p.Lifted != nil && p.Lifted.Reason == reason && p.Lifted.AdministratorID == actor.ID {
		return nil
	}
	now := s.now()
	if err := voidLifting(tx, e, p.Code, p.ConstituencyID, p.StationID, now); err != nil {
		return err
	}
	if err := insertLifting(tx, e, p, actor, reason, now); err != nil {
		return err
	}
	detail := reasonDetail(p.Code, p.ConstituencyID, p.StationID, p.Facts, reason)
	return s.log.Append(ctx, tx.SQL(), actor, "open-point-lifted", elections.Subject(e.ID), detail)
}

// voidOutdated voids the reasons whose points are not there any more or have other facts, before a confirmation.
func (s *Service) voidOutdated(ctx context.Context, tx *database.Tx, f *Final) error {
	e := f.Results.Election
	liftings, err := loadLiftings(tx, e)
	if err != nil {
		return err
	}
	for _, l := range liftings[e.ID] {
		if p := f.point(l.key()); p != nil && p.Lifted != nil {
			continue
		}
		if err := voidLifting(tx, e, l.code, l.constituencyID, l.stationID, s.now()); err != nil {
			return err
		}
		detail := reasonDetail(l.code, l.constituencyID, l.stationID, l.facts, l.Reason)
		if err := s.log.Append(ctx, tx.SQL(), audit.System(), "open-point-reason-voided", elections.Subject(e.ID), detail); err != nil {
			return err
		}
	}
	return nil
}

// reasonDetail is what events say of a reason.
func reasonDetail(code string, constituencyID, stationID int64, facts []int64, reason string) map[string]any {
	detail := map[string]any{"point": code, "facts": listOfFacts(facts), "reason": reason}
	if constituencyID != 0 {
		detail["constituency"] = constituencyID
	}
	if stationID != 0 {
		detail["station"] = stationID
	}
	return detail
}

// listOfFacts returns facts whose JSON is a list even if there are none: [], not null.
func listOfFacts(facts []int64) []int64 { return append([]int64{}, facts...) }
