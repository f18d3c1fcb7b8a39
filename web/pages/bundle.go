package pages

import (
	"context"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/results/bundle"
	"urna/web/respond"
)

// bundles writes and finds results bundles.
type bundles interface {
	Bundle(ctx context.Context, electionID int64, form bundle.Form) (path string, err error)
	Fingerprint() string
}

// Bundle hands out the public results bundle.
func (p *Pages) Bundle(c *gin.Context) { p.sendBundle(c, bundle.Public) }

// AdminBundle hands out the full results bundle.
func (p *Pages) AdminBundle(c *gin.Context) {
	personal(c)
	p.sendBundle(c, bundle.Full)
}

func (p *Pages) sendBundle(c *gin.Context, form bundle.Form) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	path, err := p.Bundles.Bundle(c.Request.Context(), id, form)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.File(c, path, "election-"+decimal(id)+"-"+string(form)+".zip", "application/zip")
}
