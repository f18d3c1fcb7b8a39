package pages

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
	"urna/web/wallclock"
)

// pageOfEvents is how many events the page shows at once.
const pageOfEvents = 50

// inputDate is what an input of the type date sends.
const inputDate = "2006-01-02"

// AdminAudit shows the audit log, newest first, as far as the filter asks.
func (p *Pages) AdminAudit(c *gin.Context) {
	ctx := c.Request.Context()
	filter, err := p.auditFilter(c)
	if err != nil {
		problems, status, ok := formProblems(err)
		if !ok {
			respond.Error(c, err)
			return
		}
		p.auditPage(c, status, view.AuditPage{Problems: problems})
		return
	}
	filter.Before, filter.Limit = queryID(c, "before"), pageOfEvents+1
	log, err := p.events(ctx, c.Request.URL, filter)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if observes(c) {
		readable(log.Rows)
	}
	p.auditPage(c, http.StatusOK, view.AuditPage{EventLog: log})
}

// events returns a page of events at an address.
func (p *Pages) events(ctx context.Context, address *url.URL, filter audit.Filter) (log view.EventLog, err error) {
	events, err := p.Audit.Events(ctx, filter)
	if err != nil {
		return log, err
	}
	subjects, err := p.subjects(ctx)
	if err == nil {
		err = p.nameStations(ctx, subjects, events)
	}
	if err != nil {
		return log, err
	}
	log.Zone = view.ZoneName(p.zone())
	if len(events) > pageOfEvents {
		events = events[:pageOfEvents]
		log.Older = withQuery(address, "before", decimal(events[pageOfEvents-1].ID))
	}
	for _, e := range events {
		log.Rows = append(log.Rows, eventRow(ctx, e, subjects, p.zone()))
	}
	if filter.Before != 0 {
		log.Newest = withQuery(address, "before", "")
	}
	return log, nil
}

// subjectFilter asks for a page of the events about one subject.
func subjectFilter(subject string, before int64) audit.Filter {
	return audit.Filter{Subject: subject, Before: before, Limit: pageOfEvents + 1}
}

// auditPage adds the form, as it was sent, and the chain's head.
func (p *Pages) auditPage(c *gin.Context, status int, model view.AuditPage) {
	hash, events, err := p.Audit.Head(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	field := func(name string, label, hint messages.Message) kit.Field {
		return kit.Field{Name: name, Label: label, Hint: hint, Value: c.Query(name), Problem: model.Problems.Of(name), Filter: true, Complete: "off"}
	}
	model.Page, model.Head = p.page(c, view.SectionAudit, messages.AuditHeading()), *auditHead(hash, events)
	model.Zone = view.ZoneName(p.zone())
	model.Action = field("action", messages.AuditWhat(), messages.Message{})
	model.Actions = actionOptions(model.Action.Value)
	model.Subject = field("subject", messages.AuditSubject(), messages.AuditSubjectHint())
	model.Actor = field("actor", messages.AuditWho(), messages.AuditWhoHint())
	model.From = field("from", messages.AuditFrom(), messages.Message{})
	model.To = field("to", messages.AuditTo(), messages.Message{})
	model.From.Type, model.To.Type = "date", "date"
	query := filterQuery(c)
	model.Filtered = query != ""
	model.CSV, model.JSONL = "/admin/audit.csv"+query, "/admin/audit.jsonl"+query
	personal(c)
	respond.Page(c, status, view.Audit(model))
}

// auditFilter reads the filter from the query. An observer of some elections reads the events about these. Dates are days of the server's time zone, both included.
func (p *Pages) auditFilter(c *gin.Context) (audit.Filter, error) {
	var checks problem.Checks
	checkFilter(c, &checks)
	day := func(name string) time.Time {
		typed := strings.TrimSpace(c.Query(name))
		if typed == "" {
			return time.Time{}
		}
		t, err := time.Parse(inputDate, typed)
		if err != nil {
			checks.Add(name, messages.FieldEnterDate())
		}
		return t
	}
	f := audit.Filter{
		Action: c.Query("action"), Subject: strings.TrimSpace(c.Query("subject")), Actor: strings.TrimSpace(c.Query("actor")),
		From: day("from"), To: day("to"),
	}
	// A day begins with the first instant that its clocks show, which need not be midnight.
	if !f.From.IsZero() {
		f.From = wallclock.First(f.From, p.zone())
	}
	if !f.To.IsZero() {
		f.To = wallclock.First(f.To.AddDate(0, 0, 1), p.zone())
	}
	if err := checks.Err(); err != nil {
		return f, err
	}
	reads, err := p.observed(c)
	f.Elections = reads.Elections
	return f, err
}

// filterQuery returns what of the query is the filter, "" for none.
func filterQuery(c *gin.Context) string {
	query := url.Values{}
	for _, name := range []string{"action", "subject", "actor", "from", "to"} {
		if value := strings.TrimSpace(c.Query(name)); value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}

// headDigits is how much of the chain's head is shown at first sight.
const headDigits = 16

// auditHead shows the head of the audit log's chain.
func auditHead(hash string, events int64) *view.AuditHead {
	return &view.AuditHead{Short: hash[:min(headDigits, len(hash))], Hash: hash, Events: events}
}

// eventRow shows one event.
func eventRow(ctx context.Context, e audit.Event, known subjects, zone *time.Location) view.EventRow {
	name, address := splitActor(e.Actor.Name)
	row := view.EventRow{
		ID: strconv.FormatInt(e.ID, 10), At: view.NewExactMoment(e.At, zone), Who: name, Email: address, From: e.Actor.From,
		What: actionName(e.Action), Subject: known.name(e.Subject), Hash: e.Hash,
	}
	changes, more := changesOf(ctx, e.Detail, zone)
	row.Changes = changes
	if more > 0 {
		row.More = messages.AuditMoreInExports(int64(more))
	}
	row.Fold = len(changes) > 3
	row.Folded = messages.AuditDetails(int64(len(changes) + more))
	return row
}

// splitActor takes a name and the e-mail behind it apart.
func splitActor(actor string) (name, address string) {
	name, address, found := strings.Cut(actor, " <")
	if !found {
		return actor, ""
	}
	return name, strings.TrimSuffix(address, ">")
}
