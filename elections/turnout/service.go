package turnout

import (
	"context"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// Options are what the service takes from outside.
type Options struct {
	Now func() time.Time // by which elections open and end
	// MayReport reports whether an account reports for a place; nil lets every account report for all.
	MayReport func(tx *database.Tx, account int64, p Place) (bool, error)
}

// Service keeps turnout reports. Its methods may be called concurrently.
type Service struct {
	db        *database.DB
	log       *audit.Log
	elections registry
	options   Options
}

// New returns the service over an open database.
func New(db *database.DB, log *audit.Log, registered registry, o Options) *Service {
	if o.MayReport == nil {
		o.MayReport = func(*database.Tx, int64, Place) (bool, error) { return true, nil }
	}
	return &Service{db: db, log: log, elections: registered, options: o}
}

// Now returns the time by which hours come.
func (s *Service) Now() time.Time { return s.options.Now() }

// Enter stores a figure, from its hour on until the certification. The figure that holds already is returned as it is.
// A reason is needed for a figure that differs from the one that holds, is lower than an earlier hour's or higher than a
// later one's, or exceeds the registered voters; without it the field "reason" says why. Refusals: the errors of this
// package, elections.ErrUnknownElection, elections.ErrUnknownStation, and invalid fields "at", "voters" and "reason".
func (s *Service) Enter(ctx context.Context, actor audit.Actor, electionID int64, d Draft) (report Report, err error) {
	d.Reason = text.Trim(d.Reason)
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		report, err = s.enterWithin(ctx, tx, actor, electionID, d)
		return err
	})
	return report, err
}

func (s *Service) enterWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, electionID int64, d Draft) (Report, error) {
	e, err := s.elections.Within(tx, electionID)
	if err != nil {
		return Report{}, err
	}
	l, err := s.place(tx, e, d.Place)
	if err != nil {
		return Report{}, err
	}
	d.Place = l.Place
	switch may, err := s.options.MayReport(tx, actor.ID, d.Place); {
	case err != nil:
		return Report{}, err
	case !may:
		return Report{}, ErrNotYourPlace
	}
	now := s.options.Now()
	if state := e.StateAt(now); state != elections.Open && state != elections.Counting {
		return Report{}, ErrNotOpen
	}
	if err := d.check(e, now); err != nil {
		return Report{}, err
	}
	around, err := neighbours(tx, d.Place, d.Hour)
	if err != nil {
		return Report{}, err
	}
	if around.same != nil && around.same.Voters == d.Voters {
		return around.same.report(), nil
	}
	if err := d.needsReason(around, l.Registered, e.Location()); err != nil {
		return Report{}, err
	}
	row := reportRow{
		ElectionID: e.ID, ConstituencyID: d.ConstituencyID, StationID: orNil(d.StationID), Place: d.number(), Hour: d.Hour.UnixMilli(),
		Voters: d.Voters, Reason: d.Reason, ReporterID: actor.ID, ReporterName: actor.Name, ReportedAt: now.UnixMilli(),
	}
	if err := row.store(tx, around.same); err != nil {
		return Report{}, err
	}
	report := row.report()
	if around.same != nil {
		report.Replaced = &Replaced{ID: around.same.ID, Voters: around.same.Voters}
	}
	return report, s.log.Append(ctx, tx.SQL(), actor, report.action(), elections.Subject(e.ID), report.detail(&l))
}

// place returns a place of an election that reports, without a figure.
func (s *Service) place(tx *database.Tx, e *elections.Election, p Place) (Line, error) {
	if p.StationID == 0 {
		c := e.Constituency(p.ConstituencyID)
		switch {
		case c == nil:
			return Line{}, ErrUnknownConstituency
		case c.HasStations:
			return Line{}, ErrStationNeeded
		}
		return Line{Place: p, Constituency: c.Name, Registered: c.RegisteredVoters}, nil
	}
	station, err := s.elections.StationWithin(tx, p.StationID)
	switch {
	case err != nil:
		return Line{}, err
	case station.ElectionID != e.ID || p.ConstituencyID != 0 && p.ConstituencyID != station.ConstituencyID:
		return Line{}, elections.ErrUnknownStation
	case station.Exclusion == elections.ClosedWithout:
		return Line{}, ErrStationClosed
	}
	c := e.Constituency(station.ConstituencyID)
	if c == nil { // no statement of this program makes one; urna verify names it
		return Line{}, ErrUnknownConstituency
	}
	return Line{
		Place: Place{c.ID, station.ID}, Constituency: c.Name, Number: station.Number, Name: station.Name, Registered: station.RegisteredVoters,
	}, nil
}

// check names the problems of a figure by itself. It makes the hour one of the election's.
func (d *Draft) check(e *elections.Election, now time.Time) error {
	var c problem.Checks
	known := false
	for _, hour := range e.TurnoutHours() {
		if hour.Equal(d.Hour) {
			d.Hour, known = hour, true
		}
	}
	switch {
	case !known:
		c.Add("at", messages.FieldTurnoutHourUnknown())
	case now.Before(d.Hour):
		c.Add("at", messages.FieldTurnoutHourToCome(clock(d.Hour, e.Location())))
	}
	if d.Voters < 0 || d.Voters > elections.MaxVoters {
		c.Add("voters", messages.FieldTurnoutVoters())
	}
	if mistake := problem.InOptionalText(d.Reason, problem.MaxReason); !mistake.IsZero() {
		c.Add("reason", mistake)
	}
	return c.Err()
}

// needsReason refuses a figure without a reason that needs one.
func (d *Draft) needsReason(around around, registered int64, zone *time.Location) error {
	if d.Reason != "" {
		return nil
	}
	var c problem.Checks
	if around.same != nil {
		c.Add("reason", messages.FieldTurnoutReasonChanged(around.same.Voters))
	}
	if before := around.before; before != nil && d.Voters < before.Voters {
		c.Add("reason", messages.FieldTurnoutReasonFalls(before.Voters, clock(time.UnixMilli(before.Hour), zone)))
	}
	if after := around.after; after != nil && d.Voters > after.Voters {
		c.Add("reason", messages.FieldTurnoutReasonAboveLater(after.Voters, clock(time.UnixMilli(after.Hour), zone)))
	}
	if registered > 0 && d.Voters > registered {
		c.Add("reason", messages.FieldTurnoutReasonExceeds(registered))
	}
	return c.Err()
}

// clock writes an hour for a sentence.
func clock(t time.Time, zone *time.Location) messages.Message {
	return messages.TimeOnDay(t.In(zone))
}

// action is what the log calls the report.
func (r *Report) action() string {
	if r.Replaced != nil {
		return "turnout-corrected"
	}
	return "turnout-reported"
}

// detail is what the log says of the report of a place, beside its row.
func (r *Report) detail(l *Line) map[string]any {
	detail := map[string]any{
		"constituency_id": r.ConstituencyID, "constituency": l.Constituency, "at": r.Hour.UTC().Format(time.RFC3339), "voters": r.Voters,
	}
	if r.StationID != 0 {
		detail["station_id"], detail["station"] = r.StationID, l.Number
	}
	if r.Replaced != nil {
		detail["voters"] = map[string]int64{"before": r.Replaced.Voters, "after": r.Voters}
	}
	if r.Reason != "" {
		detail["reason"] = r.Reason
	}
	return detail
}
