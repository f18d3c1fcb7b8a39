package pages

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/results"
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
	if err := p.watchers.Serve(c.Writer, c.Request, id, 0); err != nil {
		respond.Error(c, err)
	}
}

// ConstituencyLive sends the changing part of a constituency's page, as ElectionLive does that of an election's.
func (p *Pages) ConstituencyLive(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	place, _ := pathID(c, "constituency")
	if election.Constituency(place) == nil {
		respond.Error(c, errNoConstituency)
		return
	}
	if isHead(c) {
		live.Head(c.Writer.Header(), c.Request)
		c.Status(http.StatusOK)
		return
	}
	if err := p.watchers.Serve(c.Writer, c.Request, election.ID, place); err != nil {
		respond.Error(c, err)
	}
}

// snapshot draws the changing part of an election's page, or of a constituency's, for everyone who watches it. What changes for other reasons
// than the figures waits for the heartbeat: sent with the next vote, the audit log's new head would tell when that vote
// came.
func (p *Pages) snapshot(ctx context.Context, electionID, constituency int64) (live.Snapshot, error) {
	public, err := p.Results.Public(ctx, electionID)
	if err != nil {
		return live.Snapshot{}, err
	}
	public = public.In(tagOf(ctx))
	if constituency != 0 {
		return p.constituencySnapshot(ctx, public, constituency)
	}
	content := func(ctx context.Context) ([]byte, error) {
		var b bytes.Buffer
		ctx = view.WithLanguages(ctx, view.Languages{List: p.Languages})
		err := view.LiveFragment(p.live(ctx, public)).Render(ctx, &b)
		return b.Bytes(), err
	}
	return live.Snapshot{Content: content, Figures: public.Figures[:], Changes: public.Until}, nil
}

// constituencySnapshot is the snapshot of a constituency's page. Its figures are what the page shows, without the time of the
// election's last change and the head of the log: a count elsewhere sends nothing before the heartbeat.
func (p *Pages) constituencySnapshot(ctx context.Context, public *results.Public, constituency int64) (live.Snapshot, error) {
	draw := func(ctx context.Context, timeless bool) ([]byte, error) {
		ctx = view.WithLanguages(ctx, view.Languages{List: p.Languages})
		model, err := p.constituencyModel(ctx, nil, public, constituency)
		if err != nil {
			return nil, err
		}
		if timeless {
			model.Live.Changed, model.Live.Updated, model.Live.Audit = nil, nil, nil
		}
		var b bytes.Buffer
		err = view.ConstituencyFragment(model).Render(ctx, &b)
		return b.Bytes(), err
	}
	shown, err := draw(ctx, true)
	if err != nil {
		return live.Snapshot{}, err
	}
	figures := sha256.Sum256(shown)
	content := func(ctx context.Context) ([]byte, error) { return draw(ctx, false) }
	return live.Snapshot{Content: content, Figures: figures[:], Changes: public.Until}, nil
}
