package auth

import (
	"cmp"
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

// Place is where an official may upload: a constituency with all its polling stations, or one polling station; or an
// election that an observer may read. One of the ids is set.
type Place struct {
	ConstituencyID int64
	StationID      int64
	ElectionID     int64
}

// compare orders constituencies before polling stations before elections, each by id.
func (p Place) compare(other Place) int {
	return cmp.Or(cmp.Compare(p.ElectionID, other.ElectionID), cmp.Compare(p.StationID, other.StationID),
		cmp.Compare(p.ConstituencyID, other.ConstituencyID))
}

// PlaceNames returns the names of those places that exist, as a transaction sees them.
type PlaceNames func(tx *database.Tx, places []Place) (map[Place]string, error)

// distinct returns places in their order, each once.
func distinct(places []Place) []Place {
	places = slices.SortedFunc(slices.Values(places), Place.compare)
	return slices.Compact(places)
}

// Places returns the places of an account, constituencies first. They say where it uploads, or what it reads, if it is bound
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
	return s.editPlaces(ctx, actor, id, func(bound bool, before []Place) (bool, []Place) {
		gone := make(map[Place]bool, len(remove))
		for _, place := range remove {
			gone[place] = true
		}
		kept := slices.DeleteFunc(slices.Clone(before), func(place Place) bool { return gone[place] })
		return bound || len(add) > 0, append(kept, add...)
	})
}

// FreeFromPlaces lets an account upload everywhere.
func (s *Service) FreeFromPlaces(ctx context.Context, actor audit.Actor, id int64) (User, error) {
	return s.editPlaces(ctx, actor, id, func(bool, []Place) (bool, []Place) { return false, nil })
}

// editPlaces makes the places of an account what edit returns for the present ones.
func (s *Service) editPlaces(ctx context.Context, actor audit.Actor, id int64, edit func(bound bool, before []Place) (bool, []Place)) (User, error) {
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

// checkPlaces refuses places of an administrator, those of another role, and places that do not exist. The names of the
// fields are those of a list of places.
func (s *Service) checkPlaces(tx *database.Tx, role Role, want []Place, bound bool) error {
	var c problem.Checks
	if bound && role == Administrator {
		c.Add("places", messages.FieldPlacesOfOfficials())
		return c.Err()
	}
	names, err := s.placeNames(tx, want)
	if err != nil {
		return err
	}
	for i, place := range want {
		switch _, exists := names[place]; {
		case (role == Observer) != (place.ElectionID != 0):
			c.Add(fmt.Sprintf("places[%d]", i), messages.FieldPlaceOfRole())
		case exists:
		case place.ElectionID != 0:
			c.Add(fmt.Sprintf("places[%d].election_id", i), messages.FieldElectionUnknown(place.ElectionID))
		case place.StationID != 0:
			c.Add(fmt.Sprintf("places[%d].station_id", i), messages.FieldStationUnknown(place.StationID))
		default:
			c.Add(fmt.Sprintf("places[%d].constituency_id", i), messages.FieldPlaceUnknown(place.ConstituencyID))
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
func givePlaces(tx *database.Tx, row *userRow, before []Place, bound bool, want []Place, named wording, now time.Time,
) (*placesChange, error) {
	want = distinct(want)
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

// inWords says for the audit log where an account uploads, or what it reads.
func inWords(bound bool, places []Place, names map[Place]string) string {
	switch {
	case !bound:
		return "everywhere"
	case len(places) == 0:
		return "nowhere"
	}
	words := make([]string, 0, mostPlacesInWords)
	for _, place := range places[:min(len(places), mostPlacesInWords)] {
		word := fmt.Sprintf("%d %s", place.ConstituencyID, names[place])
		if place.StationID != 0 {
			word = fmt.Sprintf("station %d %s", place.StationID, names[place])
		}
		if place.ElectionID != 0 {
			word = fmt.Sprintf("election %d %s", place.ElectionID, names[place])
		}
		words = append(words, strings.TrimSpace(word))
	}
	if more := len(places) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}

// MovePlaces makes the places of accounts follow constituencies that became others, within the transaction of the
// change: became has the new id of each, 0 for one that was removed, and names the names before. An account whose last
// place was removed stays bound and uploads nowhere. Polling stations keep their ids when their constituency moves.
func MovePlaces(ctx context.Context, tx *database.Tx, log *audit.Log, actor audit.Actor,
	became map[int64]int64, names map[int64]string, nameOf PlaceNames,
) error {
	next, before := make(map[Place]Place, len(became)), make(map[Place]string, len(names))
	for old, id := range became {
		next[Place{ConstituencyID: old}] = Place{ConstituencyID: id}
	}
	for id, name := range names {
		before[Place{ConstituencyID: id}] = name
	}
	accounts, err := accountsOfPlaces(tx, slices.Sorted(maps.Keys(became)))
	if err != nil {
		return err
	}
	return movePlaces(ctx, tx, log, actor, accounts, next, before, nameOf)
}

// DropStations removes polling stations from the places of all accounts, within the transaction that removes the
// stations: names has their names by id.
func DropStations(ctx context.Context, tx *database.Tx, log *audit.Log, actor audit.Actor, names map[int64]string, nameOf PlaceNames) error {
	next, before := make(map[Place]Place, len(names)), make(map[Place]string, len(names))
	for id, name := range names {
		next[Place{StationID: id}], before[Place{StationID: id}] = Place{}, name
	}
	accounts, err := accountsOfStations(tx, slices.Sorted(maps.Keys(names)))
	if err != nil {
		return err
	}
	return movePlaces(ctx, tx, log, actor, accounts, next, before, nameOf)
}

// movePlaces gives accounts other places for those that became others: the zero Place is one that was removed. Names
// before are those that changed; nameOf has the others.
func movePlaces(ctx context.Context, tx *database.Tx, log *audit.Log, actor audit.Actor, accounts []int64,
	next map[Place]Place, names map[Place]string, nameOf PlaceNames,
) error {
	earlier := func(tx *database.Tx, places []Place) (map[Place]string, error) {
		found, err := nameOf(tx, places)
		maps.Copy(found, names)
		return found, err
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
		var want []Place
		for _, place := range before {
			if became, moved := next[place]; !moved {
				want = append(want, place)
			} else if became != (Place{}) {
				want = append(want, became)
			}
		}
		change, err := givePlaces(tx, &row, before, row.BoundToPlaces, want, wording{earlier, nameOf}, log.Now())
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
