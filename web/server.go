package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/fault"
	"urna/results"
	"urna/web/api"
	"urna/web/pages"
	"urna/web/respond"
)

// Services are what the pages and the API translate to.
type Services struct {
	Auth      *auth.Service
	Elections *elections.Service
	Batches   *batch.Service
	Results   *results.Service
	// Sessions keeps browser sessions.
	Sessions scs.Store
	// Ready reports why the server cannot work at the moment, nil where it can.
	Ready func(context.Context) error
}

// Options are the server's settings.
type Options struct {
	Now       func() time.Time
	Version   string
	MaxUpload int64 // bytes of one upload
}

// The life of a browser session: without a request, and in all.
const (
	sessionIdle     = 2 * time.Hour
	sessionLifetime = 12 * time.Hour
)

// server holds what the routes need.
type server struct {
	services Services
	sessions *scs.SessionManager
	pages    *pages.Pages
	api      *api.API
}

// Server serves everything Urna serves on one listener.
type Server struct{ http *http.Server }

// New returns a server. It has no time limit on reading or writing a whole request, because uploads and
// live feeds take theirs; headers and idle connections have one.
func New(services Services, o Options) *Server {
	return &Server{http: &http.Server{
		Handler:           crossOrigin(newServer(services, o).router()),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}}
}

// Serve answers on the listener until Close; its error is nil then.
func (s *Server) Serve(listener net.Listener) error {
	if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("web: %w", err)
	}
	return nil
}

// Close stops accepting, lets open requests end for as long as the context lasts, and then ends them.
func (s *Server) Close(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err == nil {
		return nil
	}
	return s.http.Close()
}

func newServer(services Services, o Options) *server {
	sessions := scs.New()
	sessions.Store = services.Sessions
	sessions.HashTokenInStore = true
	sessions.Lifetime = sessionLifetime
	sessions.IdleTimeout = sessionIdle
	sessions.Cookie.Name = "urna"
	sessions.Cookie.HttpOnly = true
	sessions.Cookie.SameSite = http.SameSiteLaxMode
	sessions.Cookie.Persist = false

	s := &server{services: services, sessions: sessions}
	s.pages = pages.New(pages.Services{
		Auth: services.Auth, Elections: services.Elections, Batches: services.Batches, Results: services.Results,
		Sessions: sessions, MaxUpload: o.MaxUpload, Now: o.Now, Version: o.Version,
	})
	s.api = api.New(api.Services{
		Auth: services.Auth, Elections: services.Elections, Batches: services.Batches, Results: services.Results,
		MaxUpload: o.MaxUpload,
	})
	return s
}

// crossOrigin refuses unsafe requests that another site made a browser send.
func crossOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slog.WarnContext(r.Context(), "cross-origin request refused", "method", r.Method)
		http.Error(w, "This request came from another site and was refused.", http.StatusForbidden)
	}))
	return protection.Handler(next)
}

// engine returns a router with what every route has: no trusted proxies, recovery, and headers.
func (s *server) engine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	if err := r.SetTrustedProxies(nil); err != nil {
		panic(err) // nil cannot be malformed
	}
	r.Use(headers, gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, panicked any) {
		slog.ErrorContext(c.Request.Context(), "panic", "route", c.FullPath(), "panic", panicked)
		respond.Error(c, fault.New(fault.Internal, "internal", "")) // the sentence is respond's own
	}))
	return r
}
