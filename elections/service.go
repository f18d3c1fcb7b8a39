package elections

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// Options are what the service takes from outside.
type Options struct {
	Now      func() time.Time
	TimeZone string // the server's IANA time zone, for elections that name none
	// Administrators counts those who can certify; nil counts one.
	Administrators func(tx *database.Tx) (int, error)
	// Keyed returns those of an election's constituencies, by id, whose voters were given keys; nil is none.
	Keyed func(ctx context.Context, tx *database.Tx, electionID int64) (map[int64]bool, error)
	// Approvals decide whether an act needs a second administrator; nil needs none.
	Approvals approvals
	// KeysInForce counts the voter keys of an election that can vote or have voted; nil is none.
	KeysInForce func(ctx context.Context, tx *database.Tx, electionID int64) (int64, error)
	// Received reports whether anything was ever accepted for the count of an election, be it retracted by now: a batch, a
	// vote. nil is nothing.
	Received func(ctx context.Context, tx *database.Tx, electionID int64) (bool, error)
	// Withdrawn is called after an election was withdrawn; nil is nothing.
	Withdrawn func(electionID int64)
	// Moved is called within the transaction of a change by which constituencies of an election became others. became has
	// the new id of each, 0 for one that was removed, and names the names before, of all. nil is nothing.
	Moved func(ctx context.Context, tx *database.Tx, actor audit.Actor, became map[int64]int64, names map[int64]string) error
	// StationsRemoved is called within the transaction that removes polling stations, with their names by id. nil is nothing.
	StationsRemoved func(ctx context.Context, tx *database.Tx, actor audit.Actor, names map[int64]string) error
	// HasBatches reports whether batches of a constituency were accepted, retracted ones too; nil is none.
	HasBatches func(tx *database.Tx, constituencyID int64) (bool, error)
	// Stations are the ballots of polling stations; nil is none.
	Stations StationBallots
	// Corrected are the results, as corrections ask for them; nil is none.
	Corrected CorrectedResults
}

// Service keeps elections. Its methods may be called concurrently.
type Service struct {
	db             *database.DB
	log            *audit.Log
	now            func() time.Time
	timeZone       string
	administrators func(tx *database.Tx) (int, error)
	keyed          func(ctx context.Context, tx *database.Tx, electionID int64) (map[int64]bool, error)
	keysInForce    func(ctx context.Context, tx *database.Tx, electionID int64) (int64, error)
	received       func(ctx context.Context, tx *database.Tx, electionID int64) (bool, error)
	withdrawn      func(electionID int64)
	participants   registry
	approvals      approvals
	moved          func(ctx context.Context, tx *database.Tx, actor audit.Actor, became map[int64]int64, names map[int64]string) error

	stationsRemoved func(ctx context.Context, tx *database.Tx, actor audit.Actor, names map[int64]string) error
	hasBatches      func(tx *database.Tx, constituencyID int64) (bool, error)
	stations        StationBallots
	corrected       CorrectedResults
}

