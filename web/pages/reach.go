package pages

import (
	"context"
	"strings"

	"urna/auth"
	"urna/elections"
	"urna/internal/messages"
)

// reach is where an official uploads.
type reach struct {
	bound  bool
	places map[int64]bool
}

// reachOf reads where an official uploads.
func (p *Pages) reachOf(ctx context.Context, u auth.User) (reach, error) {
	if !u.Bound {
		return reach{}, nil
	}
	places, err := p.Auth.Places(ctx, u.ID)
	return newReach(u, places), err
}

func newReach(u auth.User, places []auth.Place) reach {
	r := reach{bound: u.Bound, places: make(map[int64]bool, len(places))}
	for _, place := range places {
		r.places[place.ConstituencyID] = true
	}
	return r
}

// of returns those constituencies of an election for which the official uploads.
func (r reach) of(e *elections.Election) []elections.Constituency {
	if !r.bound {
		return e.Constituencies
	}
	var own []elections.Constituency
	for _, c := range e.Constituencies {
		if r.places[c.ID] {
			own = append(own, c)
		}
	}
	return own
}

// mostNamed is how many constituencies a sentence names.
const mostNamed = 10

// namesOf returns the names of the first constituencies, and how many more there are.
func namesOf(list []elections.Constituency) (names string, more int64) {
	var named []string
	for _, c := range list[:min(len(list), mostNamed)] {
		named = append(named, c.Name)
	}
	return strings.Join(named, ", "), int64(len(list) - len(named))
}

// yourPlaces says to an official for which constituencies of an election the account uploads; no sentence if the election
// has one, and the official uploads everywhere.
func (r reach) yourPlaces(e *elections.Election) messages.Message {
	own := r.of(e)
	switch {
	case !r.bound && len(e.Constituencies) == 1:
		return messages.Message{}
	case !r.bound:
		return messages.PlacesYourPlacesAll()
	}
	names, more := namesOf(own)
	if more > 0 {
		return messages.PlacesYourPlacesMore(names, more)
	}
	return messages.PlacesYourPlaces(names)
}

// inElection names the constituencies of an election for an administrator.
func (r reach) inElection(e *elections.Election) messages.Message {
	names, more := namesOf(r.of(e))
	if more > 0 {
		return messages.PlacesListMore(e.Title, names, more)
	}
	return messages.PlacesList(e.Title, names)
}
