package elections

import (
	"context"

	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/text"
)

// keepsKeyed refuses a draft in which a constituency whose voters were given keys is gone, or in which
// another one of the election takes its place: those keys would vote elsewhere. A new name is fine.
func (s *Service) keepsKeyed(ctx context.Context, tx *database.Tx, before *Election, d *Draft) error {
	keyed, err := s.keyed(ctx, tx, before.ID)
	if err != nil || len(keyed) == 0 {
		return err
	}
	names := map[string]bool{}
	for _, c := range before.Constituencies {
		names[text.Key(c.Name)] = true
	}
	for i, c := range before.Constituencies {
		if !keyed[c.ID] {
			continue
		}
		if i >= len(d.Constituencies) {
			return ErrConstituencyHasKeys.With(messages.RefusalConstituencyHasKeysStays(c.Name))
		}
		if name := d.Constituencies[i].Name; text.Key(name) != text.Key(c.Name) && names[text.Key(name)] {
			return ErrConstituencyHasKeys.With(messages.RefusalConstituencyHasKeysOrder(c.Name, name))
		}
	}
	return nil
}
