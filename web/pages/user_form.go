package pages

import (
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

// AdminUserNew asks for an account.
func (p *Pages) AdminUserNew(c *gin.Context) {
	role := auth.Official
	if asked := auth.Role(c.Query("role")); asked == auth.Administrator || asked == auth.Observer {
		role = asked
	}
	p.userForm(c, http.StatusOK, auth.NewUser{Role: role, MustChangePassword: true}, kit.Problems{})
}

// AdminUserCreate makes an account.
func (p *Pages) AdminUserCreate(c *gin.Context) {
	user := auth.NewUser{
		Email: formValue(c, "email"), Forename: formValue(c, "forename"), Surname: formValue(c, "surname"),
		JMBG: formValue(c, "jmbg"), Role: auth.Role(formValue(c, "role")), Password: formValue(c, "password"),
		MustChangePassword: formValue(c, "must_change_password") != "",
	}
	user.Bound = user.Role != auth.Administrator && formValue(c, "scope") == scopePlaces
	added, err := p.Auth.AddUser(c.Request.Context(), principal.Actor(c), user)
	if err != nil {
		problems, status, ok := formProblems(err, problem.Busy)
		if !ok {
			respond.Error(c, err)
			return
		}
		problems = beside(problems, err, auth.ErrEmailTaken, "email")
		problems = beside(problems, err, auth.ErrJMBGTaken, "jmbg")
		sortProblems(problems, "role", "forename", "surname", "email", "jmbg", "password")
		p.userForm(c, status, user, problems)
		return
	}
	if added.Bound {
		respond.SeeOther(c, userPath(added.ID)+"/places")
		return
	}
	respond.SeeOther(c, "/admin/users")
}

// userForm keeps everything that was typed but the password, which no page ever carries.
func (p *Pages) userForm(c *gin.Context, status int, user auth.NewUser, problems kit.Problems) {
	field := func(name string, label messages.Message, value string) kit.Field {
		return kit.Field{Name: name, Label: label, Value: value, Problem: problems.Of(name), Complete: "off"}
	}
	email := field("email", messages.UsersEMail(), user.Email)
	email.Type = "email"
	jmbg := field("jmbg", messages.UsersJmbg(), user.JMBG)
	jmbg.Optional, jmbg.Mode, jmbg.Hint = true, "numeric", messages.UsersJmbgHint()
	password := field("password", messages.UsersPassword(), "")
	password.Type, password.Complete, password.Hint = "password", "new-password", messages.UsersNewPasswordHint()
	scope := scopeEverywhere
	if user.Bound {
		scope = scopePlaces
	}
	role := field("role", messages.UsersRole(), string(user.Role))
	model := view.UserFormPage{
		Page: p.page(c, view.SectionUsers, messages.UsersAddUser()), Role: role, Problems: problems,
		Roles: roleOptions(),
		MustChange: kit.Field{
			Name: "must_change_password", Label: messages.UsersMustChangePassword(),
			Hint: messages.UsersMustChangePasswordHint(),
		},
		MustChangeTicked: user.MustChangePassword,
		Scope:            kit.Field{Name: "scope", Label: messages.ObserverScope(), Value: scope, Hint: messages.FieldPlacesOfOfficials()},
		Scopes:           reachOptions(),
		Fields:           []kit.Field{field("forename", messages.UsersForename(), user.Forename), field("surname", messages.UsersSurname(), user.Surname), email, jmbg, password},
	}
	personal(c)
	respond.Page(c, status, view.UserForm(model))
}

func roleOptions() []kit.Option {
	return []kit.Option{
		{Value: string(auth.Official), Text: messages.UsersChoiceOfficial(), Hint: messages.UsersOfficialHint()},
		{Value: string(auth.Observer), Text: messages.UsersChoiceObserver(), Hint: messages.UsersObserverHint()},
		{Value: string(auth.Administrator), Text: messages.UsersChoiceAdministrator(), Hint: messages.UsersAdministratorHint()},
	}
}

// reachOptions are where a new account uploads, or what it reads.
func reachOptions() []kit.Option {
	return []kit.Option{
		{Value: scopeEverywhere, Text: messages.PlacesChoiceEverywhere(), Hint: messages.PlacesChoiceEverywhereHint()},
		{Value: scopePlaces, Text: messages.ObserverScopeChosen(), Hint: messages.ObserverScopeChosenHint()},
	}
}
