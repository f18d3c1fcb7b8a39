package pages

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/internal/audit"
	"urna/internal/text/csvtext"
	"urna/web/deadline"
	"urna/web/principal"
	"urna/web/respond"
)

// pageOfExport is how many lines a download reads at once: however many a batch has, memory holds these.
const pageOfExport = 1000

// BatchInvalidCSV sends a batch's lines that do not count as CSV, in the order of lines, to its official
// and to administrators; for others the batch does not exist.
func (p *Pages) BatchInvalidCSV(c *gin.Context) {
	b, err := p.batch(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	ctx := c.Request.Context()
	reader := principal.Actor(c)
	first, shown, err := p.Batches.InvalidLines(ctx, reader, b.ID, 0, pageOfExport)
	if err != nil {
		respond.Error(c, err) // while it can still be said in an answer of its own
		return
	}
	personal(c)
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="`+invalidFileName(b)+`"`)
	c.Status(http.StatusOK)
	if isHead(c) {
		return
	}
	if err := p.writeInvalid(ctx, csvtext.NewWriter(deadline.NewWriter(c.Writer)), reader, b.ID, first, shown); err != nil {
		slog.WarnContext(ctx, "download of a batch's invalid lines broke off", "batch", b.ID, "error", err)
		deadline.Abort(c.Writer)
	}
}

// invalidFileName names the download; one taken before the batch is settled says that more may follow.
func invalidFileName(b batch.Batch) string {
	name := "urna-batch-" + decimal(b.ID) + "-invalid"
	if !b.Settled() {
		name += "-so-far"
	}
	return name + ".csv"
}

// writeInvalid writes the first page of a batch's lines that do not count, and then all others. A poll number that
// the reader may not see is an empty field.
func (p *Pages) writeInvalid(
	ctx context.Context, w *csvtext.Writer, reader audit.Actor, batchID int64, lines []ballots.InvalidLine, shown bool,
) error {
	// The writer keeps the first error until it is asked.
	_ = w.Write("line", "guid", "poll_number", "reason")
	for {
		for _, line := range lines {
			var pollNumber any = ""
			if shown {
				pollNumber = line.PollNumber
			}
			_ = w.Write(line.Number, line.GUID.String(), pollNumber, string(line.Reason))
		}
		if err := w.Flush(); err != nil || len(lines) < pageOfExport {
			return err
		}
		var err error
		if lines, shown, err = p.Batches.InvalidLines(ctx, reader, batchID, lines[len(lines)-1].Number, pageOfExport); err != nil {
			return err
		}
	}
}
