package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/audit"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
)

type actorView struct {
	ID   int64  `json:"id"` // 0: the command line or Urna itself
	Name string `json:"name"`
	From string `json:"from"`
}

type auditEventView struct {
	ID      int64           `json:"id"`
	At      time.Time       `json:"at"`
	Actor   actorView       `json:"actor"`
	Action  string          `json:"action"`
	Subject string          `json:"subject"`
	Detail  json.RawMessage `json:"detail"`
	Hash    string          `json:"hash"`
}

func viewAuditEvent(e audit.Event) auditEventView {
	return auditEventView{
		ID: e.ID, At: e.At.UTC(), Actor: actorView{ID: e.Actor.ID, Name: e.Actor.Name, From: e.Actor.From},
		Action: e.Action, Subject: e.Subject, Detail: json.RawMessage(e.Detail), Hash: e.Hash,
	}
}

// AuditEvents answers GET /audit-events, newest first. The cursor is an event's id, so that events which
// are added meanwhile shift no page. An observer of some elections reads the events about these.
func (a *API) AuditEvents(c *gin.Context) {
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	var checks problem.Checks
	filter := audit.Filter{Before: w.cursor, Limit: w.limit + 1} // one more tells whether there is another page
	for name, into := range map[string]*string{"action": &filter.Action, "subject": &filter.Subject, "actor": &filter.Actor} {
		*into, _ = parameter(c, name, &checks)
	}
	if err := checks.Err(); err != nil {
		respond.Error(c, err)
		return
	}
	caller, _ := principal.Of(c)
	reads, err := a.services.Auth.Observed(c.Request.Context(), caller)
	if err != nil {
		respond.Error(c, err)
		return
	}
	filter.Elections = reads.Elections
	events, err := a.services.Audit.Events(c.Request.Context(), filter)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, cut(w, events, func(e audit.Event) int64 { return e.ID }, viewAuditEvent))
}
