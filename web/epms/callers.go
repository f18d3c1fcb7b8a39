package epms

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/problem"
	"urna/web/principal"
)

const (
	missingHeader = "Missing Authorization Header"
	accessType    = "access"
	refreshType   = "refresh"
	freshAccess   = "urna.epms-access" // in the request's context: the new access token
)

// Administrator lets administrators pass, by their access token.
func (e *EPMS) Administrator() gin.HandlerFunc {
	return func(c *gin.Context) { e.only(c, auth.Administrator) }
}

// Official lets officials pass, by their access token.
func (e *EPMS) Official() gin.HandlerFunc {
	return func(c *gin.Context) { e.only(c, auth.Official) }
}

// RegisterAllowed lets everyone pass where registration is open, else administrators.
func (e *EPMS) RegisterAllowed() gin.HandlerFunc {
	if e.services.Registration == auth.RegistrationClosed {
		return e.Administrator()
	}
	return e.nameAdministrator
}

// nameAdministrator lets everyone pass, and finds out whether it is an administrator: accounts that they register do not
// wait. A token of another person, or one that has expired, changes nothing.
func (e *EPMS) nameAdministrator(c *gin.Context) {
	parts := strings.Fields(c.GetHeader("Authorization"))
	if len(parts) != 2 || !strings.EqualFold(parts[0], "Bearer") {
		return
	}
	u, err := e.services.Auth.Authenticate(c.Request.Context(), parts[1])
	if err == nil && u.Role == auth.Administrator && e.services.Auth.MayWork(u) == nil {
		principal.Set(c, u)
	}
}

// RefreshToken lets everyone with a refresh token pass, which is not used up by it.
func (e *EPMS) RefreshToken() gin.HandlerFunc {
	return func(c *gin.Context) {
		token, ok := bearer(c)
		if !ok {
			return
		}
		access, err := e.services.Auth.NewAccessToken(c.Request.Context(), token)
		if err != nil {
			e.refuseToken(c, err, token, refreshType)
			return
		}
		if _, ok := e.authenticate(c, access); ok {
			c.Set(freshAccess, access)
		}
	}
}

// only lets people with the role pass.
func (e *EPMS) only(c *gin.Context, role auth.Role) {
	token, ok := bearer(c)
	if !ok {
		return
	}
	u, ok := e.authenticate(c, token)
	if ok && u.Role != role {
		slog.WarnContext(c.Request.Context(), "refused", "user_id", u.ID, "method", c.Request.Method, "route", c.FullPath())
		unauthorized(c, http.StatusUnauthorized, missingHeader)
	}
}

// authenticate finds whose access token it is; false where the request is answered already.
func (e *EPMS) authenticate(c *gin.Context, token string) (auth.User, bool) {
	u, err := e.services.Auth.Authenticate(c.Request.Context(), token)
	if err != nil {
		e.refuseToken(c, err, token, accessType)
		return auth.User{}, false
	}
	if err := e.services.Auth.MayWork(u); err != nil {
		unauthorized(c, http.StatusUnauthorized, err.Error())
		return auth.User{}, false
	}
	principal.Set(c, u)
	return u, true
}

// bearer returns the token in the request's header; false where the request is answered already.
func bearer(c *gin.Context) (string, bool) {
	c.Header("Cache-Control", "no-store")
	parts := strings.Fields(c.GetHeader("Authorization"))
	switch {
	case len(parts) == 0:
		unauthorized(c, http.StatusUnauthorized, missingHeader)
	case !strings.EqualFold(parts[0], "Bearer"):
		unauthorized(c, http.StatusUnauthorized, "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'")
	case len(parts) != 2:
		unauthorized(c, http.StatusUnprocessableEntity, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'")
	default:
		return parts[1], true
	}
	return "", false
}

// refuseToken answers for a token that was refused. What the token says of itself chooses the words and
// nothing else: clients of the old system refresh when they read that a token has expired.
func (e *EPMS) refuseToken(c *gin.Context, err error, token, want string) {
	if problem.KindOf(err) != problem.Unauthenticated {
		fail(c, err)
		return
	}
	said, ok := claimsOf(token)
	switch {
	case !ok:
		unauthorized(c, http.StatusUnprocessableEntity, "Invalid token")
	case said.Type != want && want == refreshType:
		unauthorized(c, http.StatusUnprocessableEntity, "Only refresh tokens are allowed")
	case said.Type != want:
		unauthorized(c, http.StatusUnprocessableEntity, "Only non-refresh tokens are allowed")
	case !e.services.Elections.Now().Before(time.Unix(said.ExpiresAt, 0)):
		unauthorized(c, http.StatusUnauthorized, "Token has expired")
	default:
		unauthorized(c, http.StatusUnauthorized, "Token is invalid or has been revoked")
	}
}

// claims is what a token says of itself.
type claims struct {
	Type      string `json:"type"`
	ExpiresAt int64  `json:"exp"`
}

// claimsOf reads a token without believing it.
func claimsOf(token string) (said claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &said) != nil {
		return claims{}, false
	}
	return said, true
}

func unauthorized(c *gin.Context, status int, text string) {
	if status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	c.AbortWithStatusJSON(status, msgView{Msg: text})
}

// actor returns the caller as the audit log names them; a person who registers openly has no account yet.
func actor(c *gin.Context) audit.Actor {
	a := principal.Actor(c)
	if a.ID == 0 {
		a.Name = "nobody"
	}
	return a
}
