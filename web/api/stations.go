package api

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/ballots"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results"
	"urna/web/cache"
	"urna/web/opendata"
	"urna/web/respond"
)

// stationsView are the numbers of polling stations of an election or a constituency.
type stationsView struct {
	Expected          int          `json:"expected"`
	Counted           int          `json:"counted"`
	Annulled          int          `json:"annulled"`
	Closed            int          `json:"closed"`
	Registered        *int64       `json:"registered_voters"`
	RegisteredCounted *int64       `json:"registered_voters_counted"`
	CouldTurn         results.Turn `json:"could_turn,omitempty"`
}

func viewStations(c *results.StationCounts, turn results.Turn) *stationsView {
	if c == nil {
		return nil
	}
	v := &stationsView{Expected: c.Expected, Counted: c.Counted, Annulled: c.Annulled, Closed: c.Closed, Registered: known(c.Registered), CouldTurn: turn}
	if v.Registered != nil {
		v.RegisteredCounted = &c.RegisteredCounted
	}
	return v
}

// stationView is a polling station as anyone may see it.
type stationView struct {
	ID             int64                 `json:"id"`
	Number         string                `json:"number"`
	Name           string                `json:"name"`
	Place          string                `json:"place"`
	ConstituencyID int64                 `json:"constituency_id"`
	Kind           elections.StationKind `json:"kind"`
	State          ballots.StationState  `json:"state"`
	Reason         string                `json:"exclusion_reason,omitempty"`
	Registered     *int64                `json:"registered_voters"`
	Ballots        *ballotsView          `json:"ballots"`
	Candidacies    []stationCandidacy    `json:"candidacies"`
	Withheld       results.Withheld      `json:"withheld,omitempty"`
	Together       *togetherView         `json:"published_with"`
}

type stationCandidacy struct {
	PollNumber int   `json:"poll_number"`
	Votes      int64 `json:"votes"`
}

// togetherView is the count in which a small polling station is published.
type togetherView struct {
	Stations    []int64            `json:"stations"`
	Online      int64              `json:"online"`
	Ballots     ballotsView        `json:"ballots"`
	Candidacies []stationCandidacy `json:"candidacies"`
}

func viewStation(r results.StationResult) stationView {
	v := stationView{
		ID: r.ID, Number: r.Number, Name: r.Name, Place: r.Place, ConstituencyID: r.ConstituencyID, Kind: r.Kind, State: r.State,
		Reason: r.ExclusionReason, Registered: known(r.RegisteredVoters), Withheld: r.Withheld,
	}
	if r.Count != nil {
		b := viewBallots(r.Count.Ballots)
		v.Ballots, v.Candidacies = &b, viewStationVotes(&r, r.Count)
	}
	if r.Together != nil {
		v.Together = &togetherView{Online: r.Online, Ballots: viewBallots(r.Together.Ballots), Candidacies: viewStationVotes(&r, r.Together)}
		for i := range r.With {
			v.Together.Stations = append(v.Together.Stations, r.With[i].ID)
		}
	}
	return v
}

func viewStationVotes(r *results.StationResult, count *results.StationCount) []stationCandidacy {
	votes := make([]stationCandidacy, 0, len(r.Constituency.Candidacies))
	for _, k := range r.Constituency.Candidacies {
		votes = append(votes, stationCandidacy{k.PollNumber, count.Votes[k.PollNumber]})
	}
	return votes
}

// Stations answers GET /elections/{id}/stations.
func (a *API) Stations(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	q, err := readStationQuery(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	key := cache.Key{}
	if q == (results.StationQuery{Limit: defaultLimit}) {
		key = cache.Key{Page: "stations", Election: id}
	}
	a.public(c, key, func(ctx context.Context) (cache.Drawing, error) {
		page, err := a.services.Results.Stations(ctx, id, q)
		if errors.Is(err, elections.ErrUnknownStation) {
			var checks problem.Checks
			checks.Add("cursor", messages.FieldCursorUnknown())
			return cache.Drawing{}, checks.Err()
		}
		if err != nil {
			return cache.Drawing{}, err
		}
		if q.ConstituencyID != 0 && page.Election.Constituency(q.ConstituencyID) == nil {
			var checks problem.Checks
			checks.Add("constituency_id", messages.FieldChooseConstituency())
			return cache.Drawing{}, checks.Err()
		}
		answer := list[stationView]{Items: []stationView{}}
		for _, s := range page.Stations {
			answer.Items = append(answer.Items, viewStation(s))
		}
		if page.More {
			answer.Next = strconv.FormatInt(page.Stations[len(page.Stations)-1].ID, 10)
		}
		return asJSON(answer, page.Until)
	})
}

func readStationQuery(c *gin.Context) (q results.StationQuery, err error) {
	w, err := readWindow(c)
	if err != nil {
		return q, err
	}
	q.After, q.Limit = w.cursor, w.limit
	var checks problem.Checks
	if s, _ := parameter(c, "constituency_id", &checks); s != "" {
		if q.ConstituencyID, err = strconv.ParseInt(s, 10, 64); err != nil || q.ConstituencyID < 1 {
			checks.Add("constituency_id", messages.FieldChooseConstituency())
		}
	}
	if s, _ := parameter(c, "state", &checks); s != "" {
		q.State = ballots.StationState(s)
		if !slices.Contains(ballots.StationStates(), q.State) {
			checks.Add("state", messages.FieldChooseStationState())
		}
	}
	return q, checks.Err()
}

// StationsCSV answers GET /elections/{id}/stations.csv: a header, and one line a polling station and candidacy.
func (a *API) StationsCSV(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	a.public(c, cache.Key{Page: "stations.csv", Election: id}, func(ctx context.Context) (cache.Drawing, error) {
		t, err := a.services.Results.StationTable(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		return opendata.StationsCSV(t)
	})
}

// viewStationPoints draws an open point about polling stations: one point for each station.
func viewStationPoints(ctx context.Context, p *results.OpenPoint, lifted *liftingView) (views []openPointView) {
	for i := range p.Stations {
		s := &p.Stations[i]
		views = append(views, openPointView{
			Code: p.Code, ConstituencyID: p.ConstituencyID, StationID: s.ID, Liftable: p.Liftable, Lifted: lifted,
			Message: results.StationNotCounted(p.Constituency, s).In(ctx),
		})
	}
	return views
}