// New returns the service over an open database, with the participants who can be candidates.
func New(db *database.DB, log *audit.Log, registered registry, o Options) *Service {
	if o.Administrators == nil {
		o.Administrators = func(*database.Tx) (int, error) { return 1, nil }
	}
	if o.Keyed == nil {
		o.Keyed = func(context.Context, *database.Tx, int64) (map[int64]bool, error) { return nil, nil } //nolint:nilnil // an empty map
	}
	if o.Moved == nil {
		o.Moved = func(context.Context, *database.Tx, audit.Actor, map[int64]int64, map[int64]string) error { return nil }
	}
	if o.KeysInForce == nil {
		o.KeysInForce = func(context.Context, *database.Tx, int64) (int64, error) { return 0, nil }
	}
	if o.Received == nil {
		o.Received = func(context.Context, *database.Tx, int64) (bool, error) { return false, nil }
	}
	if o.Withdrawn == nil {
		o.Withdrawn = func(int64) {}
	}
	if o.StationsRemoved == nil {
		o.StationsRemoved = func(context.Context, *database.Tx, audit.Actor, map[int64]string) error { return nil }
	}
	if o.HasBatches == nil {
		o.HasBatches = func(*database.Tx, int64) (bool, error) { return false, nil }
	}
	if o.Stations == nil {
		o.Stations = noBallots{}
	}
	if o.Corrected == nil {
		o.Corrected = noResults{}
	}
	return &Service{
		corrected: o.Corrected,
		db:        db, log: log, participants: registered, moved: o.Moved, stationsRemoved: o.StationsRemoved, hasBatches: o.HasBatches, stations: o.Stations,
		keysInForce: o.KeysInForce, received: o.Received, withdrawn: o.Withdrawn,
		now:      func() time.Time { return o.Now().Truncate(time.Millisecond) }, // as times are stored
		timeZone: o.TimeZone, administrators: o.Administrators, keyed: o.Keyed, approvals: o.Approvals,
	}
}

// Now returns the time by which elections open and end.
func (s *Service) Now() time.Time { return s.now() }

// TimeZone returns the server's time zone, the default of new elections.
func (s *Service) TimeZone() string { return s.timeZone }

// Create makes an election from a draft, with the defaults of the contract for what it leaves open.
// Problems come as one fault of kind Invalid, named as in the contract: "title",
// "constituencies[0].participants[2].id".
func (s *Service) Create(ctx context.Context, actor audit.Actor, d Draft) (created *Election, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		created, err = s.CreateWithin(ctx, tx, actor, d)
		return err
	})
	return created, err
}

// Check returns what Create, or Change of the election with the id where it is not 0, would find wrong with single
// fields of a draft, as they would name it; nil for nothing.
func (s *Service) Check(ctx context.Context, id int64, d Draft) error {
	d.complete(s.timeZone)
	return s.db.Read(ctx, func(tx *database.Tx) error {
		var before *Election
		if id != 0 {
			var err error
			if before, err = s.OrDraftWithin(tx, id); err != nil {
				return err
			}
			d.AsDraft = before.IsDraft
		}
		return s.refuse(tx, &d, before, false)
	})
}

// CreateWithin is Create inside the caller's writing transaction.
func (s *Service) CreateWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, d Draft) (*Election, error) {
	return s.createWithin(ctx, tx, actor, "", d, false)
}

// createWithin is CreateWithin for a form with a key, "" for none, and for names that are inherited from an election
// that has opened.
func (s *Service) createWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, formKey string, d Draft, inherited bool) (*Election, error) {
	d.complete(s.timeZone)
	if err := s.refuse(tx, &d, nil, inherited); err != nil {
		return nil, err
	}
	d.OpenNow = d.OpenNow && d.StartsAt.Before(s.now())
	row := electionRow{CreatedAt: s.now().UnixMilli()}
	if !d.AsDraft {
		row.PublishedAt = &row.CreatedAt
	} else {
		d.OpenNow = false
	}
	row.fill(&d)
	if formKey != "" {
		row.FormKey = &formKey
	}
	if err := insertElection(tx, &row, d.Constituencies); err != nil {
		return nil, err
	}
	if err := s.markCandidates(tx, &d); err != nil {
		return nil, err
	}
	err := s.log.Append(ctx, tx.SQL(), actor, "election-created", Subject(row.ID), map[string]any{"definition": d})
	if err == nil {
		err = s.DecideCertifiers(ctx, tx) // of an election that opens at once
	}
	if err != nil {
		return nil, err
	}
	return s.OrDraftWithin(tx, row.ID)
}

// Subject names an election in the audit log, such as "election 3".
func Subject(electionID int64) string { return fmt.Sprintf("election %d", electionID) }

func (s *Service) refuse(tx *database.Tx, d *Draft, before *Election, inherited bool) error {
	named, err := s.named(tx, d)
	if err != nil {
		return err
	}
	return d.check(named, before, inherited, s.now())
}

