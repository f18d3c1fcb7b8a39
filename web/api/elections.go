package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/elections"
	"urna/web/cache"
	"urna/web/principal"
	"urna/web/respond"
)

// Elections answers GET /elections; administrators get drafts, too. The first page of the default length is kept in the cache; a query is always
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
		all, err := a.visible(ctx, c)
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
	fields := electionFields(&draft)
	fields["draft"] = truth(&draft.AsDraft)
	if err := readUpTo(c, maxDefinition, fields); err != nil {
		respond.Error(c, err)
		return
	}
	e, err := a.services.Elections.Create(c.Request.Context(), principal.Actor(c), draft)
	if err != nil {
		respond.Error(c, namedAsHere(err))
		return
	}
	a.respondStored(c, http.StatusCreated, e)
}

// Election answers GET /elections/{id}; a draft to administrators only.
func (a *API) Election(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	a.public(c, cache.Key{Page: "definition", Election: id}, func(ctx context.Context) (cache.Drawing, error) {
		now := a.services.Elections.Now()
		e, err := a.visibleElection(ctx, c, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		v, err := a.viewWithStations(ctx, e)
		if err != nil {
			return cache.Drawing{}, err
		}
		return asJSON(v, nextTurn(now, e))
	})
}

// ElectionChange answers PATCH /elections/{id}: fields that are absent, in the rules too, stay as they are;
// constituencies, where they are given without ids, replace all that there were.
func (a *API) ElectionChange(c *gin.Context) {
	e, ok := a.electionOrDraft(c)
	if !ok {
		return
	}
	stations, err := a.services.Elections.Stations(c.Request.Context(), e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	draft := e.Draft()
	fields := electionFields(&draft)
	fields["constituencies"] = partsOf(e, stations, &draft)
	fields["reason"] = text(&draft.Reason)
	if err := readUpTo(c, maxDefinition, fields); err != nil {
		respond.Error(c, err)
		return
	}
	e, err = a.services.Elections.Change(c.Request.Context(), principal.Actor(c), e.ID, draft)
	if err != nil {
		respond.Error(c, namedAsHere(err))
		return
	}
	a.respondStored(c, http.StatusOK, e)
}

// electionOrDraft is election for calls with which administrators define elections.
func (a *API) electionOrDraft(c *gin.Context) (*elections.Election, bool) {
	return a.found(c, a.services.Elections.ElectionOrDraft)
}

// election returns the published election that the path names, or answers that there is none.
func (a *API) election(c *gin.Context) (*elections.Election, bool) {
	return a.found(c, a.services.Elections.Election)
}

func (a *API) found(c *gin.Context, read func(context.Context, int64) (*elections.Election, error)) (*elections.Election, bool) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return nil, false
	}
	e, err := read(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return nil, false
	}
	return e, true
}

// seesDrafts reports whether the caller is an administrator. Answers to others may come from the cache.
func seesDrafts(c *gin.Context) bool {
	u, signedIn := principal.Of(c)
	return signedIn && u.Role == auth.Administrator && !respond.IsShared(c)
}

// visible returns the elections that the caller may see.
func (a *API) visible(ctx context.Context, c *gin.Context) ([]*elections.Election, error) {
	if seesDrafts(c) {
		return a.services.Elections.ElectionsAndDrafts(ctx)
	}
	return a.services.Elections.Elections(ctx)
}

// visibleElection returns an election if the caller may see it.
func (a *API) visibleElection(ctx context.Context, c *gin.Context, id int64) (*elections.Election, error) {
	if seesDrafts(c) {
		return a.services.Elections.ElectionOrDraft(ctx, id)
	}
	return a.services.Elections.Election(ctx, id)
}
