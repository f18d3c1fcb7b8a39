package pages

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/ballots/protocol"
	"urna/ballots/protocol/scan"
	"urna/elections"
	"urna/elections/participants"
	"urna/elections/turnout"
	"urna/internal/audit"
	"urna/internal/audit/countersign"
	"urna/internal/messages"
	"urna/internal/problem/warning"
	"urna/results"
	"urna/web/cache"
	"urna/web/live"
	"urna/web/principal"
	"urna/web/publicurl"
	"urna/web/view"
)

// auditLog is what the pages read of the audit log.
type auditLog interface {
	Events(ctx context.Context, f audit.Filter) ([]audit.Event, error)
	Each(ctx context.Context, f audit.Filter, fn func(audit.Event) error) error
	Head(ctx context.Context) (hash string, events int64, err error)
}

// pageOfBatches is how many batches a list shows at once.
const pageOfBatches = 50

// Services are what the pages stand on.
type Services struct {
	Auth *auth.Service
	// Approvals are the acts that need a second administrator; nil shows no banner.
	Approvals    *auth.Approvals
	Elections    *elections.Service
	Participants *participants.Service
	Batches      *batch.Service
	// Protocols are the protocols of polling stations, Scans the files of their scans.
	Protocols *protocol.Service
	Scans     scan.Store
	Votes     *online.Service
	Results   *results.Service
	Turnout   *turnout.Service
	// Sessions are loaded by middleware on every page route but the live feed.
	Sessions *scs.SessionManager
	// BrowserSessions is the store behind Sessions, which knows all of an account's.
	BrowserSessions *auth.SessionStore
	Audit           auditLog
	// Bundles are the results bundles of certified elections.
	Bundles bundles
	// Countersign keeps the checkpoints of the audit log and its witnesses; nil shows no notice.
	Countersign *countersign.Service
	// PublicURL is the address of the service as voters open it.
	PublicURL *publicurl.Setting
	// Registration says whether anybody can make an account.
	Registration auth.Registration
	// Cache keeps the public pages.
	Cache *cache.Cache
	// MaxUpload is the largest file taken, in bytes.
	MaxUpload int64
	// Secure tells that browsers reach the server over TLS.
	Secure bool
	Now    func() time.Time
	// Clock says whether the machine's clock can be trusted; nil always trusts it.
	Clock Clock
	// Warnings returns what an operator should know; nil has none.
	Warnings func(context.Context) []warning.Warning
	// Backups are those that the server makes by itself; nil makes none.
	Backups Backups
	// Languages are those among which readers choose.
	Languages []messages.Language
	// Contact says whom voters and officials can ask; "" shows nothing. Sender and USLetter are about letters.
	Contact, Sender string
	USLetter        bool
	Version         string
}

// Pages holds the handlers.
type Pages struct {
	Services

	watchers *live.Hub
	issues   *keyIssues
	reissues spentForms
}

// New returns the handlers over the given services.
func New(s Services) *Pages {
	p := &Pages{Services: s, issues: newKeyIssues(s.Votes)}
	p.watchers = live.New(live.Options{Draw: p.snapshot, Watch: s.Results.Watch, Now: s.Now})
	return p
}

// Watchers returns how many live feeds are open.
func (p *Pages) Watchers() int { return p.watchers.Watchers() }

// EndFeeds ends all live feeds, and breaks off keys that are being issued, now and from now on, so that
// the server can stop. It returns when the last one has ended.
func (p *Pages) EndFeeds() {
	p.watchers.Stop()
	p.issues.stop()
}

// page returns what surrounds a page's content.
func (p *Pages) page(c *gin.Context, section view.Section, title messages.Message) view.Page {
	return p.surround(p.reader(c), section, title)
}

// surround returns what surrounds a page's content for a reader, nil for one who is not signed in.
func (p *Pages) surround(reader *view.Person, section view.Section, title messages.Message) view.Page {
	return view.Page{Title: title, Section: section, Version: p.Version, Person: reader}
}

// reader returns who makes the request, nil if they are not signed in.
func (p *Pages) reader(c *gin.Context) *view.Person {
	u, ok := principal.Of(c)
	if !ok {
		return nil
	}
	works := p.Auth.MayWork(u) == nil // else the pages that cannot be reached yet are not shown
	person := &view.Person{
		Name: u.Name(), Administrator: works && u.Role == auth.Administrator, Official: works && u.Role == auth.Official,
		Observer: works && u.Role == auth.Observer,
	}
	if person.Administrator {
		person.Approvals = p.waitingApprovals(c.Request.Context())
		person.Clock = p.clockNotice()
		person.Witnesses = p.witnessNotice(c.Request.Context())
		person.Warnings = p.warnings(c.Request.Context())
	}
	return person
}

// warnings returns what every page of an administrator says to the operator.
func (p *Pages) warnings(ctx context.Context) (list []view.Warning) {
	if p.Warnings == nil {
		return nil
	}
	for _, w := range p.Warnings(ctx) {
		list = append(list, view.Warning{Code: w.Code, Sentence: w.Sentence, Detail: w.Detail, Path: w.Path})
	}
	return list
}

// home returns where a person's work begins.
func home(u auth.User) string {
	switch u.Role {
	case auth.Administrator:
		return "/admin"
	case auth.Observer:
		return observerPath
	case auth.Official:
	}
	return "/official"
}

// pathID returns a number from the path; false for anything that no service ever gave out as an id.
func pathID(c *gin.Context, name string) (int64, bool) {
	id, err := strconv.ParseInt(c.Param(name), 10, 64)
	return id, err == nil && id > 0
}

// queryID returns a number from the query, or 0 if there is none.
func queryID(c *gin.Context, name string) int64 {
	id, err := strconv.ParseInt(c.Query(name), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// election returns the published election that the path names.
func (p *Pages) election(c *gin.Context) (*elections.Election, error) {
	id, ok := pathID(c, "election")
	if !ok {
		return nil, elections.ErrUnknownElection
	}
	return p.Elections.Election(c.Request.Context(), id)
}

// electionOrDraft is election for the pages on which administrators define elections.
func (p *Pages) electionOrDraft(c *gin.Context) (*elections.Election, error) {
	id, ok := pathID(c, "election")
	if !ok {
		return nil, elections.ErrUnknownElection
	}
	return p.Elections.ElectionOrDraft(c.Request.Context(), id)
}

// tagOf returns the language of a page, for names that are given in several.
func tagOf(ctx context.Context) string { return messages.From(ctx).Language() }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// personal keeps a page with personal data out of every cache.
func personal(c *gin.Context) { c.Header("Cache-Control", "no-store") }

// formValue returns the first value of a field of the posted form.
func formValue(c *gin.Context, name string) string {
	if err := c.Request.ParseForm(); err != nil {
		return ""
	}
	return c.Request.PostForm.Get(name)
}

// isHead reports whether the answer's head alone is asked for: what it would hold is then neither read nor recorded.
func isHead(c *gin.Context) bool { return c.Request.Method == http.MethodHead }

func isHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }
