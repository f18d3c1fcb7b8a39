package auth

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// Place is where an official may upload: a constituency.
type Place struct {
	ConstituencyID int64
}

// PlaceNames returns the names of those constituencies that exist, by id, as a transaction sees them.
type PlaceNames func(tx *database.Tx, constituencies []int64) (map[int64]string, error)

// idsOf returns the ids of places in their order.
func idsOf(places []Place) []int64 {
	ids := make([]int64, 0, len(places))
	for _, p := range places {
		ids = append(ids, p.ConstituencyID)
	}
	return ids
}

// constituencies returns the ids of places in ascending order, each once.
func constituencies(places []Place) []int64 {
	ids := idsOf(places)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Places returns the places of an account, in the order of their ids. They say where it uploads if it is bound
// (User.Bound).
func (s *Service) Places(ctx context.Context, id int64) ([]Place, error) {
	found, err := findPlaces(s.db.Reader(ctx), id)
	return found[id], err
}

// AllPlaces returns the places of all accounts that have any.
func (s *Service) AllPlaces(ctx context.Context) (map[int64][]Place, error) {
	return findPlaces(s.db.Reader(ctx), 0)
}

// ChangePlaces adds places to an account and removes others. The first place binds an account; one whose last place is
// removed uploads nowhere. Refusals are those of ChangeUser.
func (s *Service) ChangePlaces(ctx context.Context, actor audit.Actor, id int64, add, remove []Place) (User, error) {
	return s.editPlaces(ctx, actor, id, func(bound bool, before []int64) (bool, []int64) {
		gone := constituencies(remove)
		kept := slices.DeleteFunc(slices.Clone(before), func(c int64) bool { return slices.Contains(gone, c) })
		return bound || len(add) > 0, append(kept, constituencies(add)...)
	})
}

// FreeFromPlaces lets an account upload everywhere.
func (s *Service) FreeFromPlaces(ctx context.Context, actor audit.Actor, id int64) (User, error) {
	return s.editPlaces(ctx, actor, id, func(bool, []int64) (bool, []int64) { return false, nil })
}

// editPlaces makes the places of an account what edit returns for the present ones.
func (s *Service) editPlaces(ctx context.Context, actor audit.Actor, id int64, edit func(bound bool, before []int64) (bool, []int64)) (User, error) {
	var row userRow
	err := s.db.Write(ctx, func(tx *database.Tx) (err error) {
		if row, err = findUser(tx, "id = ?", id); err != nil {
			return err
		}
		if row.WaitingSince != nil {
			return ErrAccountWaiting
		}
		before, err := placesOf(tx, id)
		if err != nil {
			return err
		}
		bound, want := edit(row.BoundToPlaces, before)
		if err := s.checkPlaces(tx, Role(row.Role), want, bound); err != nil {
			return err
		}
		change, err := givePlaces(tx, &row, before, bound, want, wording{s.placeNames, s.placeNames}, s.now())
		if err != nil || change == nil {
			return err
		}
		if err := saveUser(tx, &row); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "user-places-changed", subject(id), map[string]any{"places": change})
	})
	return row.user(), err
}

// checkPlaces refuses places of an administrator, and constituencies that do not exist. The names of the fields are
// those of a list of places.
func (s *Service) checkPlaces(tx *database.Tx, role Role, want []int64, bound bool) error {
	var c problem.Checks
	if bound && role != Official {
		c.Add("places", messages.FieldPlacesOfOfficials())
		return c.Err()
	}
	names, err := s.placeNames(tx, want)
	if err != nil {
		return err
	}
	for i, id := range want {
		if _, exists := names[id]; !exists {
			c.Add(fmt.Sprintf("places[%d].constituency_id", i), messages.FieldPlaceUnknown(id))
		}
	}
	return c.Err()
}

// placesChange is what the audit log says of a change of places. The log has the rows exactly.
type placesChange struct {
	Before string `json:"before"`
	After  string `json:"after"`
}

// wording names the places of an event, before and after a change.
type wording struct{ before, after PlaceNames }

// givePlaces makes the places of an account, which are before, the wanted ones and returns the change, nil for none.
// The caller stores the row.
func givePlaces(tx *database.Tx, row *userRow, before []int64, bound bool, want []int64, named wording, now time.Time,
) (*placesChange, error) {
	slices.Sort(want)
	want = slices.Compact(want)
	if bound == row.BoundToPlaces && slices.Equal(before, want) {
		return nil, nil //nolint:nilnil // nothing changes
	}
	was, err := named.before(tx, before)
	if err != nil {
		return nil, err
	}
	names, err := named.after(tx, want)
	if err != nil {
		return nil, err
	}
	change := &placesChange{inWords(row.BoundToPlaces, before, was), inWords(bound, want, names)}
	row.BoundToPlaces = bound
	return change, replacePlaces(tx, row.ID, before, want, now)
}

// mostPlacesInWords bounds the places that an event names.
const mostPlacesInWords = 20

// inWords says for the audit log where an account uploads.
func inWords(bound bool, ids []int64, names map[int64]string) string {
	switch {
	case !bound:
		return "everywhere"
	case len(ids) == 0:
		return "nowhere"
	}
	words := make([]string, 0, len(ids))
	for _, id := range ids[:min(len(ids), mostPlacesInWords)] {
		words = append(words, strings.TrimSpace(fmt.Sprintf("%d %s", id, names[id])))
	}
	if more := len(ids) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}

// MovePlaces makes the places of accounts follow constituencies that became others, within the transaction of the
// change: became has the new id of each, 0 for one that was removed, and names the names before. An account whose last
// place was removed stays bound and uploads nowhere.
func MovePlaces(ctx context.Context, tx *database.Tx, log *audit.Log, actor audit.Actor,
	became map[int64]int64, names map[int64]string, nameOf PlaceNames,
) error {
	named := wording{func(*database.Tx, []int64) (map[int64]string, error) { return names, nil }, nameOf}
	accounts, err := accountsOfPlaces(tx, slices.Sorted(maps.Keys(became)))
	if err != nil {
		return err
	}
	for _, id := range accounts {
		row, err := findUser(tx, "id = ?", id)
		if err != nil {
			return err
		}
		before, err := placesOf(tx, id)
		if err != nil {
			return err
		}
		var want []int64
		for _, c := range before {
			if next, moved := became[c]; !moved {
				want = append(want, c)
			} else if next != 0 {
				want = append(want, next)
			}
		}
		change, err := givePlaces(tx, &row, before, row.BoundToPlaces, want, named, log.Now())
		if err != nil {
			return err
		}
		if change == nil {
			continue
		}
		if err := log.Append(ctx, tx.SQL(), actor, "user-places-changed", subject(id), map[string]any{"places": change}); err != nil {
			return err
		}
	}
	return nil
}
