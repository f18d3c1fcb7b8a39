package web

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// What the tests in package web_test see of this package beside its exported names. They are in a package of their own
// because they open their services with package app, which imports this one.
const (
	EPMSBase            = epmsBase
	SessionIdle         = sessionIdle
	SessionLifetime     = sessionLifetime
	MaxUploadsOfAccount = maxUploadsOfAccount
)

// Bare is a server without a listener.
type Bare struct{ server *server }

// NewBare returns a server without a listener.
func NewBare(services Services, o Options) *Bare { return &Bare{newServer(services, o)} }

// Handler returns everything that a request passes through.
func (b *Bare) Handler() http.Handler { return b.server.handler() }

// Routes returns the routes of the server's router.
func (b *Bare) Routes() gin.RoutesInfo { return b.server.router().Routes() }

// EndFeeds ends all live feeds.
func (b *Bare) EndFeeds() { b.server.pages.EndFeeds() }

// SetSessionIdle sets how long a session lasts without a request.
func (b *Bare) SetSessionIdle(d time.Duration) { b.server.sessions.IdleTimeout = d }

// HTTP returns the HTTP server of a server.
func (s *Server) HTTP() *http.Server { return s.http }

// Kept returns the number of answers in the cache.
func (b *Bare) Kept() int {
	answers, _ := b.server.pages.Cache.Len()
	return answers
}
