package pages

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/internal/text/csvtext"
	"urna/web/deadline"
	"urna/web/principal"
	"urna/web/respond"
)

// upload returns the official's own file that the path names.
func (p *Pages) upload(c *gin.Context) (batch.Upload, error) {
	id, ok := pathID(c, "upload")
	if !ok {
		return batch.Upload{}, batch.ErrUnknownUpload
	}
	user, _ := principal.Of(c)
	return p.Batches.Upload(c.Request.Context(), user.ID, id)
}

// OfficialUploadInvalidCSV sends the lines of a file that would not count, as far as they are kept, with the batch that holds
// the GUID of a duplicate.
func (p *Pages) OfficialUploadInvalidCSV(c *gin.Context) {
	u, err := p.upload(c)
	if err == nil && u.DryRun == nil { // before it is compared
		err = batch.ErrUnknownUpload
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="urna-upload-`+decimal(u.ID)+`-not-counted.csv"`)
	c.Status(http.StatusOK)
	if isHead(c) {
		return
	}
	if err := writeNotCounted(csvtext.NewWriter(deadline.NewWriter(c.Writer)), u.DryRun); err != nil {
		deadline.Abort(c.Writer)
	}
}

func writeNotCounted(w *csvtext.Writer, d *batch.DryRun) error {
	type line struct {
		ballots.DryRunLine

		reason ballots.Reason
	}
	lines := make([]line, 0, len(d.InvalidLines)+len(d.DuplicateLines))
	for _, l := range d.InvalidLines {
		lines = append(lines, line{l, ballots.UnknownPollNumber})
	}
	for _, l := range d.DuplicateLines {
		lines = append(lines, line{l, ballots.DuplicateBallot})
	}
	slices.SortFunc(lines, func(a, b line) int { return int(a.Number - b.Number) })
	_ = w.Write("line", "guid", "poll_number", "reason", "counted_in_batch") // the writer keeps the first error
	for _, l := range lines {
		var held any = ""
		if l.HeldBy != 0 {
			held = l.HeldBy
		}
		_ = w.Write(l.Number, l.GUID.String(), l.PollNumber, string(l.reason), held)
	}
	return w.Flush()
}
