package elections

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"urna/elections/outlines"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// maxMapSource is how long the sentence about a map's source is at most, in characters.
const maxMapSource = 200

// Map is a map of an election's constituencies. It is no part of the definition: it decides nothing.
type Map struct {
	outlines.Map

	Source string // who made the map, one line; "" says nothing
}

// ErrNoMap is returned if an election has no map.
var ErrNoMap = problem.New(problem.NotFound, "no-map", messages.RefusalNoMap())

// Places are the constituencies of an election as a map finds them.
func (e *Election) Places() []outlines.Place {
	places := make([]outlines.Place, len(e.Constituencies))
	for i, c := range e.Constituencies {
		places[i] = outlines.Place{ID: c.ID, Name: c.Name}
		for _, name := range c.Names.ByTag() {
			places[i].Names = append(places[i].Names, name)
		}
	}
	return places
}

// Map returns the map of an election or a draft; nil if it has none. Outlines of constituencies that were renamed or removed
// since are left out.
func (s *Service) Map(ctx context.Context, e *Election) (*Map, error) {
	m, err := storedMap(s.db.Reader(ctx), e.ID)
	if err != nil || m == nil {
		return nil, err
	}
	var held []outlines.Outline
	for _, o := range m.Outlines {
		if c := e.Constituency(o.ConstituencyID); c != nil && text.Key(c.Name) == text.Key(o.Name) {
			held = append(held, o)
		}
	}
	m.Outlines = held
	if len(held) == 0 {
		return nil, nil
	}
	return m, nil
}

// ChangeMap stores the map of an election or a draft, in any of its states, with the event map-changed. The same again
// changes nothing. Refusals: ErrUnknownElection, and problems of the field "source".
func (s *Service) ChangeMap(ctx context.Context, actor audit.Actor, id int64, m Map) error {
	m.Source = text.Trim(m.Source)
	var c problem.Checks
	if mistake := problem.InOptionalText(m.Source, maxMapSource); !mistake.IsZero() {
		c.Add("source", mistake)
	}
	if err := c.Err(); err != nil {
		return err
	}
	content, err := json.Marshal(m.Map)
	if err == nil {
		_, err = outlines.Parse(content)
	}
	if err != nil {
		return fmt.Errorf("elections: store a map: %w", err)
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		if _, err := s.OrDraftWithin(tx, id); err != nil {
			return err
		}
		row := mapRow{ElectionID: id, Outlines: string(content), Source: m.Source}
		changed, err := saveMap(tx, row)
		if err != nil || !changed {
			return err
		}
		sum := sha256.Sum256(content)
		return s.log.Append(ctx, tx.SQL(), actor, "map-changed", Subject(id),
			map[string]any{"outlines": len(m.Outlines), "sha256": hex.EncodeToString(sum[:]), "source": m.Source})
	})
}

// RemoveMap removes the map of an election or a draft, with the event map-removed. Refusals: ErrUnknownElection, ErrNoMap.
func (s *Service) RemoveMap(ctx context.Context, actor audit.Actor, id int64) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		if _, err := s.OrDraftWithin(tx, id); err != nil {
			return err
		}
		removed, err := deleteMap(tx, id)
		switch {
		case err != nil:
			return err
		case !removed:
			return ErrNoMap
		}
		return s.log.Append(ctx, tx.SQL(), actor, "map-removed", Subject(id), nil)
	})
}
