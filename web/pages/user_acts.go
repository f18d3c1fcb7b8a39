package pages

import (
	"context"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
)

// errOwnAccount is returned for acts by which an administrator would get around the questions that
// everybody's own account asks.
var errOwnAccount = problem.New(problem.Conflict, "own-account",
	messages.RefusalOwnAccount())

// AdminUserDisable keeps a user from signing in.
func (p *Pages) AdminUserDisable(c *gin.Context) { p.switchUser(c, true) }

// AdminUserEnable lets a disabled user sign in again.
func (p *Pages) AdminUserEnable(c *gin.Context) { p.switchUser(c, false) }

func (p *Pages) switchUser(c *gin.Context, disabled bool) {
	user, err := p.user(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if disabled {
		err = p.reasonGiven(c, user, "disable")
	}
	if err == nil {
		_, err = p.Auth.ChangeUser(c.Request.Context(), principal.Actor(c), user.ID, auth.UserChange{Disabled: &disabled, Reason: formValue(c, "reason")})
	}
	if err != nil {
		p.refuseUser(c, err, user, "disable", typedUser(user))
		return
	}
	respond.SeeOther(c, userPath(user.ID))
}

// AdminUserPassword sets a temporary password: the person is signed out everywhere and must choose
// another at the next sign-in.
func (p *Pages) AdminUserPassword(c *gin.Context) {
	password, mustChange := formValue(c, "password"), true
	p.actOnUser(c, "password", "?done=user-password", func(ctx context.Context, actor audit.Actor, id int64) error {
		_, err := p.Auth.ChangeUser(ctx, actor, id, auth.UserChange{Password: &password, MustChangePassword: &mustChange, Reason: formValue(c, "reason")})
		return err
	})
}

// AdminUserSecondFactorRemove takes the second factor off an account whose telephone was lost.
func (p *Pages) AdminUserSecondFactorRemove(c *gin.Context) {
	p.actOnUser(c, "factor", "?done=user-second-factor", func(ctx context.Context, actor audit.Actor, id int64) error {
		return p.Auth.RemoveSecondFactor(ctx, actor, id, formValue(c, "reason"))
	})
}

// AdminUserDelete takes an account away, once the box that says so was ticked.
func (p *Pages) AdminUserDelete(c *gin.Context) {
	p.actOnUser(c, "delete", "", func(ctx context.Context, actor audit.Actor, id int64) error {
		if formValue(c, "confirm") == "" {
			var checks problem.Checks
			checks.Add("confirm", messages.FieldTickToDelete())
			return checks.Err()
		}
		return p.Auth.DeleteUser(ctx, actor, id, formValue(c, "reason"))
	})
}

// actOnUser changes another person's account and redirects to its page with a notice, or to
// the list if the account is gone and the notice is "". form names the form that was sent.
func (p *Pages) actOnUser(c *gin.Context, form, done string, act func(context.Context, audit.Actor, int64) error) {
	user, err := p.user(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if self, _ := principal.Of(c); self.ID == user.ID {
		respond.Error(c, errOwnAccount)
		return
	}
	if err = p.reasonGiven(c, user, form); err == nil {
		err = act(c.Request.Context(), principal.Actor(c), user.ID)
	}
	if err != nil {
		p.refuseUser(c, err, user, form, typedUser(user))
		return
	}
	if done == "" {
		respond.SeeOther(c, "/admin/users?done=user-deleted")
		return
	}
	respond.SeeOther(c, userPath(user.ID)+done)
}
