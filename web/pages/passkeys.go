package pages

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// The paths at which the script of passkeys asks for challenges that sign in and confirm.
const (
	askToSignInPath  = "/login/passkey"
	askToConfirmPath = "/account/passkey"
)

// The ids of password fields on the page of the second factor, beside those of the app.
const (
	passkeyPassword       = "passkey-password"
	passkeyRemovePassword = "passkey-remove-password"
)

// passkeyScripts are the scripts of pages on which a passkey is added or used.
func passkeyScripts() []string { return []string{"passkeys.js"} }

// maxPurpose bounds what a challenge for a confirmation is kept with, in bytes.
const maxPurpose = 200

// AccountPasskeyBegin answers the script with the options for a new passkey. It asks for the password as the other acts
// on the second factor do.
func (p *Pages) AccountPasskeyBegin(c *gin.Context) {
	ctx := c.Request.Context()
	self, _ := principal.Of(c)
	if !p.signedInJustNow(c) {
		if err := p.Auth.CheckPassword(ctx, self, formValue(c, "password"), c.ClientIP()); err != nil {
			respond.Error(c, passwordRefusal(c, err, "password"))
			return
		}
	}
	options, err := p.Auth.BeginPasskey(ctx, self, p.sessionID(ctx), formValue(c, "name"))
	answerOptions(c, options, err)
}

// AccountPasskeyAsk answers the script with the options for a confirmation by a passkey. The purpose is compared when the
// act is done, so one that no act has is worth nothing.
func (p *Pages) AccountPasskeyAsk(c *gin.Context) {
	ctx := c.Request.Context()
	purpose := formValue(c, "purpose")
	if len(purpose) > maxPurpose {
		respond.Error(c, errNotAForm)
		return
	}
	self, _ := principal.Of(c)
	options, err := p.Auth.AskToConfirm(ctx, self, p.sessionID(ctx), purpose)
	answerOptions(c, options, err)
}

// SignInPasskeyAsk answers the script with the options for a sign-in by a passkey, after the password.
func (p *Pages) SignInPasskeyAsk(c *gin.Context) {
	ctx := c.Request.Context()
	pending, err := p.pending(ctx)
	var options []byte
	if err == nil {
		options, err = p.Auth.AskToSignIn(ctx, pending, p.sessionID(ctx))
	}
	answerOptions(c, options, err)
}

// answerOptions writes the options of a challenge.
func answerOptions(c *gin.Context, options []byte, err error) {
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.JSON(c, http.StatusOK, json.RawMessage(options))
}

// sessionID returns what names the browser's session; it opens nothing.
func (p *Pages) sessionID(ctx context.Context) string {
	return p.BrowserSessions.ID(p.Sessions.Token(ctx))
}

// passkeyAnswer returns the answer of a passkey that a form sent.
func (p *Pages) passkeyAnswer(c *gin.Context, purpose string) auth.PasskeyAnswer {
	return auth.PasskeyAnswer{Session: p.sessionID(c.Request.Context()), Purpose: purpose, Response: []byte(formValue(c, "passkey"))}
}

// AccountPasskeyAdd adds the passkey that the browser made. With the first factor it shows the recovery codes this once.
// All other browsers are signed out.
func (p *Pages) AccountPasskeyAdd(c *gin.Context) {
	ctx := c.Request.Context()
	self, _ := principal.Of(c)
	codes, err := p.Auth.AddPasskey(ctx, principal.Actor(c), self, p.sessionID(ctx), []byte(formValue(c, "passkey")))
	if err != nil {
		problems, status, ok := formProblems(err, problem.Unauthenticated)
		if !ok {
			respond.Error(c, err)
			return
		}
		problems.List = append(problems.List, kit.Problem{Message: problems.Summary})
		problems.Summary = messages.PasskeysNotAdded()
		p.secondFactorPage(c, status, problems)
		return
	}
	if err := p.goOnAfresh(c); err != nil {
		respond.Error(c, err)
		return
	}
	if codes == nil {
		respond.SeeOther(c, secondFactorPath+"?done=passkey-added")
		return
	}
	p.recoveryCodes(c, messages.PasskeysOn(), codes)
}

