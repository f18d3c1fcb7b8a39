package live

import (
	"bytes"
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// programme draws one election for all who watch it, for as long as anybody does.
type programme struct {
	hub      *Hub
	election int64
	end      context.CancelFunc
	watchers int // guarded by the hub

	drawn   chan struct{} // closed when the first picture is there, or has failed
	failure error         // of the first picture; written before drawn is closed

	now atomic.Pointer[moment]
}

// moment is what there is to see until something happens. Watchers wait for its end, all on one channel.
type moment struct {
	edition *edition // nil: the programme has ended
	over    chan struct{}
}

// run draws until the last watcher has gone.
func (p *programme) run(ctx context.Context) {
	// Watching begins before the first drawing, so that no change falls between the two.
	updates, stop := p.hub.options.Watch(p.election)
	defer stop()
	picture, err := p.draw(ctx)
	if err == nil {
		err = p.publish(picture)
	}
	if err != nil {
		p.hub.failed(p, err)
		close(p.drawn)
		return
	}
	close(p.drawn)
	defer func() { p.next(nil) }()
	p.follow(ctx, updates, picture)
}

// follow draws again after every change, when the clock says so, and at every heartbeat. Between heartbeats
// nothing is sent, not even a sign of life, unless the figures moved: votes come one by one, and what is shown of
// them moves in steps, so that anything sent in between would tell when somebody voted.
func (p *programme) follow(ctx context.Context, updates <-chan struct{}, last Picture) {
	beat := time.NewTicker(p.hub.heartbeat)
	defer beat.Stop()
	for {
		clock, beats := p.clock(last.Changes), false
		select {
		case <-ctx.Done():
			return
		case <-updates:
		case <-clock:
		case <-beat.C:
			beats = true
		}
		picture, err := p.draw(ctx)
		switch {
		case err != nil && beats:
			p.next(p.now.Load().edition)
		case err != nil:
		case !bytes.Equal(picture.Figures, last.Figures), beats && !bytes.Equal(picture.Content, last.Content):
			err = p.publish(picture)
		case beats:
			p.next(p.now.Load().edition) // the same again is a sign of life
		default: // nobody heard anything, so nobody is rested from; a rest would delay the next heartbeat
			last.Changes = picture.Changes
			continue
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil: // the database is away for a moment: the last picture stands
			slog.WarnContext(ctx, "live picture not drawn", "election_id", p.election, "error", err)
		default:
			last = picture
		}
		if !rest(ctx, p.hub.pause(p)) {
			return
		}
	}
}

// clock returns a channel that receives just after the given time, nil for the zero time.
func (p *programme) clock(changes time.Time) <-chan time.Time {
	if changes.IsZero() {
		return nil
	}
	return time.After(max(0, changes.Sub(p.hub.options.Now())) + time.Millisecond)
}

// rest waits; false means that the programme ended first.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (p *programme) draw(ctx context.Context) (Picture, error) {
	ctx, cancel := context.WithTimeout(ctx, drawing)
	defer cancel()
	return p.hub.options.Draw(ctx, p.election)
}

// publish shows a picture to everyone.
func (p *programme) publish(picture Picture) error {
	e, err := newEdition(p.hub.options.Now(), picture.Content)
	if err != nil {
		return err
	}
	p.next(e)
	return nil
}

// next ends the present moment and begins another.
func (p *programme) next(e *edition) {
	if old := p.now.Swap(&moment{edition: e, over: make(chan struct{})}); old != nil {
		close(old.over)
	}
}
