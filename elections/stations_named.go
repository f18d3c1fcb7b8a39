package elections

import (
	"context"
)

// StationsNamed returns the polling stations with the ids, such as those of a page of batches, by their ids. Ids that no
// station has are left out.
func (s *Service) StationsNamed(ctx context.Context, ids []int64) (map[int64]Station, error) {
	if len(ids) == 0 {
		return map[int64]Station{}, nil
	}
	return stationsWithIDs(s.db.Reader(ctx), ids)
}

// Title is how people name the polling station: its number and, if it has one, its name.
func (s *Station) Title() string {
	if s.Name == "" {
		return s.Number
	}
	return s.Number + " " + s.Name
}
