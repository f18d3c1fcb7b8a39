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
	BundleOf(ctx context.Context, electionID int64, number int, form bundle.Form) (path string, err error)
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
	number, err := bundle.CertificationNumber(c.GetQuery("certification"))
	if err != nil {
		respond.Error(c, err)
		return
	}
	path, err := p.Bundles.BundleOf(c.Request.Context(), id, number, form)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.File(c, path, bundle.FileName(id, number, form), "application/zip")
}
