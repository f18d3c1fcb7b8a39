package pages

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
)

// The pages of one's own account.
const (
	accountPath      = "/account"
	passwordPath     = "/account/password"
	secondFactorPath = "/account/second-factor"
)

// Account shows a person's own account and where it is signed in.
func (p *Pages) Account(c *gin.Context) {
	self, _ := principal.Of(c)
	sessions, err := p.ownSessions(c, self)
	if err != nil {
		respond.Error(c, err)
		return
	}
	factor := messages.AccountSecondFactorOff()
	if self.SecondFactor {
		factor = messages.AccountSecondFactorOn()
	}
	model := view.AccountPage{
		Page: p.page(c, view.SectionAccount, messages.AccountHeading()), Notice: doneNotice(c.Query("done")), Sessions: sessions,
		Name: self.Name(), Email: self.Email, Role: roleName(self.Role), SecondFactor: factor,
	}
	for _, session := range sessions {
		if !session.This {
			model.Others++
		}
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Account(model))
}

func (p *Pages) ownSessions(c *gin.Context, self auth.User) ([]view.SessionRow, error) {
	ctx := c.Request.Context()
	list, err := p.BrowserSessions.OfUser(ctx, self.ID, self.SessionEpoch)
	if err != nil {
		return nil, err
	}
	this := p.BrowserSessions.ID(p.Sessions.Token(ctx))
	rows := make([]view.SessionRow, 0, len(list))
	for _, session := range list {
		rows = append(rows, view.SessionRow{
			ID: session.ID, Browser: browserName(session.Agent), Agent: session.Agent, From: session.From,
			Since: view.NewMoment(session.Since, p.zone()), This: session.ID == this,
		})
	}
	return rows, nil
}

// AccountSessionEnd ends one of a person's own browser sessions; ending this very one signs out.
func (p *Pages) AccountSessionEnd(c *gin.Context) {
	ctx, id := c.Request.Context(), c.Param("session")
	if id == p.BrowserSessions.ID(p.Sessions.Token(ctx)) {
		p.SignOut(c)
		return
	}
	self, _ := principal.Of(c)
	if err := p.Auth.SignOut(ctx, self, c.ClientIP(), 1); err != nil {
		respond.Error(c, err)
		return
	}
	if err := p.BrowserSessions.End(ctx, self.ID, id); err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, accountPath+"?done=session")
}

// AccountSessionsEndOthers ends all of a person's browser sessions but this one.
func (p *Pages) AccountSessionsEndOthers(c *gin.Context) {
	ctx := c.Request.Context()
	self, _ := principal.Of(c)
	list, err := p.BrowserSessions.OfUser(ctx, self.ID, self.SessionEpoch)
	if err != nil {
		respond.Error(c, err)
		return
	}
	this := p.BrowserSessions.ID(p.Sessions.Token(ctx))
	list = slices.DeleteFunc(list, func(b auth.BrowserSession) bool { return b.ID == this })
	if err := p.Auth.SignOut(ctx, self, c.ClientIP(), len(list)); err != nil {
		respond.Error(c, err)
		return
	}
	for _, session := range list {
		if err := p.BrowserSessions.End(ctx, self.ID, session.ID); err != nil {
			respond.Error(c, err)
			return
		}
	}
	respond.SeeOther(c, accountPath+"?done=sessions")
}

// doneNotice returns what a page says after something was done, no sentence if nothing was; the address names it.
func doneNotice(done string) messages.Message {
	switch done {
	case "session":
		return messages.AccountDoneSession()
	case "sessions":
		return messages.AccountDoneSessions()
	case "password":
		return messages.AccountDonePassword()
	case "second-factor-removed":
		return messages.AccountDoneSecondFactorRemoved()
	case "app-added":
		return messages.AccountFactorAppAdded()
	case "passkey-added":
		return messages.PasskeysDoneAdded()
	case "passkey-removed":
		return messages.PasskeysDoneRemoved()
	case "user-changed":
		return messages.UsersDoneChanged()
	case "user-password":
		return messages.UsersDonePassword()
	case "user-second-factor":
		return messages.UsersDoneSecondFactor()
	case "user-deleted":
		return messages.UsersDoneDeleted()
	case "observed":
		return messages.ObserverDone()
	case "places":
		return messages.PlacesDone()
	case "waiting", "user-accepted":
		return messages.PlacesWaitingDone()
	case "extended":
		return messages.ElectionsDoneExtended()
	case "declared":
		return messages.ElectionsDoneDeclared()
	case "published":
		return messages.ElectionsDonePublished()
	case "withdrawn":
		return messages.ElectionsDoneWithdrawn()
	case "draft-deleted":
		return messages.ElectionsDoneDraftDeleted()
	case "participant-deleted":
		return messages.ParticipantsDoneDeleted()
	default:
		return messages.Message{}
	}
}
