package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/web/principal"
	"urna/web/respond"
)

type tokensView struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
}

func answerTokens(c *gin.Context, t auth.Tokens) {
	c.Header("Cache-Control", "no-store")
	respond.JSON(c, http.StatusOK, tokensView{
		AccessToken: t.Access, RefreshToken: t.Refresh, TokenType: "Bearer", ExpiresIn: int64(t.ExpiresIn.Seconds()),
	})
}

// TokensCreate answers POST /tokens: the sign-in of a program. The field otp is a code of the account's
// second factor, or a recovery code.
func (a *API) TokensCreate(c *gin.Context) {
	var email, password, otp string
	if err := readBody(c, object{"email": text(&email), "password": text(&password), "otp": nullable(text(&otp))}); err != nil {
		respond.Error(c, err)
		return
	}
	tokens, err := a.services.Auth.SignInForTokens(c.Request.Context(), email, password, otp, c.ClientIP())
	if err != nil {
		respond.Error(c, err)
		return
	}
	answerTokens(c, tokens)
}

// TokensRefresh answers POST /tokens/refresh.
func (a *API) TokensRefresh(c *gin.Context) {
	var refresh string
	if err := readBody(c, object{"refresh_token": text(&refresh)}); err != nil {
		respond.Error(c, err)
		return
	}
	tokens, err := a.services.Auth.RefreshTokens(c.Request.Context(), refresh, c.ClientIP())
	if err != nil {
		respond.Error(c, err)
		return
	}
	answerTokens(c, tokens)
}

// TokensRevoke answers DELETE /tokens: it ends every token that came from the caller's sign-in.
func (a *API) TokensRevoke(c *gin.Context) {
	access, ok := Bearer(c.Request)
	if !ok {
		respond.Error(c, auth.ErrToken)
		return
	}
	if err := a.services.Auth.RevokeTokens(c.Request.Context(), access, c.ClientIP()); err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// Bearer returns the access token that a request carries.
func Bearer(r *http.Request) (string, bool) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, found && strings.EqualFold(scheme, "Bearer") && token != ""
}

type meView struct {
	ID       int64     `json:"id"`
	Email    string    `json:"email"`
	Forename string    `json:"forename"`
	Surname  string    `json:"surname"`
	Role     auth.Role `json:"role"`

	placesView
}

// Me answers GET /me.
func (a *API) Me(c *gin.Context) {
	u, ok := principal.Of(c)
	if !ok {
		respond.Error(c, auth.ErrToken)
		return
	}
	places, err := a.services.Auth.Places(c.Request.Context(), u.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, meView{
		ID: u.ID, Email: u.Email, Forename: u.Forename, Surname: u.Surname, Role: u.Role, placesView: viewPlaces(u, places),
	})
}
