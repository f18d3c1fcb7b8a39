package pages

import (
	"context"
	"strconv"

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
	number := 0 // the last certification
	if text, given := c.GetQuery("certification"); given {
		var err error
		if number, err = strconv.Atoi(text); err != nil || number < 1 {
			respond.Error(c, bundle.ErrUnknownCertification)
			return
		}
	}
	path, err := p.Bundles.BundleOf(c.Request.Context(), id, number, form)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.File(c, path, bundle.FileName(id, number, form), "application/zip")
}
