package pages

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/web/patient"
	"urna/web/respond"
	"urna/web/view"
)

const (
	// heartbeat keeps proxies from closing a feed that has nothing to say.
	heartbeat = 15 * time.Second
	// livePause is the least time between two updates of one page: more often nobody can read, and a
	// page of fifty constituencies is some hundred kilobytes.
	livePause = time.Second
)

// ElectionLive sends the changing part of an election's page as server-sent events: once at the
// beginning and after every change, at most once a second. It holds no session and ends with the
// request.
func (p *Pages) ElectionLive(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	defer context.AfterFunc(p.feeds, cancel)()
	// Watching begins before the first fragment is drawn, so that no change falls between the two.
	updates, stop := p.Results.Watch(election.ID)
	defer stop()
	feed := &feed{pages: p, election: election.ID, writer: patient.NewWriter(c.Writer)}
	if err := feed.begin(ctx); err != nil {
		respond.Error(c, err)
		return
	}
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-updates:
			if !open {
				return
			}
			if feed.update(ctx) != nil || !pause(ctx, livePause) {
				return
			}
		case <-ticker.C:
			if feed.beat(ctx) != nil {
				return
			}
		}
	}
}

// pause waits; false means that the request ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// feed is one open connection.
type feed struct {
	pages    *Pages
	election int64
	writer   *patient.Writer
	last     []byte // the fragment that the other side has
}

// begin answers with the first fragment. An error means that nothing was written yet.
func (f *feed) begin(ctx context.Context) error {
	first, err := f.pages.fragment(ctx, f.election)
	if err != nil {
		return err
	}
	header := f.writer.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	f.writer.WriteHeader(http.StatusOK)
	// A write that fails here is noticed by the request's context.
	_ = f.send(first)
	return nil
}

// update sends the present fragment.
func (f *feed) update(ctx context.Context) error {
	fragment, err := f.pages.fragment(ctx, f.election)
	if err != nil {
		return err
	}
	return f.send(fragment)
}

// beat sends the fragment where the clock has changed it (an election opens and ends without any
// event), else a comment.
func (f *feed) beat(ctx context.Context) error {
	fragment, err := f.pages.fragment(ctx, f.election)
	if err != nil {
		return err
	}
	if !bytes.Equal(fragment, f.last) {
		return f.send(fragment)
	}
	if _, err := fmt.Fprint(f.writer, ": still here\n\n"); err != nil {
		return err
	}
	return f.writer.Flush()
}

func (f *feed) send(fragment []byte) error {
	f.last = fragment
	if _, err := f.writer.Write(event("update", string(fragment))); err != nil {
		return err
	}
	return f.writer.Flush()
}

// event writes a server-sent event; every line of the data gets its own "data:".
func event(name, data string) []byte {
	var b bytes.Buffer
	b.WriteString("event: " + name + "\n")
	data = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)
	for line := range strings.SplitSeq(data, "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteString("\n")
	return b.Bytes()
}

// fragment draws the changing part of an election's page, once for all who ask at the same moment.
func (p *Pages) fragment(ctx context.Context, electionID int64) ([]byte, error) {
	return p.fragments.get(ctx, electionID, func(ctx context.Context) ([]byte, error) {
		election, err := p.Elections.Election(ctx, electionID)
		if err != nil {
			return nil, err
		}
		return p.draw(ctx, election)
	})
}

func (p *Pages) draw(ctx context.Context, e *elections.Election) ([]byte, error) {
	live, _, err := p.live(ctx, e)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := view.LiveFragment(live).Render(ctx, &b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
