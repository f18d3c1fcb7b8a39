package participants

import (
	"context"
	"fmt"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// A Standing is an election in which a participant is a candidate.
type Standing struct {
	Title       string
	Opened      bool // or withdrawn: the definition is fixed
	TakesOnline bool
}

// Options are what the service takes from outside.
type Options struct {
	Now func() time.Time
	// Standing returns the elections in which a participant has a candidacy; nil is none.
	Standing func(tx *database.Tx, participantID int64, now time.Time) ([]Standing, error)
}

// Service keeps participants. Its methods may be called concurrently.
type Service struct {
	db       *database.DB
	log      *audit.Log
	now      func() time.Time
	standing func(tx *database.Tx, participantID int64) ([]Standing, error)
}

// New returns the service over an open database.
func New(db *database.DB, log *audit.Log, o Options) *Service {
	s := &Service{db: db, log: log, now: o.Now}
	s.standing = func(tx *database.Tx, id int64) ([]Standing, error) {
		if o.Standing == nil {
			return nil, nil
		}
		return o.Standing(tx, id, o.Now())
	}
	return s
}

// Create registers a party or an individual.
func (s *Service) Create(ctx context.Context, actor audit.Actor, d Draft) (created Participant, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		created, err = s.CreateWithin(ctx, tx, actor, d)
		return err
	})
	return created, err
}

// CreateWithin is Create inside the caller's writing transaction.
func (s *Service) CreateWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, d Draft) (Participant, error) {
	d.normalize()
	if err := d.check(Draft{}); err != nil {
		return Participant{}, err
	}
	row := row{
		Name: d.Name, ShortName: d.ShortName, Kind: string(d.Kind), Color: d.Color, Names: d.Names, CreatedAt: s.now().UnixMilli(),
	}
	if err := insert(tx, &row); err != nil {
		return Participant{}, err
	}
	return row.participant(), s.log.Append(ctx, tx.SQL(), actor, "participant-created", subject(row.ID), map[string]any{"after": d})
}

func subject(id int64) string { return fmt.Sprintf("participant %d", id) }

// Change changes a participant. Once an election with a candidacy of it has opened, only its
// colour may change: ErrInOpenElection otherwise. Its kind never changes while it has a candidacy.
func (s *Service) Change(ctx context.Context, actor audit.Actor, id int64, d Draft) (changed Participant, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		changed, err = s.changeWithin(ctx, tx, actor, id, d)
		return err
	})
	return changed, err
}

func (s *Service) changeWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, id int64, d Draft) (Participant, error) {
	d.normalize()
	row, err := find(tx, id)
	if err != nil {
		return Participant{}, err
	}
	before := Draft{Name: row.Name, ShortName: row.ShortName, Kind: Kind(row.Kind), Color: row.Color, Names: row.Names}
	if err := d.check(before); err != nil {
		return Participant{}, err
	}
	if err := s.refuseIfStanding(tx, id, before, d); err != nil {
		return Participant{}, err
	}
	row.Name, row.ShortName, row.Kind, row.Color, row.Names = d.Name, d.ShortName, string(d.Kind), d.Color, d.Names
	if err := save(tx, &row); err != nil {
		return Participant{}, err
	}
	return row.participant(), s.log.Append(ctx, tx.SQL(), actor, "participant-changed", subject(id),
		map[string]any{"before": before, "after": d})
}

func (s *Service) refuseIfStanding(tx *database.Tx, id int64, before, after Draft) error {
	if before.Name == after.Name && before.ShortName == after.ShortName && before.Kind == after.Kind && before.Names == after.Names {
		return nil
	}
	found, err := s.standing(tx, id)
	if err != nil {
		return err
	}
	for _, in := range found {
		if before.Kind != after.Kind || in.Opened {
			return ErrInOpenElection
		}
		if _, digits := text.Digits(after.Name); digits && after.Name != before.Name && in.TakesOnline {
			var c problem.Checks
			c.Add("name", messages.FieldNameOfDigits(in.Title))
			return c.Err()
		}
	}
	return nil
}

// Participant returns one participant, or ErrUnknown.
func (s *Service) Participant(ctx context.Context, id int64) (Participant, error) {
	r, err := find(s.db.Reader(ctx), id)
	return r.participant(), err
}

// All returns all participants in the order of their names.
func (s *Service) All(ctx context.Context) ([]Participant, error) {
	return list(s.db.Reader(ctx))
}

// Within returns all participants as a transaction sees them, in the order of their names.
func (s *Service) Within(tx *database.Tx) ([]Participant, error) { return list(tx) }
