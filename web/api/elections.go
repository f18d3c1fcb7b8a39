package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/web/principal"
	"urna/web/respond"
)

// Elections answers GET /elections.
func (a *API) Elections(c *gin.Context) {
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	all, err := a.services.Elections.Elections(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	page, err := pageOf(w, all, func(e *elections.Election) int64 { return e.ID }, a.viewElection)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, page)
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
	created(c, "elections", e.ID, a.viewElection(e))
}

// Election answers GET /elections/{id}.
func (a *API) Election(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	respond.JSON(c, http.StatusOK, a.viewElection(e))
}

// ElectionChange answers PATCH /elections/{id}: fields that are absent, in the rules too, stay as they
// are; constituencies, where they are given, replace all that there were.
func (a *API) ElectionChange(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	draft := e.Draft()
	if err := readBody(c, electionFields(&draft)); err != nil {
		respond.Error(c, err)
		return
	}
	e, err := a.services.Elections.Change(c.Request.Context(), principal.Actor(c), e.ID, draft)
	if err != nil {
		respond.Error(c, namedAsHere(err))
		return
	}
	respond.JSON(c, http.StatusOK, a.viewElection(e))
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
