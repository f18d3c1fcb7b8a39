package elections

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"urna/elections/participants"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// StationKind says how the voters of a polling station vote.
type StationKind string

// The kinds of polling stations.
const (
	OrdinaryStation StationKind = "ordinary"
	AbroadStation   StationKind = "abroad"
	PostalStation   StationKind = "postal"  // ballots that come by post
	MobileStation   StationKind = "mobile"  // a box that is carried to voters
	CentralStation  StationKind = "central" // ballots that are counted together in one place
)

// StationKinds returns the kinds, the usual one first.
func StationKinds() []StationKind {
	return []StationKind{OrdinaryStation, AbroadStation, PostalStation, MobileStation, CentralStation}
}

// Exclusion says why no ballots of a polling station are awaited.
type Exclusion string

// The exclusions.
const (
	NotExcluded     Exclusion = ""
	ClosedWithout   Exclusion = "closed"   // without ballots: it never opened, say
	AnnulledStation Exclusion = "annulled" // what was counted of it is out of the count
)

// The bounds of polling stations.
const (
	maxStationNumber = 40
	maxStationsInAll = 50_000 // of an election
)

// Station is a polling station of a constituency. A constituency without any is one station by itself.
type Station struct {
	ID               int64
	ElectionID       int64
	ConstituencyID   int64
	Position         int    // in the list of its constituency, from 1
	Number           string // as people write it, unique in the constituency by text.Key
	Name             string // may be ""
	Place            string // where it is; may be ""
	RegisteredVoters int64  // 0 is unknown
	Kind             StationKind
	Exclusion        Exclusion
	ExclusionReason  string
	ExcludedAt       *time.Time
}

// StationDraft is what an administrator says of a polling station.
type StationDraft struct {
	Number           string      // 1 to 40 characters, unique in the constituency by text.Key
	Name             string      // at most 200 characters, may be ""
	Place            string      // likewise
	RegisteredVoters int64       // 0 is unknown
	Kind             StationKind // "" is OrdinaryStation
}

// HasStations reports whether any constituency has polling stations.
func (e *Election) HasStations() bool {
	return slices.ContainsFunc(e.Constituencies, func(c Constituency) bool { return c.HasStations })
}

// ErrUnknownStation is returned for a polling station that does not exist.
var ErrUnknownStation = problem.New(problem.NotFound, "unknown-station", messages.RefusalUnknownStation())

// Station returns a polling station, or ErrUnknownStation.
func (s *Service) Station(ctx context.Context, id int64) (station Station, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		station, err = s.StationWithin(tx, id)
		return err
	})
	return station, err
}

// StationWithin is Station as a transaction sees it.
func (s *Service) StationWithin(tx *database.Tx, id int64) (Station, error) {
	return findStation(tx, id)
}

// StationsWithin returns the polling stations of an election by constituency, each list in its order.
func (s *Service) StationsWithin(tx *database.Tx, electionID int64) (map[int64][]Station, error) {
	return stationsOf(tx, electionID)
}

// Stations is StationsWithin in a transaction of its own.
func (s *Service) Stations(ctx context.Context, electionID int64) (found map[int64][]Station, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		found, err = stationsOf(tx, electionID)
		return err
	})
	return found, err
}

// CountStations counts the polling stations of an election by constituency; those without any are left out.
func (s *Service) CountStations(ctx context.Context, electionID int64) (map[int64]int, error) {
	return countStations(s.db.Reader(ctx), electionID)
}

// StationsNamed returns the polling stations with the ids, such as those of a page of batches, by their ids. Ids that no
// station has are left out.
func (s *Service) StationsNamed(ctx context.Context, ids []int64) (map[int64]Station, error) {
	return stationsWithIDs(s.db.Reader(ctx), ids)
}

// StationsNamedWithin is StationsNamed as a transaction sees it.
func (s *Service) StationsNamedWithin(tx *database.Tx, ids []int64) (map[int64]Station, error) {
	return stationsWithIDs(tx, ids)
}

// StationsByID returns those polling stations that exist, in the order of the ids.
func (s *Service) StationsByID(ctx context.Context, ids []int64) (found []Station, err error) {
	stations, err := s.StationsNamed(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if station, exists := stations[id]; exists {
			found = append(found, station)
		}
	}
	return found, nil
}

// Title is how people name the polling station: its number and, if it has one, its name.
func (s *Station) Title() string {
	if s.Name == "" {
		return s.Number
	}
	return s.Number + " " + s.Name
}

// complete trims the texts and fills in the kind.
func (d *StationDraft) complete() {
	d.Number, d.Name, d.Place = text.Trim(d.Number), text.Trim(d.Name), text.Trim(d.Place)
	d.Kind = orDefault(StationKind(strings.TrimSpace(string(d.Kind))), OrdinaryStation)
}

// checkStations names every problem of the polling stations of a completed draft.
func (d *Draft) checkStations(c *problem.Checks) {
	all := 0
	for i := range d.Constituencies {
		all += len(d.Constituencies[i].Stations)
	}
	if all > maxStationsInAll {
		c.Add("constituencies", messages.FieldTooManyStations(int64(maxStationsInAll)))
		return
	}
	for i := range d.Constituencies {
		checkStations(c, fmt.Sprintf("constituencies[%d].", i), d.Constituencies[i].Stations)
	}
}

// checkStations names every problem of completed drafts of one constituency; path is what its fields begin with.
func checkStations(c *problem.Checks, path string, drafts []StationDraft) {
	numbers := map[string]int{}
	for i, s := range drafts {
		at := fmt.Sprintf("%sstations[%d].", path, i)
		s.check(c, at)
		key := text.Key(s.Number)
		if first := numbers[key]; first != 0 && key != "" {
			c.Add(at+"number", messages.FieldStationNumberTwice(int64(first), drafts[first-1].Number))
		} else {
			numbers[key] = i + 1
		}
	}
}

// check names every problem of a completed draft by itself; at is what its fields begin with.
func (d *StationDraft) check(c *problem.Checks, at string) {
	participants.CheckText(c, at+"number", d.Number, maxStationNumber)
	checkStationText(c, at+"name", d.Name)
	checkStationText(c, at+"place", d.Place)
	if d.RegisteredVoters < 0 || d.RegisteredVoters > MaxVoters {
		c.Add(at+"registered_voters", messages.FieldEnterRegistered())
	}
	if !slices.Contains(StationKinds(), d.Kind) {
		c.Add(at+"kind", messages.FieldChooseStationKind())
	}
}

func checkStationText(c *problem.Checks, field, value string) {
	if mistake := problem.InOptionalText(value, maxName); !mistake.IsZero() {
		c.Add(field, mistake)
	}
}
