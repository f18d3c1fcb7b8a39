package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/web/cache"
	"urna/web/principal"
	"urna/web/respond"
)

// stationFields takes a polling station of a constituency in an election's body.
func stationFields(into *elections.StationDraft) target { return nested(fieldsOfStation(into)) }

func fieldsOfStation(into *elections.StationDraft) object {
	return object{
		"number": text(&into.Number), "name": text(&into.Name), "place": text(&into.Place),
		"registered_voters": nullable(integer(&into.RegisteredVoters)), "kind": named(&into.Kind),
	}
}

// adminStation is a polling station as administrators see it.
type adminStation struct {
	ID               int64                 `json:"id"`
	ConstituencyID   int64                 `json:"constituency_id"`
	Number           string                `json:"number"`
	Name             string                `json:"name"`
	Place            string                `json:"place"`
	Kind             elections.StationKind `json:"kind"`
	RegisteredVoters *int64                `json:"registered_voters"`
	Exclusion        *exclusionView        `json:"exclusion"`
	// Approval is that for which an annulment or a reopening of it waits; null for none.
	Approval   *approvalView   `json:"approval"`
	Amendments []amendmentView `json:"amendments"`
}

// exclusionView says why no ballots are awaited from a polling station.
type exclusionView struct {
	State  elections.Exclusion `json:"state"`
	Reason string              `json:"reason"`
	At     time.Time           `json:"at"`
}

type amendmentView struct {
	ID             int64                  `json:"id"`
	ConstituencyID int64                  `json:"constituency_id"`
	StationID      *int64                 `json:"station_id"`
	Field          elections.AmendedField `json:"field"`
	From           string                 `json:"from"`
	To             string                 `json:"to"`
	Reason         string                 `json:"reason"`
	By             string                 `json:"by"`
	ApprovedBy     *string                `json:"approved_by"`
	At             time.Time              `json:"at"`
}

func viewAmendment(a elections.Amendment) amendmentView {
	v := amendmentView{
		ID: a.ID, ConstituencyID: a.ConstituencyID, StationID: known(a.StationID), Field: a.Field, From: a.Was, To: a.Became,
		Reason: a.Reason, By: audit.WithoutAddress(a.By), At: a.At.UTC(),
	}
	if a.ApprovedBy != "" {
		name := audit.WithoutAddress(a.ApprovedBy)
		v.ApprovedBy = &name
	}
	return v
}

// Amendments answers GET /elections/{id}/amendments: what was corrected after the opening, newest first.
func (a *API) Amendments(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	key := cache.Key{Page: "amendments.json", Election: id}
	if c.Request.URL.RawQuery != "" {
		key = cache.Key{}
	}
	a.public(c, key, func(ctx context.Context) (cache.Drawing, error) {
		if _, err := a.services.Elections.Election(ctx, id); err != nil {
			return cache.Drawing{}, err
		}
		found, err := a.services.Elections.Amendments(ctx, id, elections.AmendmentFilter{Before: w.cursor, Limit: w.limit + 1})
		if err != nil {
			return cache.Drawing{}, err
		}
		return asJSON(cut(w, found, func(a elections.Amendment) int64 { return a.ID }, viewAmendment), time.Time{})
	})
}

// Station answers GET /elections/{id}/stations/{station}.
func (a *API) Station(c *gin.Context) {
	station, _, err := a.station(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	a.answerStation(c, http.StatusOK, station)
}

// StationClose answers POST /elections/{id}/stations/{station}/closure.
func (a *API) StationClose(c *gin.Context) { a.moveStation(c, a.services.Elections.CloseStation) }

// StationAnnul answers POST /elections/{id}/stations/{station}/annulment.
func (a *API) StationAnnul(c *gin.Context) { a.moveStation(c, a.services.Elections.AnnulStation) }

// StationReopen answers POST /elections/{id}/stations/{station}/reopening.
func (a *API) StationReopen(c *gin.Context) { a.moveStation(c, a.services.Elections.ReopenStation) }

func (a *API) moveStation(c *gin.Context, act func(context.Context, audit.Actor, int64, string) (elections.Station, error)) {
	var reason string
	if err := readBody(c, object{"reason": text(&reason)}); err != nil {
		respond.Error(c, err)
		return
	}
	station, _, err := a.station(c)
	if err == nil {
		station, err = act(c.Request.Context(), principal.Actor(c), station.ID, reason)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	a.answerStation(c, http.StatusOK, station)
}

// station returns the polling station that the path names, in the election that it names.
func (a *API) station(c *gin.Context) (elections.Station, *elections.Election, error) {
	// A text that is no number is no id.
	election, _ := strconv.ParseInt(c.Param("id"), 10, 64)
	id, _ := strconv.ParseInt(c.Param("station"), 10, 64)
	e, err := a.services.Elections.Election(c.Request.Context(), election)
	if err != nil {
		return elections.Station{}, nil, err
	}
	station, err := a.services.Elections.Station(c.Request.Context(), id)
	if err == nil && station.ElectionID != e.ID {
		err = elections.ErrUnknownStation
	}
	return station, e, err
}

func (a *API) answerStation(c *gin.Context, status int, s elections.Station) {
	found, err := a.services.Elections.Amendments(c.Request.Context(), s.ElectionID, elections.AmendmentFilter{StationID: s.ID, Limit: maxLimit})
	if err != nil {
		respond.Error(c, err)
		return
	}
	waits, err := a.services.Auth.Approvals().Waiting(c.Request.Context(), elections.StationSubject(s.ID), approval.AnnulStation, approval.ReopenStation)
	if err != nil {
		respond.Error(c, err)
		return
	}
	v := adminStation{
		ID: s.ID, ConstituencyID: s.ConstituencyID, Number: s.Number, Name: s.Name, Place: s.Place, Kind: s.Kind,
		RegisteredVoters: known(s.RegisteredVoters), Amendments: make([]amendmentView, 0, len(found)),
	}
	if waits != nil {
		proposed := viewApproval(*waits)
		v.Approval = &proposed
	}
	if s.ExcludedAt != nil {
		v.Exclusion = &exclusionView{s.Exclusion, s.ExclusionReason, s.ExcludedAt.UTC()}
	}
	for _, amendment := range found {
		v.Amendments = append(v.Amendments, viewAmendment(amendment))
	}
	respond.JSON(c, status, v)
}
