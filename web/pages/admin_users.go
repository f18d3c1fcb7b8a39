package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/web/caller"
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
	self, _ := caller.Of(c)
	model := view.UsersPage{Page: p.page(c, view.SectionUsers, "Users")}
	for _, user := range users {
		model.Users = append(model.Users, view.UserRow{
			ID: decimal(user.ID), Name: user.Name(), Email: user.Email, Role: roleName(user.Role),
			Since: view.NewMoment(user.CreatedAt, p.zone()), Disabled: user.Disabled, Self: user.ID == self.ID,
		})
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Users(model))
}

func roleName(r auth.Role) string {
	if r == auth.Administrator {
		return "Administrator"
	}
	return "Official"
}

// AdminUserDisable keeps a user from signing in.
func (p *Pages) AdminUserDisable(c *gin.Context) { p.switchUser(c, true) }

// AdminUserEnable lets a disabled user sign in again.
func (p *Pages) AdminUserEnable(c *gin.Context) { p.switchUser(c, false) }

func (p *Pages) switchUser(c *gin.Context, disabled bool) {
	id, ok := pathID(c, "user")
	if !ok {
		respond.Error(c, auth.ErrUnknownUser)
		return
	}
	if _, err := p.Auth.ChangeUser(c.Request.Context(), caller.Actor(c), id, auth.UserChange{Disabled: &disabled}); err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, "/admin/users")
}
