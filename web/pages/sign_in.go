package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// SignInForm shows the form for signing in.
func (p *Pages) SignInForm(c *gin.Context) {
	next := localPath(c.Query("next"))
	if u, ok := principal.Of(c); ok {
		respond.SeeOther(c, p.firstPage(u, next))
		return
	}
	p.signInForm(c, http.StatusOK, view.SignInPage{Next: next})
}

// SignIn begins a session under a new token, or asks for a code where the account has a second factor.
func (p *Pages) SignIn(c *gin.Context) {
	email, next := formValue(c, "email"), localPath(formValue(c, "next"))
	user, err := p.Auth.SignIn(c.Request.Context(), email, formValue(c, "password"), c.ClientIP())
	switch {
	case errors.Is(err, auth.ErrSecondFactorNeeded):
		p.askForCode(c, user, next)
	case err != nil:
		problems, status, ok := signInProblems(c, err)
		if !ok {
			respond.Error(c, err)
			return
		}
		problems = beside(problems, err, auth.ErrPasswordNotText, "password")
		p.signInForm(c, status, view.SignInPage{Email: email, Next: next, Problems: problems})
	default:
		p.completeSignIn(c, user, next)
	}
}

// completeSignIn begins the session of a person who has shown everything that was asked.
func (p *Pages) completeSignIn(c *gin.Context, u auth.User, next string) {
	if err := p.begin(c, u); err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, p.firstPage(u, next))
}

// signInProblems turns a refused sign-in into what its form shows: every refusal but one of an internal error.
func signInProblems(c *gin.Context, err error) (kit.Problems, int, bool) {
	kind := problem.KindOf(err)
	if kind == problem.Internal {
		return kit.Problems{}, 0, false
	}
	setRetryAfter(c, err)
	return formProblems(err, kind)
}

func (p *Pages) signInForm(c *gin.Context, status int, model view.SignInPage) {
	personal(c)
	model.Page = p.page(c, view.SectionSignIn, messages.SignInHeading())
	respond.Page(c, status, view.SignIn(model))
}

// SignOut ends the session; its token is worth nothing afterwards.
func (p *Pages) SignOut(c *gin.Context) {
	self, _ := principal.Of(c)
	if err := p.Auth.SignOut(c.Request.Context(), self, c.ClientIP(), 1); err != nil {
		respond.Error(c, err)
		return
	}
	if err := p.Sessions.Destroy(c.Request.Context()); err != nil {
		respond.Error(c, err)
		return
	}
	c.Header("Clear-Site-Data", `"cache", "storage"`)
	respond.SeeOther(c, "/")
}

// firstPage returns where a person goes after signing in: first of all to what they must do before
// anything else.
func (p *Pages) firstPage(u auth.User, next string) string {
	switch err := p.Auth.MayWork(u); {
	case errors.Is(err, auth.ErrPasswordChangeNeeded):
		return passwordPath
	case errors.Is(err, auth.ErrSecondFactorRequired):
		return secondFactorPath
	case next != "":
		return next
	default:
		return home(u)
	}
}

// localPath returns a path of this server, "" for anything that could lead elsewhere: an open redirect
// after a sign-in is how people are sent to a copy of the page that asks again.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.ContainsAny(next, "\\\r\n\t") {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return ""
	}
	return u.RequestURI()
}
