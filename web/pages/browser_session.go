package pages

import (
	"context"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/web/principal"
)

// maxAgent is how much of a browser's name for itself is kept, in bytes.
const maxAgent = 200

// begin makes the browser's session the person's, under a new token and with nothing of what it held
// before.
func (p *Pages) begin(c *gin.Context, u auth.User) error {
	ctx := c.Request.Context()
	if err := p.forget(ctx); err != nil {
		return err
	}
	p.Sessions.Put(ctx, auth.SessionUser, u.ID)
	p.Sessions.Put(ctx, auth.SessionEpoch, u.SessionEpoch)
	p.Sessions.Put(ctx, auth.SessionSince, p.Now().UnixMilli())
	p.Sessions.Put(ctx, auth.SessionFrom, c.ClientIP())
	p.Sessions.Put(ctx, auth.SessionAgent, shortAgent(c.Request.UserAgent()))
	return nil
}

// forget empties the browser's session and gives it a new token.
func (p *Pages) forget(ctx context.Context) error {
	if err := p.Sessions.Clear(ctx); err != nil {
		return err
	}
	return p.Sessions.RenewToken(ctx)
}

// goOn lets this session outlive a change that ended all of the account's, under a new token.
func (p *Pages) goOn(c *gin.Context, u auth.User) error {
	ctx := c.Request.Context()
	if err := p.Sessions.RenewToken(ctx); err != nil {
		return err
	}
	p.Sessions.Put(ctx, auth.SessionEpoch, u.SessionEpoch)
	return nil
}

// goOnAfresh is goOn with the account as it is after the change, which the answer then shows. Where another
// change ended the account's sessions too, such as an administrator's, this one ends with them.
func (p *Pages) goOnAfresh(c *gin.Context) error {
	self, _ := principal.Of(c)
	u, err := p.Auth.User(c.Request.Context(), self.ID)
	if err != nil {
		return err
	}
	principal.Set(c, u)
	u.SessionEpoch = self.SessionEpoch + 1 // what the one change made of it
	return p.goOn(c, u)
}

func shortAgent(agent string) string {
	if len(agent) > maxAgent {
		agent = agent[:maxAgent]
	}
	return strings.ToValidUTF8(agent, "")
}

// browserName says which browser a name for itself means, as people call it.
func browserName(agent string) messages.Message {
	name := firstNamed(agent, [][2]string{
		{"Edg/", "Edge"},
		{"OPR/", "Opera"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"},
		{"CriOS/", "Chrome"},
		{"Safari/", "Safari"},
	})
	system := firstNamed(agent, [][2]string{
		{"Windows", "Windows"},
		{"Android", "Android"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"},
		{"Linux", "Linux"},
	})
	switch {
	case name != "" && system == "iPhone":
		return messages.AccountBrowserOnIphone(name)
	case name != "" && system == "iPad":
		return messages.AccountBrowserOnIpad(name)
	case name != "" && system != "":
		return messages.AccountBrowserOn(name, system)
	case name != "":
		return messages.Verbatim(name)
	case agent != "":
		return messages.Verbatim(agent)
	default:
		return messages.AccountBrowserUnnamed()
	}
}

// firstNamed returns the name beside the first mark that a text holds, "" for none.
func firstNamed(text string, names [][2]string) string {
	for _, name := range names {
		if strings.Contains(text, name[0]) {
			return name[1]
		}
	}
	return ""
}
