package elections

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text"
)

// moves returns which constituencies of an election became others by a change: the new id of each, 0 for one that was
// removed. Constituencies keep their ids by position, while people know them by name: one whose name has another id now
// moved there. One whose name is gone kept its id if that has a new name, which is a correction, and was removed if
// that has the name of another one. It also returns the names before, of all.
func moves(before, after *Election) (became map[int64]int64, names map[int64]string) {
	byName := make(map[string]int64, len(after.Constituencies))
	for _, c := range after.Constituencies {
		byName[text.Key(c.Name)] = c.ID
	}
	old := make(map[string]bool, len(before.Constituencies))
	for _, c := range before.Constituencies {
		old[text.Key(c.Name)] = true
	}
	became, names = map[int64]int64{}, map[int64]string{}
	for _, c := range before.Constituencies {
		names[c.ID] = c.Name
		next, named := byName[text.Key(c.Name)]
		if !named {
			if now := after.Constituency(c.ID); now != nil && !old[text.Key(now.Name)] {
				next = c.ID
			}
		}
		if next != c.ID {
			became[c.ID] = next
		}
	}
	return became, names
}

// tellMoves calls Options.Moved if constituencies became others.
func (s *Service) tellMoves(ctx context.Context, tx *database.Tx, actor audit.Actor, before, after *Election) error {
	became, names := moves(before, after)
	if len(became) == 0 {
		return nil
	}
	removed, err := moveStations(tx, before.ID, became)
	if err != nil {
		return err
	}
	if err := s.tellRemoved(ctx, tx, actor, before, removed); err != nil {
		return err
	}
	return s.moved(ctx, tx, actor, became, names)
}

// namesAtOnce bounds the ids of one statement.
const namesAtOnce = 400

// ConstituencyNames returns the names of those constituencies that exist, by id, as a transaction sees them. Those of drafts
// do not: no official uploads for a draft, and only administrators see it.
func ConstituencyNames(tx *database.Tx, ids []int64) (map[int64]string, error) {
	names := make(map[int64]string, len(ids))
	for some := range slices.Chunk(ids, namesAtOnce) {
		rows, err := publicConstituencies(tx, some)
		if err != nil {
			return nil, fmt.Errorf("elections: read names: %w", err)
		}
		for _, r := range rows {
			names[r.ID] = r.Name
		}
	}
	return names, nil
}

// Titles returns the titles of those elections that are published, by id, as a transaction sees them.
func Titles(tx *database.Tx, ids []int64) (map[int64]string, error) {
	titles := make(map[int64]string, len(ids))
	for some := range slices.Chunk(ids, namesAtOnce) {
		rows, err := publicTitles(tx, some)
		if err != nil {
			return nil, fmt.Errorf("elections: read titles: %w", err)
		}
		for i := range rows {
			titles[rows[i].ID] = rows[i].Title
		}
	}
	return titles, nil
}

// StationNames returns the names of those polling stations that exist in published elections, such as "North 12", by id,
// as a transaction sees them.
func StationNames(tx *database.Tx, ids []int64) (map[int64]string, error) {
	stations, err := stationsWithIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	parts := map[int64]bool{}
	for _, s := range stations {
		parts[s.ConstituencyID] = true
	}
	constituencies, err := ConstituencyNames(tx, slices.Sorted(maps.Keys(parts)))
	if err != nil {
		return nil, err
	}
	names := make(map[int64]string, len(stations))
	for id, s := range stations {
		if name, published := constituencies[s.ConstituencyID]; published {
			names[id] = name + " " + s.Number
		}
	}
	return names, nil
}
