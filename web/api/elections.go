package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/web/cache"
	"urna/web/principal"
	"urna/web/respond"
)

// Elections answers GET /elections. The first page of the default length is kept in the cache; a query is always
// answered from the database.
func (a *API) Elections(c *gin.Context) {
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	key := cache.Key{Page: "elections"}
	if c.Request.URL.RawQuery != "" {
		key = cache.Key{}
	}
	a.public(c, key, func(ctx context.Context) (cache.Drawing, error) {
		now := a.services.Elections.Now()
		all, err := a.services.Elections.Elections(ctx)
		if err != nil {
			return cache.Drawing{}, err
		}
		page, err := pageOf(w, all, func(e *elections.Election) int64 { return e.ID }, a.viewElection)
		if err != nil {
			return cache.Drawing{}, err
		}
		return asJSON(page, nextTurn(now, all...))
	})
}

// nextTurn returns when the clock alone changes the state of any of the elections next; the zero time if it does not.
func nextTurn(now time.Time, all ...*elections.Election) (next time.Time) {
	for _, e := range all {
		for _, turn := range []time.Time{e.StartsAt, e.EndsAt} {
			if turn.After(now) && (next.IsZero() || turn.Before(next)) {
				next = turn
			}
		}
	}
	return next
}

// ElectionCreate answers POST /elections.
func (a *API) ElectionCreate(c *gin.Context) {
	var draft elections.Draft
	if err := readBody(c, electionFields(&draft)); err != nil {
		respond.Error(c, err)
		return
	}
	e, err := a.services.Elections.Create(c.Request.Context(), principal.Actor(c), draft)
	if err != nil {
		respond.Error(c, namedAsHere(err))
		return
	}
	created(c, "elections", e.ID, a.viewStoredElection(c.Request.Context(), e))
}

// Election answers GET /elections/{id}.
func (a *API) Election(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	a.public(c, cache.Key{Page: "definition", Election: id}, func(ctx context.Context) (cache.Drawing, error) {
		now := a.services.Elections.Now()
		e, err := a.services.Elections.Election(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		return asJSON(a.viewElection(e), nextTurn(now, e))
	})
}

// ElectionChange answers PATCH /elections/{id}: fields that are absent, in the rules too, stay as they
// are; constituencies, where they are given, replace all that there were.
func (a *API) ElectionChange(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	draft := e.Draft()
	fields := electionFields(&draft)
	fields["reason"] = text(&draft.Reason)
	if err := readBody(c, fields); err != nil {
		respond.Error(c, err)
		return
	}
	e, err := a.services.Elections.Change(c.Request.Context(), principal.Actor(c), e.ID, draft)
	if err != nil {
		respond.Error(c, namedAsHere(err))
		return
	}
	respond.JSON(c, http.StatusOK, a.viewStoredElection(c.Request.Context(), e))
}

// election returns the election that the path names, or answers that there is none.
func (a *API) election(c *gin.Context) (*elections.Election, bool) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return nil, false
	}
	e, err := a.services.Elections.Election(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return nil, false
	}
	return e, true
}
