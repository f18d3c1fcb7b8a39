package pages

import (
	"errors"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/view"
)

// The fields of a form that asks again who the person is.
const (
	proofPassword = "password"
	proofCode     = "otp"
)

// proofFields asks for the password again and, if the account has a second factor, for a code.
func proofFields(me auth.User, problems view.Problems) []view.Field {
	fields := []view.Field{{
		Name: proofPassword, Label: messages.AccountPassword(), Type: "password", Complete: "current-password",
		Hint: messages.CertificationPasswordHint(),
	}}
	if me.SecondFactor {
		fields = append(fields, view.Field{
			Name: proofCode, Label: messages.SignInCode(), Hint: messages.SignInCodeHint(), Complete: "one-time-code",
		})
	}
	for i := range fields {
		fields[i].Problem = problems.Of(fields[i].Name)
	}
	return fields
}

// reauthenticated checks what the fields of proofFields sent. Its refusals name the field.
func (p *Pages) reauthenticated(c *gin.Context) error {
	self, _ := principal.Of(c)
	password := formValue(c, proofPassword)
	err := p.Auth.Reauthenticate(c.Request.Context(), self, password, formValue(c, proofCode), c.ClientIP())
	setRetryAfter(c, err)
	switch {
	case errors.Is(err, auth.ErrPasswordNeeded) && password == "":
		return atField(proofPassword, messages.FieldPasswordAgain())
	case errors.Is(err, auth.ErrPasswordNeeded):
		return atField(proofPassword, messages.FieldNotCurrentPassword())
	case errors.Is(err, auth.ErrPasswordNotText):
		return atField(proofPassword, auth.ErrPasswordNotText.Message)
	case errors.Is(err, auth.ErrCodeNeeded):
		return atField(proofCode, messages.FieldCodeNeeded())
	default:
		return err
	}
}
