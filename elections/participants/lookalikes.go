package participants

import (
	"cmp"
	"context"
	"slices"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text"
)

// Lookalikes finds participants whose names a reader cannot tell apart.
type Lookalikes struct{ byLook map[look][]Participant }

// look is what a reader sees of a participant's name. No election has participants of both kinds.
type look struct {
	kind Kind
	name string
}

// NewLookalikes returns the lookalikes among the given participants.
func NewLookalikes(participants []Participant) Lookalikes {
	l := Lookalikes{byLook: map[look][]Participant{}}
	for _, p := range participants {
		l.Add(p)
	}
	return l
}

// Add adds one more participant.
func (l Lookalikes) Add(p Participant) {
	of := look{p.Kind, text.Looks(p.Name)}
	l.byLook[of] = append(l.byLook[of], p)
}

// Of returns the participants of the kind whose names look like the given one, except the one with the id except
// (0 excludes none), in the order of their ids.
func (l Lookalikes) Of(kind Kind, name string, except int64) []Participant {
	var found []Participant
	for _, p := range l.byLook[look{kind, text.Looks(name)}] {
		if p.ID != except {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b Participant) int { return cmp.Compare(a.ID, b.ID) })
	return found
}

// CreateSeeing is Create for a person who is asked first: if other participants look like the new
// one, it is registered only if seen has all of their ids, and ErrLooksAlike otherwise.
func (s *Service) CreateSeeing(ctx context.Context, actor audit.Actor, d Draft, seen []int64) (created Participant, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		if created, err = s.CreateWithin(ctx, tx, actor, d); err != nil {
			return err
		}
		return unseen(tx, created, seen)
	})
	if err != nil {
		return Participant{}, err
	}
	return created, nil
}

// ChangeSeeing is Change for a person who is asked first, as CreateSeeing asks, if the
// name or the kind changes.
func (s *Service) ChangeSeeing(ctx context.Context, actor audit.Actor, id int64, d Draft, seen []int64) (changed Participant, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		before, err := find(tx, id)
		if err != nil {
			return err
		}
		if changed, err = s.changeWithin(ctx, tx, actor, id, d); err != nil {
			return err
		}
		if changed.Name == before.Name && string(changed.Kind) == before.Kind {
			return nil
		}
		return unseen(tx, changed, seen)
	})
	return changed, err
}

// unseen is ErrLooksAlike if others than those seen look like a participant.
func unseen(tx *database.Tx, p Participant, seen []int64) error {
	all, err := list(tx)
	if err != nil {
		return err
	}
	similar := NewLookalikes(all).Of(p.Kind, p.Name, p.ID)
	if slices.ContainsFunc(similar, func(other Participant) bool { return !slices.Contains(seen, other.ID) }) {
		return ErrLooksAlike.WithExtra("similar", similar)
	}
	return nil
}

// Similar returns the other participants of its kind that look like a participant.
func (s *Service) Similar(ctx context.Context, p Participant) ([]Participant, error) {
	all, err := s.All(ctx)
	if err != nil {
		return nil, err
	}
	return NewLookalikes(all).Of(p.Kind, p.Name, p.ID), nil
}
