package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// SetupForm asks for the first administrator, behind the one-time link printed at the first start.
func (p *Pages) SetupForm(c *gin.Context) {
	secretAddress(c)
	if err := p.Auth.CheckSetupLink(c.Request.Context(), c.Param("secret")); err != nil {
		respond.Error(c, err)
		return
	}
	p.setupForm(c, http.StatusOK, auth.NewUser{}, kit.Problems{})
}

// Setup makes the first administrator, uses the link up, and signs the administrator in.
func (p *Pages) Setup(c *gin.Context) {
	secretAddress(c)
	in := auth.NewUser{
		Email: formValue(c, "email"), Forename: formValue(c, "forename"), Surname: formValue(c, "surname"),
		Password: formValue(c, "password"),
	}
	user, err := p.Auth.SetUp(c.Request.Context(), c.Param("secret"), in, c.ClientIP())
	if err != nil {
		problems, status, ok := formProblems(err, problem.Busy)
		if !ok {
			respond.Error(c, err)
			return
		}
		p.setupForm(c, status, in, problems)
		return
	}
	p.completeSignIn(c, user, "/admin")
}

// secretAddress keeps an address that is a secret out of caches and of what browsers tell others. It is not
// "no-referrer", under which browsers send the form without an origin and the form would be refused as
// another site's.
func secretAddress(c *gin.Context) {
	personal(c)
	c.Header("Referrer-Policy", "same-origin")
}

// setupForm keeps everything that was typed but the password.
func (p *Pages) setupForm(c *gin.Context, status int, in auth.NewUser, problems kit.Problems) {
	model := view.SetupPage{
		Page: p.page(c, view.SectionSignIn, messages.SetupHeading()), Action: "/setup/" + c.Param("secret"), Problems: problems,
		Fields: []kit.Field{
			{Name: "email", Label: messages.SignInEmail(), Type: "email", Value: in.Email, Complete: "username", Hint: messages.SetupEmailHint()},
			{Name: "forename", Label: messages.SetupForename(), Value: in.Forename, Complete: "given-name"},
			{Name: "surname", Label: messages.SetupSurname(), Value: in.Surname, Complete: "family-name"},
			{Name: "password", Label: messages.SignInPassword(), Type: "password", Complete: "new-password", Hint: messages.AccountNewPasswordHint()},
		},
	}
	for i := range model.Fields {
		model.Fields[i].Problem = problems.Of(model.Fields[i].Name)
	}
	respond.Page(c, status, view.Setup(model))
}
