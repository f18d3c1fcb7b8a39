package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/elections/turnout"
	"urna/results"
	"urna/web/cache"
	"urna/web/opendata"
	"urna/web/principal"
	"urna/web/respond"
)

// turnoutView is the turnout by counted ballots and, apart from it, what officials reported.
type turnoutView struct {
	ElectionID     int64                     `json:"election_id"`
	State          elections.State           `json:"state"`
	Ballots        *castView                 `json:"ballots"` // null before the opening
	Hours          []turnoutHourView         `json:"hours"`
	Corrections    int                       `json:"corrections"`
	Constituencies []turnoutConstituencyView `json:"constituencies"`
}

type turnoutConstituencyView struct {
	ID      int64             `json:"id"`
	Name    string            `json:"name"`
	Ballots *castView         `json:"ballots"`
	Hours   []turnoutHourView `json:"hours"`
}

type castView struct {
	Cast             int64        `json:"cast"`
	RegisteredVoters *int64       `json:"registered_voters"`
	Turnout          *json.Number `json:"turnout"`
}

type turnoutHourView struct {
	At               time.Time    `json:"at"`
	Places           int          `json:"places"`
	Reported         int          `json:"places_reported"`
	Voters           int64        `json:"voters"`
	RegisteredVoters *int64       `json:"registered_voters"`
	Turnout          *json.Number `json:"turnout"`
}

type turnoutReportView struct {
	ID             int64            `json:"id"`
	ConstituencyID int64            `json:"constituency_id"`
	StationID      *int64           `json:"station_id"`
	At             time.Time        `json:"at"`
	Voters         int64            `json:"voters"`
	Reason         string           `json:"reason"`
	Replaces       *turnoutReplaced `json:"replaces"`
	ReportedAt     time.Time        `json:"reported_at"`
}

type turnoutReplaced struct {
	ID     int64 `json:"id"`
	Voters int64 `json:"voters"`
}

// Turnout answers GET /elections/{id}/turnout.
func (a *API) Turnout(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	a.public(c, cache.Key{Page: "turnout", Election: id}, func(ctx context.Context) (cache.Drawing, error) {
		public, err := a.services.Results.Public(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		reported, err := a.services.Turnout.Summary(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		return asJSON(viewTurnout(public, reported), public.Until)
	})
}

func viewTurnout(public *results.Public, reported *turnout.Summary) turnoutView {
	v := turnoutView{
		ElectionID: public.Election.ID, State: public.State, Hours: viewHours(reported.Hours), Corrections: reported.Corrections,
		Constituencies: make([]turnoutConstituencyView, len(public.Election.Constituencies)),
	}
	for i, c := range public.Election.Constituencies {
		v.Constituencies[i] = turnoutConstituencyView{ID: c.ID, Name: c.Name, Hours: []turnoutHourView{}}
		if i < len(reported.Constituencies) && reported.Constituencies[i].ID == c.ID {
			v.Constituencies[i].Hours = viewHours(reported.Constituencies[i].Hours)
		}
	}
	if public.Turnout == nil {
		return v
	}
	v.Ballots = viewCast(public.Turnout.Ballots)
	for i, c := range public.Turnout.Constituencies {
		v.Constituencies[i].Ballots = viewCast(c.Ballots)
	}
	return v
}

func viewCast(b results.Ballots) *castView {
	whole := viewBallots(b)
	return &castView{Cast: whole.Cast, RegisteredVoters: whole.RegisteredVoters, Turnout: whole.Turnout}
}

func viewHours(hours []turnout.Hour) []turnoutHourView {
	views := make([]turnoutHourView, len(hours))
	for i, h := range hours {
		views[i] = turnoutHourView{
			At: h.At, Places: h.Places, Reported: h.Reported, Voters: h.Voters, RegisteredVoters: known(h.Registered),
		}
		if h.Registered > 0 {
			share := json.Number(results.NewFraction(h.Voters, h.Registered).Decimal())
			views[i].Turnout = &share
		}
	}
	return views
}

// TurnoutCSV answers GET /elections/{id}/turnout.csv: a header, and one line a report.
func (a *API) TurnoutCSV(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	a.public(c, cache.Key{Page: "turnout.csv", Election: id}, func(ctx context.Context) (cache.Drawing, error) {
		return opendata.TurnoutCSV(ctx, a.services.Turnout, id)
	})
}

// StationTurnoutCreate answers POST /elections/{id}/stations/{station}/turnout.
func (a *API) StationTurnoutCreate(c *gin.Context) {
	a.reportTurnout(c, "station", elections.ErrUnknownStation, func(d *turnout.Draft, id int64) { d.StationID = id })
}

// ConstituencyTurnoutCreate answers POST /elections/{id}/constituencies/{constituency}/turnout.
func (a *API) ConstituencyTurnoutCreate(c *gin.Context) {
	a.reportTurnout(c, "constituency", turnout.ErrUnknownConstituency, func(d *turnout.Draft, id int64) { d.ConstituencyID = id })
}

// reportTurnout stores a figure for the place that a part of the path names.
func (a *API) reportTurnout(c *gin.Context, part string, unknown error, place func(*turnout.Draft, int64)) {
	d := turnout.Draft{Voters: -1} // which no figure is
	err := readBody(c, object{"at": instant(&d.Hour), "voters": integer(&d.Voters), "reason": nullable(text(&d.Reason))})
	if err != nil {
		respond.Error(c, err)
		return
	}
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	placeID, err := strconv.ParseInt(c.Param(part), 10, 64)
	if err != nil || placeID < 1 {
		respond.Error(c, unknown)
		return
	}
	place(&d, placeID)
	report, err := a.services.Turnout.Enter(c.Request.Context(), principal.Actor(c), id, d)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusCreated, viewTurnoutReport(report))
}

func viewTurnoutReport(r turnout.Report) turnoutReportView {
	v := turnoutReportView{
		ID: r.ID, ConstituencyID: r.ConstituencyID, StationID: known(r.StationID), At: r.Hour.UTC(), Voters: r.Voters, Reason: r.Reason,
		ReportedAt: r.ReportedAt.UTC(),
	}
	if r.Replaced != nil {
		v.Replaces = &turnoutReplaced{ID: r.Replaced.ID, Voters: r.Replaced.Voters}
	}
	return v
}
