package pages

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/text/csvtext"
	"urna/web/deadline"
	"urna/web/respond"
)

// OfficialTemplate sends an empty file of ballots: the line with the names of the columns. It has no ballot, so that a file
// that is made from it never has one of an example.
func (p *Pages) OfficialTemplate(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	columns := []any{"guid", "poll_number"}
	if slices.ContainsFunc(e.Constituencies, func(c elections.Constituency) bool { return c.HasStations }) {
		columns = append(columns, "station")
	}
	personal(c)
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="urna-election-`+decimal(e.ID)+`-ballots.csv"`)
	c.Status(http.StatusOK)
	if isHead(c) {
		return
	}
	w := csvtext.NewWriter(deadline.NewWriter(c.Writer))
	_ = w.Write(columns...) // the writer keeps its error until it is asked
	if err := w.Flush(); err != nil {
		deadline.Abort(c.Writer)
	}
}
