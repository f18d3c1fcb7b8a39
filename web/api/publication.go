package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/web/principal"
	"urna/web/respond"
)

// ElectionPublish answers POST /elections/{id}/publication: it makes a draft public.
func (a *API) ElectionPublish(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	var p elections.Publication
	if c.Request.ContentLength != 0 {
		if err := readBody(c, object{elections.OpenNow: truth(&p.OpenNow)}); err != nil {
			respond.Error(c, err)
			return
		}
	}
	e, err := a.services.Elections.Publish(c.Request.Context(), principal.Actor(c), id, p)
	if err != nil {
		respond.Error(c, namedAsHere(err))
		return
	}
	a.respondStored(c, http.StatusOK, e)
}

// ElectionDelete answers DELETE /elections/{id}: it deletes a draft.
func (a *API) ElectionDelete(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	if err := a.services.Elections.DeleteDraft(c.Request.Context(), principal.Actor(c), id, ""); err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// ElectionWithdraw answers POST /elections/{id}/withdrawal: 202 if a second administrator has to approve it.
func (a *API) ElectionWithdraw(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	var reason string
	if err := readBody(c, object{"reason": text(&reason)}); err != nil {
		respond.Error(c, err)
		return
	}
	e, err := a.services.Elections.Withdraw(c.Request.Context(), principal.Actor(c), id, reason)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, a.viewElection(e))
}