// AccountPasskeyRemove removes a passkey, given the password. This browser stays signed in, under a new token; all others
// are signed out.
func (p *Pages) AccountPasskeyRemove(c *gin.Context) {
	ctx := c.Request.Context()
	self, _ := principal.Of(c)
	if err := p.Auth.CheckPassword(ctx, self, formValue(c, "password"), c.ClientIP()); err != nil {
		p.refuseSecondFactor(c, err, passkeyRemovePassword)
		return
	}
	id, _ := strconv.ParseInt(formValue(c, "which"), 10, 64)
	err := p.Auth.RemovePasskey(ctx, principal.Actor(c), self, id)
	if err == nil {
		err = p.goOnAfresh(c)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, secondFactorPath+"?done=passkey-removed")
}

// passkeysBox returns a person's passkeys and the forms for them.
func (p *Pages) passkeysBox(c *gin.Context, self auth.User, problems kit.Problems) (view.PasskeysBox, error) {
	list, err := p.Auth.Passkeys(c.Request.Context(), self.ID)
	if err != nil {
		return view.PasskeysBox{}, err
	}
	password := kit.Field{Name: "password", Label: messages.AccountPassword(), Type: "password", Complete: "current-password"}
	box := view.PasskeysBox{
		Off: passkeysOff(p.Auth.PasskeysOff()), Origin: p.Auth.PasskeyOrigin(), AskPassword: !p.signedInJustNow(c),
		Name: kit.Field{
			Name: "name", ID: "passkey-name", Label: messages.PasskeysName(), Hint: messages.PasskeysNameHint(), Complete: "off",
			Value: browserName(shortAgent(c.Request.UserAgent())).In(c.Request.Context()),
		},
		AddPassword: password, Password: password, Which: kit.Field{Name: "which", Label: messages.PasskeysWhich()},
	}
	box.AddPassword.ID, box.Password.ID = passkeyPassword, passkeyRemovePassword
	box.Password.Problem = problems.Of(passkeyRemovePassword)
	for _, one := range list {
		row := view.PasskeyRow{Name: one.Name, Added: view.NewMoment(one.CreatedAt, p.zone())}
		if !one.LastUsedAt.IsZero() {
			row.LastUsed = view.NewMoment(one.LastUsedAt, p.zone())
		}
		if !one.Usable {
			row.Unusable = messages.PasskeysUnusable(one.Domain)
			box.Note = messages.PasskeysUnusableNoteOff()
			if box.Origin != "" {
				box.Note = messages.PasskeysUnusableNote(box.Origin)
			}
		}
		box.Rows = append(box.Rows, row)
		box.Options = append(box.Options, kit.Option{Value: decimal(one.ID), Text: messages.Verbatim(one.Name)})
	}
	return box, nil
}

// passkeysOff says why a server offers no passkeys and what its operator can do, no sentence if it offers them.
func passkeysOff(why auth.PasskeysOff) messages.Message {
	switch why {
	case auth.NoPublicURL:
		return messages.PasskeysOffPublicUrl()
	case auth.BareIPAddress:
		return messages.PasskeysOffIpAddress()
	case auth.PlainHTTP:
		return messages.PasskeysOffPlainHttp()
	case auth.NoDomain:
		return messages.PasskeysOffNoDomain()
	default:
		return messages.Message{}
	}
}

// passkeyButton returns what a form offers beside a code: a button, a sentence for passkeys that do not work here, or
// nothing for an account without a passkey. Challenge is the path at which the script asks.
func (p *Pages) passkeyButton(ctx context.Context, u auth.User, challenge, purpose string) (*view.PasskeyButton, error) {
	if u.Passkeys == 0 {
		return nil, nil //nolint:nilnil // the form has no button
	}
	list, err := p.Auth.Passkeys(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		if one.Usable && p.Auth.PasskeysOff() == "" {
			return &view.PasskeyButton{Challenge: challenge, Purpose: purpose, Origin: p.Auth.PasskeyOrigin()}, nil
		}
	}
	return &view.PasskeyButton{Off: messages.PasskeysUseOff()}, nil
}

// passkeyRefusals are those that a form shows beside the field of the code.
func passkeyRefusals() []*problem.Error {
	return []*problem.Error{auth.ErrPasskey, auth.ErrPasskeyChallenge, auth.ErrPasskeyCounter, auth.ErrPasskeysOff}
}
