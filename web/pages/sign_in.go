package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/fault"
	"urna/web/caller"
	"urna/web/respond"
	"urna/web/view"
)

// SignInForm asks who somebody is.
func (p *Pages) SignInForm(c *gin.Context) {
	next := localPath(c.Query("next"))
	if u, ok := caller.Of(c); ok {
		respond.SeeOther(c, orHome(next, u))
		return
	}
	p.signInForm(c, http.StatusOK, view.SignInPage{Next: next})
}

// SignIn begins a session under a new token.
func (p *Pages) SignIn(c *gin.Context) {
	email, next := formValue(c, "email"), localPath(formValue(c, "next"))
	ctx := c.Request.Context()
	user, err := p.Auth.SignIn(ctx, email, formValue(c, "password"), c.ClientIP())
	if err != nil {
		p.refuseSignIn(c, err, email, next)
		return
	}
	if err := p.Sessions.RenewToken(ctx); err != nil {
		respond.Error(c, err)
		return
	}
	p.Sessions.Put(ctx, userKey, user.ID)
	respond.SeeOther(c, orHome(next, user))
}

func (p *Pages) refuseSignIn(c *gin.Context, err error, email, next string) {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		respond.Error(c, err)
		return
	}
	problems := view.Problems{Summary: f.Message}
	for _, field := range f.Fields {
		problems.List = append(problems.List, view.Problem{Field: field.Name, Message: field.Message})
	}
	p.signInForm(c, respond.Status(f.Kind), view.SignInPage{Email: email, Next: next, Problems: problems})
}

func (p *Pages) signInForm(c *gin.Context, status int, model view.SignInPage) {
	personal(c)
	model.Page = p.page(c, view.SectionSignIn, "Sign in")
	respond.Page(c, status, view.SignIn(model))
}

// SignOut ends the session; its token is worth nothing afterwards.
func (p *Pages) SignOut(c *gin.Context) {
	if err := p.Sessions.Destroy(c.Request.Context()); err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, "/")
}

func orHome(next string, u auth.User) string {
	if next != "" {
		return next
	}
	return home(u)
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
