package pages

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/view"
	"urna/web/view/kit"
)

// The fields of a form that asks again who the person is.
const (
	proofPassword = "password"
	proofCode     = "otp"
)

// proofFields asks for the password again and, if the account has a second factor, for a code.
func proofFields(me auth.User, problems kit.Problems) []kit.Field {
	fields := []kit.Field{{
		Name: proofPassword, Label: messages.AccountPassword(), Type: "password", Complete: "current-password",
		Hint: messages.CertificationPasswordHint(),
	}}
	if me.SecondFactor {
		fields = append(fields, kit.Field{
			Name: proofCode, Label: messages.SignInCode(), Hint: codeHint(me), Complete: "one-time-code",
		})
	}
	for i := range fields {
		fields[i].Problem = problems.Of(fields[i].Name)
	}
	return fields
}

// codeHint says which codes an account has.
func codeHint(u auth.User) messages.Message {
	if u.Authenticator {
		return messages.SignInCodeHint()
	}
	return messages.SignInCodeHintRecovery()
}

// proofPasskey returns the button beside the fields of proofFields with which a passkey takes the place of the code, for
// an act of one purpose; nil if the account has no passkey.
func (p *Pages) proofPasskey(ctx context.Context, me auth.User, purpose string) (*view.PasskeyButton, error) {
	return p.passkeyButton(ctx, me, askToConfirmPath, purpose)
}

// reauthenticated checks what the fields of proofFields, or the passkey in their place, sent for an act of one purpose.
// Its refusals name the field.
func (p *Pages) reauthenticated(c *gin.Context, purpose string) error {
	self, _ := principal.Of(c)
	proof := auth.Proof{Password: formValue(c, proofPassword), Code: formValue(c, proofCode), Passkey: p.passkeyAnswer(c, purpose)}
	err := p.Auth.Reauthenticate(c.Request.Context(), self, proof, c.ClientIP())
	setRetryAfter(c, err)
	switch {
	case errors.Is(err, auth.ErrPasswordNeeded) && proof.Password == "":
		return atField(proofPassword, messages.FieldPasswordAgain())
	case errors.Is(err, auth.ErrPasswordNeeded):
		return atField(proofPassword, messages.FieldNotCurrentPassword())
	case errors.Is(err, auth.ErrPasswordNotText):
		return atField(proofPassword, auth.ErrPasswordNotText.Message)
	case errors.Is(err, auth.ErrCodeNeeded):
		return atField(proofCode, messages.FieldCodeNeeded())
	}
	for _, refusal := range passkeyRefusals() {
		if errors.Is(err, refusal) {
			return atField(proofCode, refusal.Message)
		}
	}
	return err
}
