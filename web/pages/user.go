package pages

import (
	"net/http"
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

func userPath(id int64) string { return "/admin/users/" + decimal(id) }

// user returns the account that the path names.
func (p *Pages) user(c *gin.Context) (auth.User, error) {
	id, ok := pathID(c, "user")
	if !ok {
		return auth.User{}, auth.ErrUnknownUser
	}
	return p.Auth.User(c.Request.Context(), id)
}

// AdminUser shows an account and what can be done with it.
func (p *Pages) AdminUser(c *gin.Context) {
	user, err := p.user(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.userPage(c, http.StatusOK, user, typedUser(user), kit.Problems{})
}

// userInput is what the form of an account holds.
type userInput struct {
	Forename, Surname, Role string
	form, reason            string // the form that was sent, and its reason
}

func typedUser(u auth.User) userInput {
	return userInput{Forename: u.Forename, Surname: u.Surname, Role: string(u.Role)}
}

// AdminUserChange changes an account's name and role. An administrator cannot change their own role, so a signed-in
// administrator stays one.
func (p *Pages) AdminUserChange(c *gin.Context) {
	user, err := p.user(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	in := userInput{Forename: formValue(c, "forename"), Surname: formValue(c, "surname"), Role: formValue(c, "role")}
	change := auth.UserChange{Forename: &in.Forename, Surname: &in.Surname, Reason: formValue(c, "reason")}
	if self, _ := principal.Of(c); self.ID == user.ID {
		in.Role = string(user.Role)
	} else {
		role := auth.Role(in.Role)
		change.Role = &role
	}
	err = nil
	if user.Role == auth.Administrator && in.Role != string(auth.Administrator) {
		err = p.reasonGiven(c, user, "change")
	}
	if err == nil {
		_, err = p.Auth.ChangeUser(c.Request.Context(), principal.Actor(c), user.ID, change)
	}
	if err != nil {
		p.refuseUser(c, err, user, "change", in)
		return
	}
	respond.SeeOther(c, userPath(user.ID)+"?done=user-changed")
}

// needsSecond reports whether a second administrator must approve acts that weaken another person's account.
func (p *Pages) needsSecond(c *gin.Context, user auth.User) bool {
	if user.Role != auth.Administrator {
		return false
	}
	return p.secondNeeded(c.Request.Context(), time.Time{})
}

// reasonGiven refuses a form without the reason that a second administrator reads.
func (p *Pages) reasonGiven(c *gin.Context, user auth.User, form string) error {
	if formValue(c, "reason") != "" || !p.needsSecond(c, user) {
		return nil
	}
	return atField(form+"-reason", messages.FieldReasonNeeded())
}

// refuseUser shows an account again with what could not be done and what was typed into one of its forms.
func (p *Pages) refuseUser(c *gin.Context, err error, user auth.User, form string, in userInput) {
	problems, status, ok := formProblems(err, problem.Busy)
	if !ok {
		respond.Error(c, err)
		return
	}
	for i := range problems.List { // each form has a reason of its own
		if at := &problems.List[i]; at.Field == "reason" || at.Field == form+"-reason" {
			at.Field, at.Where = form+"-reason", messages.ApprovalsNeedsReason()
		}
	}
	in.form, in.reason = form, formValue(c, "reason")
	p.userPage(c, status, user, in, problems)
}

func (p *Pages) userPage(c *gin.Context, status int, user auth.User, in userInput, problems kit.Problems) {
	self, _ := principal.Of(c)
	var uploadsFor []messages.Message
	scope, change, details := messages.PlacesUploadsFor(), messages.PlacesChange(), p.placesDetails
	if user.Role == auth.Observer {
		scope, change, details = messages.ObserverReads(), messages.ObserverChange(), p.observedDetails
	}
	if user.Role != auth.Administrator {
		var err error
		if uploadsFor, err = details(c, user); err != nil {
			respond.Error(c, err)
			return
		}
	}
	jmbg := messages.Verbatim(user.JMBG)
	if user.JMBG == "" {
		jmbg = messages.UsersJmbgNone()
	}
	since := view.NewMoment(user.CreatedAt, p.zone())
	model := view.UserPage{
		Page: p.page(c, view.SectionUsers, messages.Verbatim(user.Name())), Heading: user.Name(), Notice: doneNotice(c.Query("done")), Path: userPath(user.ID),
		Second: user.ID != self.ID && p.needsSecond(c, user), ReasonOf: in.form, Reason: in.reason,
		Marks: userMarks(user), Self: user.ID == self.ID, Disabled: user.Disabled, SecondFactor: user.SecondFactor, Problems: problems,
		Details: []view.Detail{
			{Name: messages.UsersEMail(), Value: messages.Verbatim(user.Email)},
			{Name: messages.UsersRole(), Value: roleName(user.Role)},
			{Name: messages.UsersJmbg(), Value: jmbg},
			{Name: messages.UsersAccountSince(), Value: messages.UnitMomentInZone(since.Text, since.Zone)},
		},
		Waiting: user.Waiting, UploadsFor: uploadsFor, Scope: scope, ScopeChange: change, Places: userPath(user.ID) + "/places",
		Log:      "/admin/audit?subject=user+" + decimal(user.ID),
		Forename: kit.Field{Name: "forename", Label: messages.UsersForename(), Value: in.Forename, Complete: "off"},
		Surname:  kit.Field{Name: "surname", Label: messages.UsersSurname(), Value: in.Surname, Complete: "off"},
		Role:     kit.Field{Name: "role", Label: messages.UsersRole(), Value: in.Role},
		Roles:    roleOptions(),
		Password: kit.Field{
			Name: "password", Label: messages.UsersTemporaryPassword(), Type: "password", Complete: "new-password",
			Hint: messages.UsersTemporaryPasswordHint(),
		},
		Confirm: kit.Field{
			Name: "confirm", Label: messages.UsersDeleteConfirm(user.Name()),
			Hint: messages.UsersConfirmHint(),
		},
	}
	for _, field := range []*kit.Field{&model.Forename, &model.Surname, &model.Role, &model.Password, &model.Confirm} {
		field.Problem = problems.Of(field.Name)
	}
	personal(c)
	respond.Page(c, status, view.User(model))
}