// keep takes over what no change of an election can alter: whether it is a draft, the mark of a public rehearsal, and,
// once it has opened, the number of confirmations that the opening decided.
func (d *Draft) keep(before *Election, now time.Time) {
	d.AsDraft = before.IsDraft
	d.Rehearsal = d.Rehearsal || before.Rehearsal && !before.IsDraft
	if d.Confirmations == 0 && !before.Editable(now) {
		d.Confirmations = before.Confirmations
	}
}

// Change makes a draft or a scheduled election what the draft says. Once it has opened, its end and the time until
// which it takes batches may be moved later while it is open, the declared votes cast may be entered and the mark of a
// rehearsal set until it is certified, one of them at a time; every other change is ErrNotScheduled. A published
// rehearsal stays marked as one for good.
func (s *Service) Change(ctx context.Context, actor audit.Actor, id int64, d Draft) (*Election, error) {
	return s.ChangeSince(ctx, actor, id, "", d)
}

func (s *Service) changeWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, id int64, since string, d Draft) (*Election, error) {
	d.complete(s.timeZone)
	if err := s.DecideCertifiers(ctx, tx); err != nil {
		return nil, err
	}
	before, err := s.OrDraftWithin(tx, id)
	if err != nil {
		return nil, err
	}
	d.keep(before, s.now())
	if present := before.Version(); since != "" && since != present {
		if d.version() == present { // the form was sent twice
			return before, nil
		}
		return nil, ErrChangedMeanwhile
	}
	state := before.StateAt(s.now())
	bare := d.withoutStations()
	action, err := before.actionAt(s.now(), bare)
	stationsOnly := d.saysStations() && bare.version() == before.Version()
	if err != nil && (!stationsOnly || state == Certified || state == Correcting) {
		return nil, err
	}
	if err := s.refuse(tx, &d, before, action != "election-changed"); err != nil {
		return nil, err
	}
	if stationsOnly {
		if err := s.changeStations(ctx, tx, actor, before, &d, d.Reason); err != nil {
			return nil, err
		}
		return s.OrDraftWithin(tx, id)
	}
	return s.storeChange(ctx, tx, actor, before, d, action)
}

// storeChange stores a change that was checked, and its event.
func (s *Service) storeChange(ctx context.Context, tx *database.Tx, actor audit.Actor, before *Election, d Draft, action string) (*Election, error) {
	id := before.ID
	d.OpenNow = d.OpenNow && d.StartsAt.Before(s.now())
	if err := s.keepsKeyed(ctx, tx, before, &d); err != nil {
		return nil, err
	}
	if err := s.askToLoosen(ctx, tx, actor, before, &d); err != nil {
		if waits, _ := held(err); waits != nil && d.saysStations() { // the proposal has no stations
			var c problem.Checks
			c.Add("constituencies", messages.FieldStationsApart())
			return nil, c.Err()
		}
		return nil, err
	}
	reason := text.Trim(d.Reason)
	d.Reason = "" // which the proposal has
	detail := map[string]any{"before": before.Draft(), "after": d}
	if action == registeredCorrected {
		detail["reason"] = reason
		if err := s.correctRegistered(tx, actor, before, &d, reason); err != nil {
			return nil, err
		}
	}
	if err := saveElection(tx, id, &d, action == "election-changed" || action == "votes-cast-declared" || action == registeredCorrected); err != nil {
		return nil, err
	}
	if err := s.markCandidates(tx, &d); err != nil {
		return nil, err
	}
	err := s.log.Append(ctx, tx.SQL(), actor, action, Subject(id), detail)
	if err == nil {
		err = s.DecideCertifiers(ctx, tx) // where the change opens it at once
	}
	if err != nil {
		return nil, err
	}
	after, err := s.OrDraftWithin(tx, id)
	if err != nil {
		return nil, err
	}
	if err := s.tellMoves(ctx, tx, actor, before, after); err != nil {
		return nil, err
	}
	if !d.saysStations() {
		return after, nil
	}
	if err := s.changeStations(ctx, tx, actor, after, &d, reason); err != nil {
		return nil, err
	}
	return s.OrDraftWithin(tx, id)
}

