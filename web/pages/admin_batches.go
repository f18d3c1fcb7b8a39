package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/web/respond"
	"urna/web/view"
)

// AdminBatches lists the batches of all officials, by election and state where the query says so.
func (p *Pages) AdminBatches(c *gin.Context) {
	ctx := c.Request.Context()
	list, err := p.Elections.Elections(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	filter := batch.Filter{
		ElectionID: queryID(c, "election"), State: batch.State(c.Query("state")),
		Before: queryID(c, "before"), Limit: pageOfBatches,
	}
	if batchState(filter.State).Text == "" {
		filter.State = ""
	}
	table, err := p.batchTable(ctx, filter, placesOf(list), c.Request.URL)
	if err != nil {
		respond.Error(c, err)
		return
	}
	table.Official, table.Empty = true, "There is no such batch."
	model := view.BatchesPage{
		Page: p.page(c, view.SectionBatches, "Batches"), Table: table,
		Election:  view.Field{Name: "election", Label: "Election", Value: decimal(filter.ElectionID)},
		Elections: []view.Option{{Value: "", Text: "All elections"}},
		State:     view.Field{Name: "state", Label: "State", Value: string(filter.State)},
		States:    []view.Option{{Value: "", Text: "All states"}},
	}
	for _, election := range sortElections(list, p.Now()) {
		model.Elections = append(model.Elections, view.Option{Value: decimal(election.ID), Text: election.Title})
	}
	for _, state := range []batch.State{
		batch.Queued, batch.Processing, batch.Counted, batch.Failed, batch.Retracting, batch.Retracted, batch.Restoring,
	} {
		model.States = append(model.States, view.Option{Value: string(state), Text: batchState(state).Text})
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Batches(model))
}
