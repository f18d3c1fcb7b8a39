package pages

import (
	"bytes"
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/web/live"
	"urna/web/respond"
	"urna/web/view"
)

// ElectionLive sends the changing part of an election's page as server-sent events: the whole of it at
// once, and again after every change. It holds no session.
func (p *Pages) ElectionLive(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	if err := p.watchers.Serve(c.Writer, c.Request, id); err != nil {
		respond.Error(c, err)
	}
}

// picture draws the changing part of an election's page, for everyone who watches it.
func (p *Pages) picture(ctx context.Context, electionID int64) (live.Picture, error) {
	election, err := p.Elections.Election(ctx, electionID)
	if err != nil {
		return live.Picture{}, err
	}
	model, _, err := p.live(ctx, election)
	if err != nil {
		return live.Picture{}, err
	}
	var b bytes.Buffer
	if err := view.LiveFragment(model).Render(ctx, &b); err != nil {
		return live.Picture{}, err
	}
	return live.Picture{Content: b.Bytes(), Changes: nextTurn(election, p.Now())}, nil
}

// nextTurn returns when the clock alone moves the election on; the zero time where it does not.
func nextTurn(e *elections.Election, now time.Time) time.Time {
	switch e.StateAt(now) {
	case elections.Scheduled:
		return e.StartsAt
	case elections.Open:
		return e.EndsAt
	default:
		return time.Time{}
	}
}
