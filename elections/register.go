package elections

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// register returns the ids of the definition's participants. Two of the same name in it are two participants.
func (s *Service) register(ctx context.Context, tx *database.Tx, actor audit.Actor, d Definition) ([]int64, error) {
	registered, err := s.participants.Within(tx)
	if err != nil {
		return nil, err
	}
	ids, err := d.known(registered)
	if err != nil {
		return nil, err
	}
	if err := d.checkNew(ids); err != nil {
		return nil, err
	}
	for i := range d.Participants {
		if ids[i] != 0 {
			continue
		}
		participant, err := s.participants.CreateWithin(ctx, tx, actor, d.participant(i))
		if err != nil {
			return nil, fmt.Errorf("participants[%d]: %w", i, err)
		}
		ids[i] = participant.ID
	}
	return ids, nil
}

// participant returns the draft of one of the definition's participants.
func (d Definition) participant(i int) participants.Draft {
	p := d.Participants[i]
	return participants.Draft{Name: p.Name, ShortName: p.ShortName, Kind: d.Kind.Participants(), Color: p.Color, Names: p.Names}
}

// checkNew names every problem of the participants that are to be registered, those with the id 0.
func (d Definition) checkNew(ids []int64) error {
	var c problem.Checks
	for i := range d.Participants {
		if f, ok := errors.AsType[*problem.Error](d.participant(i).Check()); ids[i] == 0 && ok {
			for _, field := range f.Fields {
				c.Add(fmt.Sprintf("participants[%d].%s", i, field.Name), field.Message)
			}
		}
	}
	return c.Err()
}

// called is how a participant is found: by name and short name, as they are or by text.Key.
type called struct{ name, short string }

// known returns the ids of those of the definition's participants who are registered, 0 for the others: the one that is
// written exactly so, else the one with the same name and short name by text.Key.
func (d Definition) known(registered []participants.Participant) ([]int64, error) {
	exact, same := map[called][]participants.Participant{}, map[called][]participants.Participant{}
	for _, p := range registered {
		if p.Kind == d.Kind.Participants() {
			name, key := called{p.Name, p.ShortName}, called{text.Key(p.Name), text.Key(p.ShortName)}
			exact[name], same[key] = append(exact[name], p), append(same[key], p)
		}
	}
	ids, taken := make([]int64, len(d.Participants)), map[int64]bool{}
	freeAmong := func(found []participants.Participant) []participants.Participant {
		return slices.DeleteFunc(slices.Clone(found), func(p participants.Participant) bool { return taken[p.ID] })
	}
	for i, p := range d.Participants {
		if free := freeAmong(exact[called{text.Trim(p.Name), text.Trim(p.ShortName)}]); len(free) > 0 {
			ids[i], taken[free[0].ID] = free[0].ID, true
		}
	}
	var c problem.Checks
	for i, p := range d.Participants {
		free := freeAmong(same[called{text.Key(p.Name), text.Key(p.ShortName)}])
		switch {
		case ids[i] != 0:
		case len(free) > 1 && free[0].Name != free[1].Name:
			c.Add(fmt.Sprintf("participants[%d].name", i), messages.FieldNameAmbiguous(p.Name, free[0].Name, free[0].ID, free[1].Name, free[1].ID))
		case len(free) > 0:
			ids[i], taken[free[0].ID] = free[0].ID, true
		}
	}
	return ids, c.Err()
}
