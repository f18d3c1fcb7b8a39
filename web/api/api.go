package api

import (
	"context"
	"net/url"
	"strconv"
	"time"

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
	"urna/internal/problem"
	"urna/results"
	"urna/web/cache"
	"urna/web/principal"
	"urna/web/respond"
)

// Base is the path of every route of this package.
const Base = "/api/v1"

// auditLog reads the audit log, newest events first.
type auditLog interface {
	Events(ctx context.Context, f audit.Filter) ([]audit.Event, error)
}

// Services are what the API translates to.
type Services struct {
	Auth         *auth.Service
	Elections    *elections.Service
	Participants *participants.Service
	Batches      *batch.Service
	Protocols    *protocol.Service
	Scans        scan.Store
	Votes        *online.Service
	Results      *results.Service
	Turnout      *turnout.Service
	Audit        auditLog
	Bundles      bundles
	Countersign  *countersign.Service
	// Cache keeps the public answers.
	Cache *cache.Cache
	// Backups are those that the server makes by itself; nil makes none.
	Backups backups
	Now     func() time.Time
	// MaxUpload is the largest body of an upload, in bytes.
	MaxUpload int64
}

// API holds one handler per route.
type API struct{ services Services }

// New returns the API over the given services.
func New(services Services) *API { return &API{services: services} }

// pathID returns the id in the request's path. Anything that is no id names nothing that exists: it is
// answered with unknown, and false is returned.
func pathID(c *gin.Context, unknown error) (int64, bool) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		respond.Error(c, unknown)
		return 0, false
	}
	return id, true
}

// official returns the caller's id where their role shows them only their own batches, else 0. Which elections an observer
// reads is asked besides, with mayObserve.
func official(c *gin.Context) int64 {
	u, ok := principal.Of(c)
	if ok && (u.Role == auth.Administrator || u.Role == auth.Observer) {
		return 0
	}
	// A request without an account gets an id that owns nothing, if a route ever lets it in.
	if !ok {
		return -1
	}
	return u.ID
}

// mayObserve returns refusal to an observer whose account does not read an election; nil to all others.
func (a *API) mayObserve(c *gin.Context, election int64, refusal error) error {
	u, ok := principal.Of(c)
	if !ok || u.Role != auth.Observer {
		return nil
	}
	o, err := a.services.Auth.Observed(c.Request.Context(), u)
	if err == nil && !o.Includes(election) {
		err = refusal
	}
	return err
}

// flag reads a query parameter that is true or false; absent is false.
func flag(c *gin.Context, name string, checks *problem.Checks) bool {
	value, given := parameter(c, name, checks)
	if given && value != "true" && value != "false" {
		checks.Add(name, messages.FieldTrueOrFalse())
	}
	return value == "true"
}

// parameter returns a query parameter and whether it is there; one that is there twice is a problem.
func parameter(c *gin.Context, name string, checks *problem.Checks) (value string, given bool) {
	values := c.QueryArray(name)
	switch len(values) {
	case 0:
		return "", false
	case 1:
		return values[0], true
	default:
		checks.Add(name, messages.FieldQueryParameterTwice())
		return "", false
	}
}

// checkDecodes adds a problem where a part of the query cannot be decoded: net/url passes over such a part, and the
// rest would be answered as if it were all.
func checkDecodes(c *gin.Context, checks *problem.Checks) {
	if _, err := url.ParseQuery(c.Request.URL.RawQuery); err != nil {
		checks.Add("query", messages.FieldQueryUndecodable(err.Error()))
	}
}
