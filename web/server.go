package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
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
	"urna/internal/app/openfiles"
	"urna/internal/audit"
	"urna/internal/audit/countersign"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/problem/warning"
	"urna/results"
	"urna/results/bundle"
	"urna/web/api"
	"urna/web/cache"
	"urna/web/connections"
	"urna/web/deadline"
	"urna/web/epms"
	"urna/web/pages"
	"urna/web/publicurl"
	"urna/web/respond"
	"urna/web/vote"
)

// Services are what the pages and the API translate to.
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
	// Sessions keeps browser sessions.
	Sessions *auth.SessionStore
	// Audit reads the audit log.
	Audit *audit.Reader
	// Bundles are the results bundles of certified elections.
	Bundles *bundle.Service
	// Countersign keeps the checkpoints of the audit log and its witnesses.
	Countersign *countersign.Service
	// PublicURL is the address of the service as voters open it.
	PublicURL *publicurl.Setting
	// Contact says whom voters and officials can ask; "" shows nothing. Sender and USLetter are about letters.
	Contact, Sender string
	USLetter        bool
	// EPMS answers the EPMS contract.
	EPMS *epms.EPMS
	// Registration says whether everybody can make an account; the pages warn of it.
	Registration auth.Registration
	// Ready reports why the server cannot work at the moment, nil where it can.
	Ready func(context.Context) error
	// Warnings returns what an operator should know while the server works; nil has none.
	Warnings func(context.Context) []warning.Warning
	// Backups are those that the server makes by itself; nil makes none.
	Backups pages.Backups
	// Clock says whether the machine's clock can be trusted; nil always trusts it.
	Clock pages.Clock
}

// Options are the server's settings.
type Options struct {
	Now       func() time.Time
	Version   string
	MaxUpload int64 // bytes of one upload
	// TLS, where it is set, is spoken on the listener; the server must have a certificate in it.
	TLS *tls.Config
	// Secure tells that browsers reach the server over TLS, directly or through a declared proxy: cookies
	// are then sent over TLS only, and browsers are told to come back that way.
	Secure bool
	// TrustedProxies are the addresses or CIDR ranges whose X-Forwarded-For header is believed.
	TrustedProxies []string
	// MaxConnections bounds the connections beside live feeds; 0 is openfiles.Connections.
	MaxConnections int
	// Language renders the sentences of all pages and answers, for tests; nil lets readers choose.
	Language *messages.Localizer
	// Languages are those among which readers choose; nil is messages.Offered, for readers who want none of them in English.
	Languages *messages.Choice
	// Dev serves /styleguide, too.
	Dev bool
	// Observe, if it is set, learns of every request that was answered.
	Observe func(Answered)
}

// languages returns those among which readers choose.
func (o *Options) languages() []messages.Language {
	if o.Language != nil {
		return nil
	}
	return o.Languages.Languages()
}

// Answered is a request that was answered.
type Answered struct {
	Method string // as the client sent it
	Route  string // the pattern of the path, "" for none
	Status int
	Took   time.Duration
	Feed   bool // a live feed
	Voter  bool // one of the routes on which voters vote
}

// The life of a browser session: without a request, and in all.
const (
	sessionIdle     = time.Hour
	sessionLifetime = 12 * time.Hour
)

// server holds what the routes need.
type server struct {
	services Services
	options  Options
	sessions *scs.SessionManager
	pages    *pages.Pages
	api      *api.API
	votes    *vote.Handler
	readable map[string]bool // the patterns of routes that answer GET
	uploads  uploadLimit
}

// Server serves everything Urna serves on one listener.
type Server struct {
	http     *http.Server
	watchers func() int
	endFeeds func()
	limit    *connections.Limit
	expected atomic.Pointer[expectation]
}

// New returns a server. A request must arrive within a minute and be answered within two; uploads and feeds extend these
// deadlines while data flows (package deadline).
func New(services Services, o Options) *Server {
	s := newServer(services, o)
	served := newHTTP(s.handler(), o)
	served.endFeeds, served.watchers = s.pages.EndFeeds, s.pages.Watchers
	served.http.RegisterOnShutdown(s.pages.EndFeeds)
	return served
}

