package view

import (
	"context"

	"github.com/a-h/templ"

	"urna/internal/messages"
	"urna/web/view/kit"
)

// PasskeysBox shows a person's passkeys, and the forms to add and remove one.
type PasskeysBox struct {
	Rows []PasskeyRow
	Note messages.Message // about passkeys that do not work here
	Off  messages.Message // why none can be added; no message if they can
	// Origin is where passkeys work.
	Origin      string
	Name        kit.Field
	AddPassword kit.Field
	AskPassword bool
	Which       kit.Field
	Options     []kit.Option
	Password    kit.Field // of the removal
}

// PasskeyRow is one passkey.
type PasskeyRow struct {
	Name     string
	Added    Moment
	LastUsed Moment // zero: never
	Unusable messages.Message
}

// PasskeyButton asks a passkey in the place of a code, in a form with that code. A form without it is nil.
type PasskeyButton struct {
	Challenge string // the path at which the script asks for one
	Purpose   string // of the act that is confirmed; "" for a sign-in
	Origin    string // where passkeys work
	Off       messages.Message
}

// passkeyForm returns the attributes of a form in which a passkey is used.
func passkeyForm(ctx context.Context, p *PasskeyButton) templ.Attributes {
	if p == nil || !p.Off.IsZero() {
		return nil
	}
	attributes := passkeyTexts(ctx, p.Origin)
	attributes["data-passkey"], attributes["data-passkey-challenge"], attributes["data-passkey-purpose"] = "use", p.Challenge, p.Purpose
	return attributes
}

// addPasskeyForm returns the attributes of the form that adds a passkey.
func addPasskeyForm(ctx context.Context, origin string) templ.Attributes {
	attributes := passkeyTexts(ctx, origin)
	attributes["data-passkey"], attributes["data-passkey-challenge"] = "add", "/account/second-factor/passkeys/challenge"
	return attributes
}

// passkeyTexts are the texts of passkeys.js.
func passkeyTexts(ctx context.Context, origin string) templ.Attributes {
	return templ.Attributes{
		"data-passkey-origin":   origin,
		"data-text-waiting":     messages.PasskeysTextWaiting().In(ctx),
		"data-text-cancelled":   messages.PasskeysTextCancelled().In(ctx),
		"data-text-known":       messages.PasskeysTextKnown().In(ctx),
		"data-text-unsuitable":  messages.PasskeysTextUnsuitable().In(ctx),
		"data-text-unsupported": messages.PasskeysTextUnsupported().In(ctx),
		"data-text-failed":      messages.PasskeysTextFailed().In(ctx),
		"data-text-password":    messages.PasskeysTextPassword().In(ctx),
		"data-text-origin":      messages.PasskeysTextOrigin(origin).In(ctx),
	}
}
