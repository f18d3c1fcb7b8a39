package api

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/web/respond"
)

// warningView is a warning for an administrator; nothing is refused because of it.
type warningView struct {
	Code           string `json:"code"`
	ConstituencyID int64  `json:"constituency_id"`
	Message        string `json:"message"`
}

// fewVoters warns of constituencies with few online voters; the list is empty for none.
func fewVoters(ctx context.Context, few []*elections.Constituency) []warningView {
	warnings := make([]warningView, 0, len(few))
	for _, c := range few {
		warnings = append(warnings, warningView{
			Code: "few-online-voters", ConstituencyID: c.ID, Message: messages.ElectionsFewOnlineVoters(c.Name).In(ctx),
		})
	}
	return warnings
}

// storedElection is an election as it was just stored, with warnings.
type storedElection struct {
	electionView

	Warnings []warningView `json:"warnings"`
}

// respondStored answers with an election as it was just stored.
func (a *API) respondStored(c *gin.Context, status int, e *elections.Election) {
	ctx := c.Request.Context()
	v, err := a.viewWithStations(ctx, e)
	if err != nil {
		respond.Error(c, err)
		return
	}
	stored := storedElection{v, fewVoters(ctx, e.WithFewOnlineVoters())}
	if status == http.StatusCreated {
		created(c, "elections", e.ID, stored)
		return
	}
	respond.JSON(c, status, stored)
}
