package pages

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminUsers lists the accounts.
func (p *Pages) AdminUsers(c *gin.Context) {
	p.usersPage(c, http.StatusOK, scopeEverywhere, kit.Problems{})
}

// usersPage lists the accounts, first those that wait, with what could not be done about them.
func (p *Pages) usersPage(c *gin.Context, status int, scope string, problems kit.Problems) {
	users, err := p.allAccounts(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	self, _ := principal.Of(c)
	model := view.UsersPage{Page: p.page(c, view.SectionUsers, messages.UsersHeading()), Notice: doneNotice(c.Query("done")), Zone: view.ZoneName(p.zone())}
	model.Registration, model.Open = p.registrationNotice()
	model.Waiting, model.Problems = p.waitingAccounts(users, scope), problems
	for _, user := range users {
		if user.Waiting { // listed above
			continue
		}
		model.Users = append(model.Users, view.UserRow{
			Href: userPath(user.ID), Name: user.Name(), Email: user.Email, Role: roleName(user.Role),
			Since: view.NewMoment(user.CreatedAt, p.zone()), Marks: userMarks(user), Self: user.ID == self.ID,
		})
	}
	personal(c)
	respond.Page(c, status, view.Users(model))
}

func roleName(r auth.Role) messages.Message {
	switch r {
	case auth.Administrator:
		return messages.UsersChoiceAdministrator()
	case auth.Observer:
		return messages.UsersChoiceObserver()
	case auth.Official:
	}
	return messages.UsersChoiceOfficial()
}

// userMarks are the special facts about an account.
func userMarks(u auth.User) []kit.Mark {
	var marks []kit.Mark
	if u.Waiting {
		marks = append(marks, kit.Mark{Class: "queued", Text: messages.PlacesWaitingMark()})
	}
	if u.Bound && u.Role == auth.Official {
		marks = append(marks, kit.Mark{Class: "", Text: messages.PlacesHeading()})
	}
	if u.Bound && u.Role == auth.Observer {
		marks = append(marks, kit.Mark{Class: "", Text: messages.ObserverChooseLegend()})
	}
	if u.Disabled {
		marks = append(marks, kit.Mark{Class: "disabled", Text: messages.UsersDisabled()})
	}
	if u.MustChangePassword {
		marks = append(marks, kit.Mark{Class: "queued", Text: messages.UsersMustChoosePassword()})
	}
	if u.SecondFactor {
		marks = append(marks, kit.Mark{Class: "counted", Text: messages.UsersSecondFactor()})
	}
	return marks
}

// registrationNotice says that anybody can register, and whether such accounts work at once; none if registration is closed.
func (p *Pages) registrationNotice() (messages.Message, bool) {
	switch p.Registration {
	case auth.RegistrationOpen:
		return messages.PlacesOpenWarning(), true
	case auth.RegistrationApprove:
		return messages.PlacesApproveNotice(), false
	case auth.RegistrationClosed:
	}
	return messages.Message{}, false
}

// inOrderOfIDs returns accounts in the order in which they were made.
func inOrderOfIDs(users []auth.User) []auth.User {
	return slices.SortedFunc(slices.Values(users), func(a, b auth.User) int { return cmp.Compare(a.ID, b.ID) })
}
