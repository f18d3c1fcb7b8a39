package pages

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/web/caller"
	"urna/web/respond"
	"urna/web/view"
)

// OfficialHome shows what takes batches now and what this official has sent.
func (p *Pages) OfficialHome(c *gin.Context) {
	ctx := c.Request.Context()
	user, _ := caller.Of(c)
	list, err := p.Elections.Elections(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	filter := batch.Filter{OfficialID: user.ID, Before: queryID(c, "before"), Limit: pageOfBatches}
	table, err := p.batchTable(ctx, filter, placesOf(list), c.Request.URL)
	if err != nil {
		respond.Error(c, err)
		return
	}
	table.Empty = "You have sent none yet."
	model := view.OfficialPage{Page: p.page(c, view.SectionOfficial, "Upload ballots"), Table: table}
	now := p.Now()
	for _, election := range sortElections(list, now) {
		if takesBatches(election, now) {
			model.Elections = append(model.Elections, officialElection(election, now))
		}
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Official(model))
}

// takesBatches says whether to offer an upload; the service alone decides about each one.
func takesBatches(e *elections.Election, now time.Time) bool {
	state := e.StateAt(now)
	return e.Takes(elections.Batches) && (state == elections.Open || state == elections.Counting)
}

func officialElection(e *elections.Election, now time.Time) view.OfficialElection {
	state := e.StateAt(now)
	return view.OfficialElection{
		Href: "/official/elections/" + decimal(e.ID), Title: e.Title, State: electionState(state), Marks: rehearsalMarks(e),
		Ends: view.NewMoment(e.EndsAt, e.Location()), Over: state == elections.Counting,
	}
}
