package pages

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// freshSignIn is how long after a sign-in a person need not show the password again.
const freshSignIn = 10 * time.Minute

// codesPassword tells the password beside the button for new recovery codes from the one for the removal.
const codesPassword = "codes-password"

// AccountSecondFactor shows the state of a person's second factor: off, begun, or on.
func (p *Pages) AccountSecondFactor(c *gin.Context) {
	p.secondFactorPage(c, http.StatusOK, kit.Problems{})
}

// AccountSecondFactorBegin makes a secret for an authenticator app. Nothing asks for its codes yet.
func (p *Pages) AccountSecondFactorBegin(c *gin.Context) {
	if !p.confirmed(c, "password") {
		return
	}
	self, _ := principal.Of(c)
	if _, err := p.Auth.BeginSecondFactor(c.Request.Context(), principal.Actor(c), self.ID); err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, secondFactorPath)
}

// AccountSecondFactorConfirm switches the authenticator app on with a code of it. With the first factor it shows the
// recovery codes this once. All other browsers are signed out.
func (p *Pages) AccountSecondFactorConfirm(c *gin.Context) {
	self, _ := principal.Of(c)
	code := strings.ReplaceAll(formValue(c, "code"), " ", "")
	codes, err := p.Auth.ConfirmSecondFactor(c.Request.Context(), principal.Actor(c), self.ID, code)
	if errors.Is(err, auth.ErrSecondFactor) {
		p.secondFactorPage(c, http.StatusUnprocessableEntity, kit.Problems{
			Summary: messages.AccountFactorNotOn(),
			List:    []kit.Problem{problemAt("code", messages.AccountFactorCodeWrong())},
		})
		return
	}
	if err == nil {
		err = p.goOnAfresh(c)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	if codes == nil {
		respond.SeeOther(c, secondFactorPath+"?done=app-added")
		return
	}
	p.recoveryCodes(c, messages.AccountFactorOn(), codes)
}

// AccountRecoveryCodes makes new recovery codes and shows them this once; the old ones end.
func (p *Pages) AccountRecoveryCodes(c *gin.Context) {
	if !p.confirmed(c, codesPassword) {
		return
	}
	self, _ := principal.Of(c)
	codes, err := p.Auth.RenewRecoveryCodes(c.Request.Context(), principal.Actor(c), self.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.recoveryCodes(c, messages.AccountCodesNew(), codes)
}

// AccountSecondFactorRemove removes the authenticator app, given the password. This browser stays
// signed in, under a new token; all others are signed out.
func (p *Pages) AccountSecondFactorRemove(c *gin.Context) {
	ctx := c.Request.Context()
	self, _ := principal.Of(c)
	if err := p.Auth.CheckPassword(ctx, self, formValue(c, "password"), c.ClientIP()); err != nil {
		p.refuseSecondFactor(c, err, "password")
		return
	}
	err := p.Auth.RemoveAuthenticator(ctx, principal.Actor(c), self.ID)
	if err == nil {
		err = p.goOnAfresh(c)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, accountPath+"?done=second-factor-removed")
}

// confirmed asks for the password again if the sign-in was long ago: a person who finds a browser left
// open must not be able to make the account theirs. Input is where the page asks. It
// answers the request where it returns false.
func (p *Pages) confirmed(c *gin.Context, input string) bool {
	if p.signedInJustNow(c) {
		return true
	}
	self, _ := principal.Of(c)
	if err := p.Auth.CheckPassword(c.Request.Context(), self, formValue(c, "password"), c.ClientIP()); err != nil {
		p.refuseSecondFactor(c, err, input)
		return false
	}
	return true
}

func (p *Pages) signedInJustNow(c *gin.Context) bool {
	since := time.UnixMilli(p.Sessions.GetInt64(c.Request.Context(), auth.SessionSince))
	return p.Now().Sub(since) < freshSignIn
}

func (p *Pages) refuseSecondFactor(c *gin.Context, err error, input string) {
	problems, status, ok := formProblems(passwordRefusal(c, err, input), problem.TooMany, problem.Busy)
	if !ok {
		respond.Error(c, err)
		return
	}
	p.secondFactorPage(c, status, problems)
}

func (p *Pages) secondFactorPage(c *gin.Context, status int, problems kit.Problems) {
	self, _ := principal.Of(c)
	model := view.SecondFactorPage{
		Page: p.page(c, view.SectionAccount, messages.AccountSecondFactor()), On: self.SecondFactor, App: self.Authenticator, Problems: problems,
		Required:    errors.Is(p.Auth.MayWork(self), auth.ErrSecondFactorRequired),
		AskPassword: !p.signedInJustNow(c),
		Password:    kit.Field{Name: "password", Label: messages.AccountPassword(), Type: "password", Complete: "current-password", Problem: problems.Of("password")},
		Code:        codeField(problems),
	}
	model.CodesPassword = model.Password
	model.CodesPassword.ID, model.CodesPassword.Problem = codesPassword, problems.Of(codesPassword)
	if !problems.Any() {
		model.Notice = doneNotice(c.Query("done"))
	}
	var err error
	if model.Passkeys, err = p.passkeysBox(c, self, problems); err != nil {
		respond.Error(c, err)
		return
	}
	if model.Passkeys.Off.IsZero() {
		model.Page.Scripts = passkeyScripts()
	}
	enrolment, err := p.Auth.PendingSecondFactor(c.Request.Context(), self.ID)
	switch {
	case err == nil:
		if model.QR, err = view.NewQR(messages.AccountFactorQr(), enrolment.URL); err != nil {
			respond.Error(c, err)
			return
		}
		model.Pending, model.Secret, model.SecretURL = true, inFours(enrolment.Secret), enrolment.URL
	case problem.KindOf(err) != problem.Conflict: // a conflict says that none is begun
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, status, view.SecondFactor(model))
}

func codeField(problems kit.Problems) kit.Field {
	return kit.Field{
		Name: "code", Label: messages.AccountCode(), Complete: "one-time-code", Mode: "numeric", Problem: problems.Of("code"),
		Hint: messages.AccountCodeHint(),
	}
}

// inFours writes a secret in groups, as people copy it.
func inFours(secret string) string {
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// recoveryCodes shows codes that no page will show again.
func (p *Pages) recoveryCodes(c *gin.Context, heading messages.Message, codes []string) {
	self, _ := principal.Of(c)
	personal(c)
	respond.Page(c, http.StatusOK, view.RecoveryCodes(view.RecoveryCodesPage{
		Page: p.page(c, view.SectionAccount, heading), Heading: heading, Codes: codes, Email: self.Email,
		Made: view.NewMoment(p.Now(), p.zone()), Next: home(self),
	}))
}
