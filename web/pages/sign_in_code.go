package pages

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// What a session holds between the right password and the code.
const (
	pendingUser  = "second_factor_user"
	pendingSince = "second_factor_since"
	pendingEpoch = "second_factor_epoch"
)

// codeTime is how long the right password is good for a code.
const codeTime = 10 * time.Minute

// errCodeTooLate sends back to the password.
var errCodeTooLate = problem.New(problem.Unauthenticated, "sign-in-again", messages.RefusalSignInAgain())

// askForCode remembers whose password was right, under a new token, and asks for the second factor.
func (p *Pages) askForCode(c *gin.Context, u auth.User, next string) {
	ctx := c.Request.Context()
	if err := p.forget(ctx); err != nil {
		respond.Error(c, err)
		return
	}
	p.Sessions.Put(ctx, pendingUser, u.ID)
	p.Sessions.Put(ctx, pendingEpoch, u.SessionEpoch)
	p.Sessions.Put(ctx, pendingSince, p.Now().UnixMilli())
	path := "/login/code"
	if next != "" {
		path += "?" + url.Values{"next": {next}}.Encode()
	}
	respond.SeeOther(c, path)
}

// pending returns whose code is awaited. A sign-in that began too long ago, or before the password was
// changed or the account disabled, is errCodeTooLate.
func (p *Pages) pending(ctx context.Context) (auth.User, error) {
	id := p.Sessions.GetInt64(ctx, pendingUser)
	since := time.UnixMilli(p.Sessions.GetInt64(ctx, pendingSince))
	if id == 0 || p.Now().Sub(since) > codeTime {
		return auth.User{}, errCodeTooLate
	}
	u, err := p.Auth.User(ctx, id)
	if errors.Is(err, auth.ErrUnknownUser) {
		return auth.User{}, errCodeTooLate
	}
	if err == nil && (u.Disabled || u.SessionEpoch != p.Sessions.GetInt64(ctx, pendingEpoch)) {
		return auth.User{}, errCodeTooLate
	}
	return u, err
}

// SignInCodeForm asks for the code of a second factor.
func (p *Pages) SignInCodeForm(c *gin.Context) {
	next := localPath(c.Query("next"))
	pending, err := p.pending(c.Request.Context())
	if err != nil {
		if !errors.Is(err, errCodeTooLate) {
			respond.Error(c, err)
			return
		}
		respond.SeeOther(c, "/login")
		return
	}
	p.codeForm(c, http.StatusOK, pending, view.SignInCodePage{Next: next})
}

// SignInCode completes a sign-in with a passkey, a code of the authenticator or a recovery code.
func (p *Pages) SignInCode(c *gin.Context) {
	ctx, next := c.Request.Context(), localPath(formValue(c, "next"))
	pending, err := p.pending(ctx)
	if errors.Is(err, errCodeTooLate) {
		p.signInForm(c, http.StatusUnauthorized, view.SignInPage{Next: next, Problems: kit.Problems{Summary: errCodeTooLate.Message}})
		return
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	var user auth.User
	if answer := p.passkeyAnswer(c, ""); len(answer.Response) > 0 {
		user, err = p.Auth.SignInWithPasskey(ctx, pending.ID, answer, c.ClientIP())
	} else {
		user, err = p.Auth.SecondFactor(ctx, pending.ID, formValue(c, "code"), c.ClientIP())
	}
	if err == nil {
		user.SessionEpoch = pending.SessionEpoch // a change of the account since the password ends this sign-in too
		p.completeSignIn(c, user, next)
		return
	}
	problems, status, ok := signInProblems(c, err)
	if !ok {
		respond.Error(c, err)
		return
	}
	problems = beside(problems, err, auth.ErrSecondFactor, "code")
	p.codeForm(c, status, pending, view.SignInCodePage{Next: next, Problems: problems})
}

// codeForm asks for what the account of a pending sign-in has: a passkey, a code, or both.
func (p *Pages) codeForm(c *gin.Context, status int, u auth.User, model view.SignInCodePage) {
	var err error
	if model.Passkey, err = p.passkeyButton(c.Request.Context(), u, askToSignInPath, ""); err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	model.Page = p.page(c, view.SectionSignIn, messages.SignInSecondFactor())
	model.Heading, model.Intro = messages.SignInCodeHeading(), messages.SignInCodeIntro()
	model.Code = kit.Field{
		Name: "code", Label: messages.SignInCode(), Complete: "one-time-code", TestID: "login-code", Hint: codeHint(u), Problem: model.Problems.Of("code"),
	}
	if u.Authenticator {
		model.Code.Mode = "numeric"
	}
	if model.Passkey != nil && model.Passkey.Off.IsZero() {
		model.Page.Scripts = passkeyScripts()
		model.Heading, model.Intro = messages.SignInCodeHeadingPasskey(), messages.SignInCodeIntroPasskey()
		if u.Authenticator {
			model.Intro = messages.SignInCodeIntroBoth()
		}
	} else if !u.Authenticator {
		model.Intro = messages.SignInCodeIntroRecovery()
	}
	respond.Page(c, status, view.SignInCode(model))
}
