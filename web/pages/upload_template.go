package pages

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/text/csvtext"
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
	var file bytes.Buffer
	w := csvtext.NewWriter(&file)
	_ = w.Write(columns...) // a buffer takes everything
	_ = w.Flush()
	c.Header("Content-Disposition", `attachment; filename="urna-election-`+decimal(e.ID)+`-ballots.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", file.Bytes())
}