// newHTTP returns a server of the handler, without live feeds.
func newHTTP(handler http.Handler, o Options) *Server {
	served := &Server{endFeeds: func() {}, watchers: func() int { return 0 }}
	served.http = &http.Server{
		Handler:           served.expecting(handler),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       deadline.IdleTimeout,
		WriteTimeout:      2 * deadline.IdleTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		TLSConfig:         o.TLS,
		BaseContext: func(net.Listener) context.Context {
			if o.Language == nil {
				return context.Background()
			}
			return messages.With(context.Background(), o.Language)
		},
	}
	most := o.MaxConnections
	if most == 0 {
		most = openfiles.Connections()
	}
	served.limit = connections.New(most, trusted(o.TrustedProxies))
	served.limit.Serve(served.http)
	return served
}

// Serve answers on the listener until Close; its error is nil then.
func (s *Server) Serve(listener net.Listener) error {
	listener = s.limit.Listen(listener)
	serve := s.http.Serve
	if s.http.TLSConfig != nil {
		serve = func(l net.Listener) error { return s.http.ServeTLS(l, "", "") }
	}
	if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("web: %w", err)
	}
	return nil
}

// Connections returns how many connections are open beside live feeds.
func (s *Server) Connections() int { return s.limit.Count() }

// Watchers returns how many live feeds are open.
func (s *Server) Watchers() int { return s.watchers() }

// Close stops accepting, lets open requests end for as long as the context lasts, and then ends them.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	s.endFeeds() // Shutdown has begun that and does not wait for it
	return err
}

func newServer(services Services, o Options) *server {
	sessions := scs.New()
	sessions.Store = services.Sessions
	sessions.HashTokenInStore = true
	sessions.Lifetime = sessionLifetime
	sessions.IdleTimeout = sessionIdle
	sessions.Cookie.Name = "urna"
	if o.Secure { // the prefix makes browsers insist on Secure, this host alone, and every path
		sessions.Cookie.Name = "__Host-urna"
		sessions.Cookie.Secure = true
	}
	sessions.Cookie.HttpOnly = true
	sessions.Cookie.SameSite = http.SameSiteLaxMode
	sessions.Cookie.Persist = false

	if o.Languages == nil {
		o.Languages = messages.NewChoice(messages.Offered(), "en")
	}
	s := &server{services: services, options: o, sessions: sessions, readable: map[string]bool{}}
	kept := cache.New(services.Results, o.Now)
	s.pages = pages.New(pages.Services{
		Auth: services.Auth, Approvals: services.Auth.Approvals(), Elections: services.Elections, Participants: services.Participants, Batches: services.Batches,
		Protocols: services.Protocols, Scans: services.Scans, Votes: services.Votes, Results: services.Results, Turnout: services.Turnout,
		Sessions: sessions, BrowserSessions: services.Sessions, Audit: services.Audit, Bundles: services.Bundles, Countersign: services.Countersign, PublicURL: services.PublicURL,
		Cache: kept, MaxUpload: o.MaxUpload, Secure: o.Secure, Now: o.Now, Version: o.Version, Clock: services.Clock,
		Warnings: services.Warnings, Backups: services.Backups, Contact: services.Contact, Sender: services.Sender, USLetter: services.USLetter,
		Registration: services.Registration, Languages: o.languages(),
	})
	s.votes = vote.New(services.Votes)
	s.api = api.New(api.Services{
		Auth: services.Auth, Elections: services.Elections, Participants: services.Participants, Batches: services.Batches,
		Protocols: services.Protocols, Scans: services.Scans, Votes: services.Votes, Results: services.Results, Turnout: services.Turnout,
		Audit: services.Audit, Bundles: services.Bundles, Countersign: services.Countersign, Cache: kept, MaxUpload: o.MaxUpload,
		Backups: services.Backups, Now: o.Now,
	})
	return s
}

// handler returns everything that a request passes through.
func (s *server) handler() http.Handler { return s.headers(s.router()) }

// engine returns a router with what every route has: proxies that are believed, recovery, and the refusal of
// cross-origin requests.
func (s *server) engine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	if err := r.SetTrustedProxies(s.options.TrustedProxies); err != nil {
		panic(err) // CheckTrustedProxies has seen them
	}
	r.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if s.options.Observe != nil {
		r.Use(s.observe)
	}
	r.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, panicked any) {
		slog.ErrorContext(c.Request.Context(), "panic", "route", c.FullPath(), "panic", panicked)
		respond.Error(c, problem.New(problem.Internal, "internal", messages.Message{})) // the sentence is respond's own
	}), s.language, explained, s.crossOrigin())
	return r
}
