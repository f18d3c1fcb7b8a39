package pages

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AccountPasswordForm asks for another password.
func (p *Pages) AccountPasswordForm(c *gin.Context) {
	p.passwordForm(c, http.StatusOK, kit.Problems{})
}

// AccountPassword changes a person's own password. This browser stays signed in, under a new token; all
// others are signed out.
func (p *Pages) AccountPassword(c *gin.Context) {
	self, _ := principal.Of(c)
	current, fresh := formValue(c, "current"), formValue(c, "password")
	if typed := newPasswordProblems(self, fresh, formValue(c, "again")); len(typed) > 0 {
		p.refusePassword(c, self, current, typed)
		return
	}
	changed, err := p.Auth.ChangePassword(c.Request.Context(), self, current, fresh, c.ClientIP())
	if err != nil {
		problems, status, ok := formProblems(passwordRefusal(c, err, "current"), problem.TooMany, problem.Busy)
		if !ok {
			respond.Error(c, err)
			return
		}
		p.passwordForm(c, status, problems)
		return
	}
	if err := p.goOn(c, changed); err != nil {
		respond.Error(c, err)
		return
	}
	next := accountPath + "?done=password"
	if self.MustChangePassword {
		next = "" // to the work that waited for it
	}
	respond.SeeOther(c, p.firstPage(changed, next))
}

// newPasswordProblems returns the problems of a new password that was typed twice.
func newPasswordProblems(self auth.User, fresh, again string) []kit.Problem {
	problems, _, _ := formProblems(auth.CheckNewPassword(self, fresh))
	if !auth.SamePassword(fresh, again) {
		problems.List = append(problems.List, problemAt("again", messages.AccountPasswordsDiffer()))
	}
	return problems.List
}

// refusePassword shows the form again with the problems of the new password, and of the current one if that is
// wrong, too.
func (p *Pages) refusePassword(c *gin.Context, self auth.User, current string, typed []kit.Problem) {
	problems, status := kit.Problems{Summary: messages.RefusalInvalidInput()}, http.StatusUnprocessableEntity
	if err := p.Auth.CheckPassword(c.Request.Context(), self, current, c.ClientIP()); err != nil {
		var ok bool
		if problems, status, ok = formProblems(passwordRefusal(c, err, "current"), problem.TooMany, problem.Busy); !ok {
			respond.Error(c, err)
			return
		}
	}
	problems.List = append(problems.List, typed...)
	p.passwordForm(c, status, problems)
}

// passwordRefusal returns the refusal of a form that asks for a signed-in person's current password in the field. Too many
// attempts are shown in the form (problem.TooMany), with the time of the next one.
func passwordRefusal(c *gin.Context, err error, field string) error {
	setRetryAfter(c, err)
	switch {
	case errors.Is(err, auth.ErrCredentials):
		return atField(field, messages.FieldNotCurrentPassword())
	case errors.Is(err, auth.ErrPasswordNotText):
		return atField(field, auth.ErrPasswordNotText.Message)
	default:
		return err
	}
}

func (p *Pages) passwordForm(c *gin.Context, status int, problems kit.Problems) {
	self, _ := principal.Of(c)
	model := view.PasswordPage{
		Page: p.page(c, view.SectionAccount, messages.AccountChangePassword()), Forced: self.MustChangePassword, Email: self.Email, Problems: problems,
		Current: kit.Field{Name: "current", Label: messages.AccountCurrentPassword(), Type: "password", Complete: "current-password"},
		Fresh:   kit.Field{Name: "password", Label: messages.AccountNewPassword(), Type: "password", Complete: "new-password", Hint: messages.AccountNewPasswordHint()},
		Again:   kit.Field{Name: "again", Label: messages.AccountNewPasswordAgain(), Type: "password", Complete: "new-password"},
	}
	for _, field := range []*kit.Field{&model.Current, &model.Fresh, &model.Again} {
		field.Problem = problems.Of(field.Name)
	}
	personal(c)
	respond.Page(c, status, view.Password(model))
}
