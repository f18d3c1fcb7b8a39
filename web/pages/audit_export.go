package pages

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/audit"
	"urna/internal/text/csvtext"
	"urna/web/deadline"
	"urna/web/respond"
)

// AdminAuditCSV sends the events that the filter chooses as CSV, oldest first.
func (p *Pages) AdminAuditCSV(c *gin.Context) {
	p.exportAudit(c, "text/csv; charset=utf-8", "urna-audit.csv", func(w io.Writer) (func(audit.Event) error, func() error) {
		writer := csvtext.NewWriter(w)
		// The writer keeps the first error until its end.
		_ = writer.Write("id", "at", "actor_id", "actor", "from", "action", "subject", "detail", "hash")
		row := func(e audit.Event) error {
			return writer.Write(e.ID, exportTime(e.At), e.Actor.ID, e.Actor.Name, e.Actor.From, e.Action, e.Subject, e.Detail, e.Hash)
		}
		return row, writer.Flush
	})
}

// auditLine is an event as JSON lines have it.
type auditLine struct {
	ID      int64           `json:"id"`
	At      string          `json:"at"`
	ActorID int64           `json:"actor_id"`
	Actor   string          `json:"actor"`
	From    string          `json:"from"`
	Action  string          `json:"action"`
	Subject string          `json:"subject"`
	Detail  json.RawMessage `json:"detail"`
	Hash    string          `json:"hash"`
}

// AdminAuditJSONL sends the events that the filter chooses as JSON lines, oldest first.
func (p *Pages) AdminAuditJSONL(c *gin.Context) {
	p.exportAudit(c, "application/jsonl; charset=utf-8", "urna-audit.jsonl", func(w io.Writer) (func(audit.Event) error, func() error) {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false) // the detail stays letter by letter what the hash was made of
		row := func(e audit.Event) error {
			return encoder.Encode(auditLine{
				ID: e.ID, At: exportTime(e.At), ActorID: e.Actor.ID, Actor: e.Actor.Name, From: e.Actor.From,
				Action: e.Action, Subject: e.Subject, Detail: json.RawMessage(e.Detail), Hash: e.Hash,
			})
		}
		return row, func() error { return nil }
	})
}

// exportAudit streams the events in the given form. One that breaks off half way must not look whole:
// then the connection ends without the answer's end.
func (p *Pages) exportAudit(c *gin.Context, contentType, name string, form func(io.Writer) (row func(audit.Event) error, end func() error)) {
	filter, err := p.auditFilter(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	c.Header("Content-Type", contentType)
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Status(http.StatusOK)
	if isHead(c) {
		return
	}
	// However long the log is, it is sent as long as the client reads it.
	row, end := form(deadline.NewWriter(c.Writer))
	if err = p.Audit.Each(c.Request.Context(), filter, row); err == nil {
		err = end()
	}
	if err != nil {
		if c.Request.Context().Err() == nil { // the client is still connected
			slog.ErrorContext(c.Request.Context(), "audit export broke off", "error", err)
		}
		deadline.Abort(c.Writer)
	}
}

// exportTime is an instant in UTC, to the millisecond in which the log keeps it.
func exportTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
