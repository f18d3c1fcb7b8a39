package api

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
}

// Bundle answers GET /elections/{id}/bundle.zip with the public form.
func (a *API) Bundle(c *gin.Context) { a.bundle(c, bundle.Public) }

// BundleFull answers GET /elections/{id}/bundle-full.zip.
func (a *API) BundleFull(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	a.bundle(c, bundle.Full)
}

func (a *API) bundle(c *gin.Context, form bundle.Form) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	number, err := bundle.CertificationNumber(c.GetQuery("certification"))
	if err != nil {
		respond.Error(c, err)
		return
	}
	path, err := a.services.Bundles.BundleOf(c.Request.Context(), id, number, form)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.File(c, path, bundle.FileName(id, number, form), "application/zip")
}
