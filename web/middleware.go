package web

import (
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/problem"
	"urna/web/api"
	"urna/web/principal"
	"urna/web/requestid"
	"urna/web/respond"
)

// contentSecurityPolicy lets pages load what this server embeds and nothing else; no inline script or
// style runs.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data:; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"

// headers sets the browser's defences on every answer. Those that concern documents alone are left out
// where programs vote and get JSON, since they would cost that answer more than its content does. Each request
// gets a number for the log; one that a client sends is not used.
func (s *server) headers(next http.Handler) http.Handler {
	everywhere := http.Header{}
	everywhere.Set("Content-Security-Policy", contentSecurityPolicy)
	everywhere.Set("X-Content-Type-Options", "nosniff")
	if s.options.Secure {
		everywhere.Set("Strict-Transport-Security", "max-age=31536000")
	}
	documents := everywhere.Clone()
	documents.Set("X-Frame-Options", "DENY")
	documents.Set("Referrer-Policy", "same-origin")
	documents.Set("Cross-Origin-Opener-Policy", "same-origin")
	documents.Set("Cross-Origin-Resource-Policy", "same-origin")
	documents.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == votePath {
			maps.Copy(w.Header(), everywhere)
		} else {
			maps.Copy(w.Header(), documents)
		}
		next.ServeHTTP(w, r.WithContext(requestid.With(r.Context())))
	})
}

// visitorKey is the key of requests whose session is not loaded.
const visitorKey = "urna.visitor"

// visitor marks a request without a session cookie, on routes that begin no session: there is none to load.
func (s *server) visitor(c *gin.Context) {
	if _, err := c.Request.Cookie(s.sessions.Cookie.Name); err != nil {
		c.Writer.Header().Add("Vary", "Cookie")
		c.Set(visitorKey, true)
	}
}

// session loads the browser's session and who it belongs to, as the account is now; it is stored
// just before the answer's first byte.
func (s *server) session(c *gin.Context) {
	if c.GetBool(visitorKey) {
		return
	}
	token := ""
	if cookie, err := c.Request.Cookie(s.sessions.Cookie.Name); err == nil {
		token = cookie.Value
	}
	ctx, err := s.sessions.Load(c.Request.Context(), token)
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Request = c.Request.WithContext(ctx)
	w := &sessionWriter{ResponseWriter: c.Writer, save: func(h http.ResponseWriter) { s.save(c, h) }}
	w.done = c.GetBool(isPolling)
	c.Writer = w
	c.Writer.Header().Add("Vary", "Cookie")
	if err := s.findPrincipal(c); err != nil {
		respond.Error(c, err)
		return
	}
	c.Set(hasSession, s.sessions.Status(ctx) != scs.Unmodified) // an existing session starts its idle time again
	c.Next()
	w.before()
}

// isPolling is the key of requests that no person made.
const isPolling = "urna.polling"

// polling marks a request that a page makes by itself: its session is read, and not prolonged.
func (s *server) polling(c *gin.Context) { c.Set(isPolling, true) }

// findPrincipal sets the account of the browser's session. A session is destroyed if its account is deleted
// or disabled, or if a later change of the account ended its sessions.
func (s *server) findPrincipal(c *gin.Context) error {
	ctx := c.Request.Context()
	id := s.sessions.GetInt64(ctx, auth.SessionUser)
	if id == 0 {
		return nil
	}
	u, err := s.services.Auth.User(ctx, id)
	switch {
	case err == nil && !u.Disabled && u.SessionEpoch == s.sessions.GetInt64(ctx, auth.SessionEpoch):
		principal.Set(c, u)
		return nil
	case err == nil || problem.KindOf(err) == problem.NotFound:
		return s.sessions.Destroy(ctx)
	default:
		return err
	}
}

// requireSetup redirects a signed-in person to the page of a required step: a new password, or a second
// factor if the server requires one of administrators.
func (s *server) requireSetup(c *gin.Context) {
	u, ok := principal.Of(c)
	if !ok {
		return
	}
	page := ""
	switch err := s.services.Auth.MayWork(u); {
	case errors.Is(err, auth.ErrPasswordChangeNeeded):
		page = "/account/password"
	case errors.Is(err, auth.ErrSecondFactorRequired):
		page = "/account/second-factor"
	}
	path := c.Request.URL.Path
	if page == "" || path == page || strings.HasPrefix(path, page+"/") || path == "/logout" {
		return
	}
	c.Abort()
	respond.SeeOther(c, page)
}

// only lets people with one of the roles pass. On pages, no one is sent to sign in.
func (s *server) only(roles ...auth.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		u, ok := principal.Of(c)
		switch {
		case ok && slices.Contains(roles, u.Role):
		case ok:
			slog.WarnContext(c.Request.Context(), "refused", "user_id", u.ID, "method", c.Request.Method, "route", c.FullPath())
			respond.Error(c, auth.ErrForbidden)
		case strings.HasPrefix(c.Request.URL.Path, api.Base+"/"):
			c.Header("WWW-Authenticate", "Bearer")
			respond.Error(c, whyRefused(c))
		default:
			c.Abort()
			respond.SeeOther(c, "/login"+returnQuery(c.Request))
		}
	}
}

// returnQuery returns the query that leads back after signing in; from a fragment, to the page around it.
func returnQuery(r *http.Request) string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return ""
	}
	address := r.URL
	if around, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil && around.Path != "" {
		address = around
	}
	return "?next=" + url.QueryEscape(address.RequestURI())
}

// whyRefused returns the reason for refusing the token of a call that needs one.
func whyRefused(c *gin.Context) error {
	if v, ok := c.Get(refusedToken); ok {
		if err, ok := v.(error); ok {
			return err
		}
	}
	return auth.ErrToken
}

// refusedToken is the key under which a request carries why its token was refused.
const refusedToken = "urna.refused-token"

// bearer finds the account that makes an API call. A bad token is refused by routes that need one; other
// routes ignore it, so that a client can refresh an old one.
func (s *server) bearer(c *gin.Context) {
	header := c.GetHeader("Authorization")
	if header == "" {
		return
	}
	c.Header("Cache-Control", "no-store")
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		c.Set(refusedToken, auth.ErrToken)
		return
	}
	u, err := s.services.Auth.Authenticate(c.Request.Context(), token)
	if err == nil {
		err = s.services.Auth.MayWork(u)
	}
	if err != nil {
		c.Set(refusedToken, err)
		return
	}
	principal.Set(c, u)
}

// notFound answers requests for paths that do not exist.
func (s *server) notFound(c *gin.Context) { s.refuse(c, errNotFound) }

// noMethod answers requests with a method that the path does not have.
func (s *server) noMethod(c *gin.Context) { s.refuse(c, errNoMethod) }
