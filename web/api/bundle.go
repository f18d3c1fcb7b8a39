package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/results/publish"
	"urna/web/respond"
)

// bundles writes and finds results bundles.
type bundles interface {
	Bundle(ctx context.Context, electionID int64, form publish.Form) (path string, err error)
}

// Bundle answers GET /elections/{id}/bundle.zip with the public form.
func (a *API) Bundle(c *gin.Context) { a.bundle(c, publish.Public) }

// BundleFull answers GET /elections/{id}/bundle-full.zip.
func (a *API) BundleFull(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	a.bundle(c, publish.Full)
}

func (a *API) bundle(c *gin.Context, form publish.Form) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	path, err := a.services.Bundles.Bundle(c.Request.Context(), id, form)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.File(c, path, "election-"+strconv.FormatInt(id, 10)+"-"+string(form)+".zip", "application/zip")
}

// ConstituenciesCSV answers GET /elections/{id}/constituencies.csv: a header, and one line a constituency.
func (a *API) ConstituenciesCSV(c *gin.Context) {
	figures, ok := a.figures(c)
	if !ok {
		return
	}
	sendCSV(c, "constituencies-"+strconv.FormatInt(figures.ElectionID, 10)+".csv", func(w io.Writer) error {
		return publish.WriteConstituenciesCSV(w, figures)
	})
}

// sendCSV answers with a CSV export under a name.
func sendCSV(c *gin.Context, name string, write func(io.Writer) error) {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		respond.Error(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	respond.Body(c, http.StatusOK, "text/csv; charset=utf-8; header=present", b.Bytes())
}
