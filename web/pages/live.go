package pages

import (
	"bytes"
	"context"
	"net/http"

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

// snapshot draws the changing part of an election's page, for everyone who watches it. What changes for other reasons
// than the figures waits for the heartbeat: sent with the next vote, the audit log's new head would tell when that vote
// came.
func (p *Pages) snapshot(ctx context.Context, electionID int64) (live.Snapshot, error) {
	public, err := p.Results.Public(ctx, electionID)
	if err != nil {
		return live.Snapshot{}, err
	}
	public = public.In(tagOf(ctx))
	content := func(ctx context.Context) ([]byte, error) {
		var b bytes.Buffer
		ctx = view.WithLanguages(ctx, view.Languages{List: p.Languages})
		err := view.LiveFragment(p.live(ctx, public)).Render(ctx, &b)
		return b.Bytes(), err
	}
	return live.Snapshot{Content: content, Figures: public.Figures[:], Changes: public.Until}, nil
}
