package pages

import (
	"context"

	"github.com/gin-gonic/gin"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/internal/audit"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
)

// AdminBatchRetract takes a batch out of the count, for a reason.
func (p *Pages) AdminBatchRetract(c *gin.Context) { p.moveBatch(c, p.Batches.Retract) }

// AdminBatchRestore puts a retracted batch back in its place, for a reason.
func (p *Pages) AdminBatchRestore(c *gin.Context) { p.moveBatch(c, p.Batches.Restore) }

func (p *Pages) moveBatch(c *gin.Context, act func(context.Context, audit.Actor, int64, string) (batch.Batch, error)) {
	id, ok := pathID(c, "batch")
	if !ok {
		respond.Error(c, ballots.ErrUnknownBatch)
		return
	}
	_, err := act(c.Request.Context(), principal.Actor(c), id, formValue(c, "reason"))
	if err != nil {
		problems, status, ok := formProblems(err)
		if !ok {
			respond.Error(c, err)
			return
		}
		p.showBatch(c, status, view.MoveForm{Reason: formValue(c, "reason"), Problems: problems})
		return
	}
	respond.SeeOther(c, "/batches/"+decimal(id))
}
