package pages

import (
	"bytes"
	"context"
	"net/http"
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
	if isHead(c) {
		if _, err := p.election(c); err != nil {
			respond.Error(c, err)
			return
		}
		live.Head(c.Writer.Header(), c.Request)
		c.Status(http.StatusOK)
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
	var content, figures bytes.Buffer
	if err := view.LiveFragment(model).Render(ctx, &content); err != nil {
		return live.Picture{}, err
	}
	// What moves by other causes than a change of the figures waits for the heartbeat: sent with the next vote, the
	// audit log's new head would tell when that vote came. Of the count over time the figures stand in the tables too;
	// what it has beside them is the times of its points.
	model.Updated, model.Count, model.Audit, model.Keys = nil, nil, nil, ""
	if err := view.LiveFragment(model).Render(ctx, &figures); err != nil {
		return live.Picture{}, err
	}
	return live.Picture{Content: content.Bytes(), Figures: figures.Bytes(), Changes: nextTurn(election, p.Now())}, nil
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
