package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/fault"
	"urna/web/api"
	"urna/web/caller"
	"urna/web/respond"
)

// contentSecurityPolicy lets pages load what this server embeds and nothing else; no inline script or
// style runs.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// headers sets the browser's defences on every answer.
func headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// sessionUser is the key under which a browser session holds the signed-in account's id.
const sessionUser = "user_id"

// session loads the browser's session and who it belongs to, as the account stands now; it is stored
// just before the answer's first byte.
func (s *server) session(c *gin.Context) {
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
	c.Writer = w
	c.Header("Vary", "Cookie")
	if id := s.sessions.GetInt64(ctx, sessionUser); id != 0 {
		u, err := s.services.Auth.User(ctx, id)
		switch {
		case err == nil && !u.Disabled:
			caller.Set(c, u)
		case err == nil || fault.KindOf(err) == fault.NotFound:
			if err := s.sessions.Destroy(ctx); err != nil {
				respond.Error(c, err)
				return
			}
		default:
			respond.Error(c, err)
			return
		}
	}
	c.Next()
	w.before()
}

// only lets people with one of the roles pass. On pages, nobody is sent to sign in.
func (s *server) only(roles ...auth.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		u, ok := caller.Of(c)
		switch {
		case ok && slices.Contains(roles, u.Role):
		case ok:
			respond.Error(c, auth.ErrForbidden)
		case strings.HasPrefix(c.Request.URL.Path, api.Base+"/"):
			c.Header("WWW-Authenticate", "Bearer")
			respond.Error(c, auth.ErrToken)
		default:
			next := ""
			if c.Request.Method == http.MethodGet {
				next = "?next=" + url.QueryEscape(c.Request.URL.RequestURI())
			}
			c.Abort()
			respond.SeeOther(c, "/login"+next)
		}
	}
}

// bearer finds who makes an API call. A token that is there must be good, even where none is needed.
func (s *server) bearer(c *gin.Context) {
	header := c.GetHeader("Authorization")
	if header == "" {
		return
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		c.Header("WWW-Authenticate", "Bearer")
		respond.Error(c, auth.ErrToken)
		return
	}
	u, err := s.services.Auth.Authenticate(c.Request.Context(), token)
	if err != nil {
		c.Header("WWW-Authenticate", "Bearer")
		respond.Error(c, err)
		return
	}
	caller.Set(c, u)
}

// nowhere answers for paths and methods that lead nowhere, as a page to people.
func (s *server) nowhere(c *gin.Context) {
	if !strings.HasPrefix(c.Request.URL.Path, "/api/") {
		respond.Pages(s.pages.ErrorPage)(c)
	}
	respond.Error(c, errNowhere)
}