// actionAt returns what a change to the election at an instant is called in the audit log. Refusals: ErrWithdrawn,
// ErrNotScheduled.
func (e *Election) actionAt(now time.Time, d Draft) (string, error) {
	switch state := e.StateAt(now); {
	case state == Open && onlyAddsTurnoutHours(e, d, now):
		return "turnout-hours-added", nil
	case state == Open && onlySeals(e, d):
		return "key-sealing-changed", nil
	case state == Open && onlyExtends(e, d):
		return "election-extended", nil
	case (state == Open || state == Counting) && onlyDeclares(e, d):
		return "votes-cast-declared", nil
	case (state == Open || state == Counting) && onlyMarks(e, d):
		return "election-marked-rehearsal", nil
	case (state == Open || state == Counting) && onlyCorrects(e, d):
		return registeredCorrected, nil
	case state == Drafted || state == Scheduled:
		return "election-changed", nil
	case state == Withdrawn:
		return "", ErrWithdrawn
	}
	return "", ErrNotScheduled
}

// onlyExtends reports whether a draft is the election with a later end, or with a later time until which batches are
// taken, or without that time.
func onlyExtends(e *Election, d Draft) bool {
	was := e.Draft().definition()
	d = d.definition()
	end, until := d.EndsAt.Compare(was.EndsAt), compareUntil(d.BatchesUntil, was.BatchesUntil)
	d.EndsAt, d.BatchesUntil, d.StartsAt = was.EndsAt, was.BatchesUntil, sameInstant(d.StartsAt, was.StartsAt)
	return end >= 0 && until >= 0 && end+until > 0 && reflect.DeepEqual(was, d)
}

// compareUntil compares two times until which batches are taken; nil is the latest.
func compareUntil(a, b *time.Time) int {
	switch {
	case a != nil && b != nil:
		return a.Compare(*b)
	case a == nil && b != nil:
		return 1
	case a != nil:
		return -1
	default:
		return 0
	}
}

// onlyDeclares reports whether a draft is the election with other declared votes cast.
func onlyDeclares(e *Election, d Draft) bool {
	was := e.Draft().definition()
	d = d.definition()
	d.keepSameInstants(&was)
	if len(d.Constituencies) != len(was.Constituencies) || reflect.DeepEqual(was, d) {
		return false
	}
	d.Constituencies = slices.Clone(d.Constituencies)
	for i := range d.Constituencies {
		d.Constituencies[i].DeclaredVotesCast = was.Constituencies[i].DeclaredVotesCast
	}
	return reflect.DeepEqual(was, d)
}

// onlyMarks reports whether a draft is the election marked as a rehearsal.
func onlyMarks(e *Election, d Draft) bool {
	was := e.Draft().definition()
	d = d.definition()
	d.keepSameInstants(&was)
	marks := d.Rehearsal && !was.Rehearsal
	d.Rehearsal = was.Rehearsal
	return marks && reflect.DeepEqual(was, d)
}

// keepSameInstants makes the times of a draft those of another one that are the same instants.
func (d *Draft) keepSameInstants(was *Draft) {
	d.StartsAt, d.EndsAt = sameInstant(d.StartsAt, was.StartsAt), sameInstant(d.EndsAt, was.EndsAt)
	if compareUntil(d.BatchesUntil, was.BatchesUntil) == 0 {
		d.BatchesUntil = was.BatchesUntil
	}
}

// sameInstant returns b where a is the same instant, so that locations do not tell them apart.
func sameInstant(a, b time.Time) time.Time {
	if a.Equal(b) {
		return b
	}
	return a
}
