package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
)

// AdminUsers lists the accounts.
func (p *Pages) AdminUsers(c *gin.Context) {
	users, err := p.Auth.Users(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	self, _ := principal.Of(c)
	model := view.UsersPage{Page: p.page(c, view.SectionUsers, messages.UsersHeading()), Notice: doneNotice(c.Query("done")), Zone: view.ZoneName(p.zone())}
	for _, user := range users {
		model.Users = append(model.Users, view.UserRow{
			Href: userPath(user.ID), Name: user.Name(), Email: user.Email, Role: roleName(user.Role),
			Since: view.NewMoment(user.CreatedAt, p.zone()), Marks: userMarks(user), Self: user.ID == self.ID,
		})
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Users(model))
}

func roleName(r auth.Role) messages.Message {
	if r == auth.Administrator {
		return messages.UsersChoiceAdministrator()
	}
	return messages.UsersChoiceOfficial()
}

// userMarks are the special facts about an account.
func userMarks(u auth.User) []view.Mark {
	var marks []view.Mark
	if u.Disabled {
		marks = append(marks, view.Mark{Class: "disabled", Text: messages.UsersDisabled()})
	}
	if u.MustChangePassword {
		marks = append(marks, view.Mark{Class: "queued", Text: messages.UsersMustChoosePassword()})
	}
	if u.SecondFactor {
		marks = append(marks, view.Mark{Class: "counted", Text: messages.UsersSecondFactor()})
	}
	return marks
}
