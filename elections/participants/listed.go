package participants

import (
	"context"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text"
)

// A Planned is a participant of a list, with what the list makes of it.
type Planned struct {
	Draft

	// Known is who is registered with the same kind and name, compared by text.Key; nil: the participant is registered.
	Known *Participant
	// Alike are others who look the same as one that is to be registered. Those of the list itself have the id 0.
	Alike []Participant
}

// Plan returns what a list makes of each of its participants, while the given ones are registered.
func Plan(registered []Participant, list []Draft) []Planned {
	type named struct {
		kind Kind
		name string
	}
	known := make(map[named]*Participant, len(registered))
	for i := len(registered) - 1; i >= 0; i-- { // of several with a name, the first one
		p := &registered[i]
		known[named{p.Kind, text.Key(p.Name)}] = p
	}
	alike := NewLookalikes(registered)
	plan := make([]Planned, 0, len(list))
	for _, d := range list {
		d.normalize()
		p := Planned{Draft: d, Known: known[named{d.Kind, text.Key(d.Name)}]}
		if p.Known == nil {
			p.Alike = alike.Of(d.Kind, d.Name, -1)
			alike.Add(Participant{Name: d.Name, Kind: d.Kind})
		}
		plan = append(plan, p)
	}
	return plan
}

// CreateAll registers the participants of a list that are not registered yet: all of them, each with its event, or none. It
// returns the new ones in the order of the list. If others look like one of them whose ids seen does not have, the error is
// ErrLooksAlike, as that of CreateSeeing; participants of one list may look alike.
func (s *Service) CreateAll(ctx context.Context, actor audit.Actor, list []Draft, seen []int64) (created []Participant, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		registered, err := s.Within(tx)
		if err != nil {
			return err
		}
		created = nil
		known := make(map[int64]bool, len(seen)+1)
		for _, id := range append(seen, 0) {
			known[id] = true
		}
		for _, p := range Plan(registered, list) {
			if p.Known != nil {
				continue
			}
			for _, other := range p.Alike {
				if !known[other.ID] {
					return ErrLooksAlike.WithExtra("similar", p.Alike)
				}
			}
			made, err := s.CreateWithin(ctx, tx, actor, p.Draft)
			if err != nil {
				return err
			}
			created = append(created, made)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return created, nil
}
