package pages

import (
	"context"
	"slices"
	"strings"

	"urna/auth"
	"urna/elections"
	"urna/internal/messages"
)

// reach is where an official uploads.
type reach struct {
	bound    bool
	places   map[int64]bool // constituencies, with all their polling stations
	stations []elections.Station
}

// reachOf reads where an official uploads.
func (p *Pages) reachOf(ctx context.Context, u auth.User) (reach, error) {
	if !u.Bound {
		return reach{}, nil
	}
	places, err := p.Auth.Places(ctx, u.ID)
	if err != nil {
		return reach{}, err
	}
	r := reach{bound: u.Bound, places: make(map[int64]bool, len(places))}
	var stations []int64
	for _, place := range places {
		if place.StationID != 0 {
			stations = append(stations, place.StationID)
		} else {
			r.places[place.ConstituencyID] = true
		}
	}
	r.stations, err = p.Elections.StationsByID(ctx, stations)
	return r, err
}

// size is how many places the official has.
func (r reach) size() int { return len(r.places) + len(r.stations) }

// includes reports whether the official uploads for a constituency or, if it is not 0, for a polling station of it.
func (r reach) includes(constituency, station int64) bool {
	return !r.bound || r.places[constituency] ||
		station != 0 && slices.ContainsFunc(r.stations, func(s elections.Station) bool { return s.ID == station })
}

// of returns those constituencies of an election for which the official uploads, or for a polling station of which.
func (r reach) of(e *elections.Election) []elections.Constituency {
	if !r.bound {
		return e.Constituencies
	}
	var own []elections.Constituency
	for _, c := range e.Constituencies {
		if r.places[c.ID] || len(r.numbersIn(c.ID)) > 0 {
			own = append(own, c)
		}
	}
	return own
}

// numbersIn returns the numbers of the polling stations of a constituency that are places by themselves.
func (r reach) numbersIn(constituency int64) (numbers []string) {
	for i := range r.stations {
		if r.stations[i].ConstituencyID == constituency {
			numbers = append(numbers, r.stations[i].Number)
		}
	}
	return numbers
}

// mostNamed is how many constituencies a sentence names.
const mostNamed = 10

// namesOf returns the names of the first constituencies, and how many more there are. One of which the official has some
// polling stations alone is named with these.
func (r reach) namesOf(list []elections.Constituency) (names messages.Message, more int64) {
	named := make([]messages.Message, 0, min(len(list), mostNamed))
	for _, c := range list[:min(len(list), mostNamed)] {
		numbers := r.numbersIn(c.ID)
		if !r.bound || r.places[c.ID] || len(numbers) == 0 {
			named = append(named, messages.Verbatim(c.Name))
			continue
		}
		shown := numbers[:min(len(numbers), mostNamed)]
		if len(shown) < len(numbers) {
			shown = append(slices.Clone(shown), "…")
		}
		named = append(named, messages.PlacesStationsIn(c.Name, strings.Join(shown, ", ")))
	}
	return messages.Join(messages.UnitList, named...), int64(len(list) - len(named))
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
	names, more := r.namesOf(own)
	if more > 0 {
		return messages.PlacesYourPlacesMore(names, more)
	}
	return messages.PlacesYourPlaces(names)
}

// inElection names the constituencies of an election for an administrator.
func (r reach) inElection(e *elections.Election) messages.Message {
	names, more := r.namesOf(r.of(e))
	if more > 0 {
		return messages.PlacesListMore(e.Title, names, more)
	}
	return messages.PlacesList(e.Title, names)
}
