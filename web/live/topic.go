package live

import (
	"bytes"
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// topicKey names a topic: an election, or a part of it, in a language.
type topicKey struct {
	election, part int64 // part 0 is the whole election
	language       string
}

// topic draws one election, or a part of it, in one language for all its watchers. It runs while it has watchers.
type topic struct {
	hub      *Hub
	key      topicKey
	end      context.CancelFunc
	watchers int // guarded by the hub

	content []byte // of the current frame; only run uses it

	drawn   chan struct{} // closed after the first drawing, also if it failed
	failure error         // of the first drawing; written before drawn is closed

	now atomic.Pointer[snapshot]
}

// snapshot is the current frame of a topic until the next one. All watchers wait on its one channel.
type snapshot struct {
	frame    *frame        // nil: the topic has ended
	replaced chan struct{} // closed when the next snapshot is stored
}

// run draws until ctx ends, which the hub does after the last watcher has left.
func (t *topic) run(ctx context.Context) {
	// Watching begins before the first drawing, so that no change falls between the two.
	updates, stop := t.hub.options.Watch(t.key.election)
	defer stop()
	snapshot, err := t.draw(ctx)
	if err == nil {
		_, err = t.publish(ctx, snapshot)
	}
	if err != nil {
		t.hub.failed(t, err)
		close(t.drawn)
		return
	}
	close(t.drawn)
	defer func() { t.next(nil) }()
	t.follow(ctx, updates, snapshot)
}

// follow draws again after every change, when the clock changes the snapshot, and at every heartbeat. Between
// heartbeats it sends nothing, not even a comment, unless a shown figure moved: votes come one by one and shown figures
// move in steps, so anything sent in between would tell when a single vote came.
func (t *topic) follow(ctx context.Context, updates <-chan struct{}, last Snapshot) {
	heartbeats := time.NewTicker(t.hub.heartbeatInterval)
	defer heartbeats.Stop()
	for {
		clock, heartbeat := t.clock(last.Changes), false
		select {
		case <-ctx.Done():
			return
		case <-updates:
		case <-clock:
		case <-heartbeats.C:
			heartbeat = true
		}
		snapshot, err := t.draw(ctx)
		moved, sent := err == nil && !bytes.Equal(snapshot.Figures, last.Figures), false
		if err == nil && !moved && !heartbeat { // nothing to send, so nothing to throttle; a pause would delay the next heartbeat
			last.Changes = snapshot.Changes
			continue
		}
		if err == nil {
			sent, err = t.publish(ctx, snapshot)
		}
		if heartbeat && !sent {
			t.next(t.now.Load().frame) // the same frame again makes watchers send a heartbeat
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil: // the database fails for a moment: watchers keep the last frame
			slog.WarnContext(ctx, "live frame not drawn", "election_id", t.key.election, "error", err)
		default:
			last = snapshot
		}
		if !throttle(ctx, t.hub.minInterval(t)) {
			return
		}
	}
}

// clock returns a channel that receives just after the given time, nil for the zero time.
func (t *topic) clock(changes time.Time) <-chan time.Time {
	if changes.IsZero() {
		return nil
	}
	return time.After(max(0, changes.Sub(t.hub.options.Now())) + time.Millisecond)
}

// throttle waits for d. It returns false if ctx ends first.
func throttle(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (t *topic) draw(ctx context.Context) (Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, drawTimeout)
	defer cancel()
	return t.hub.options.Draw(ctx, t.key.election, t.key.part)
}

// publish renders a snapshot and sends it to all watchers, unless they have the same content already.
func (t *topic) publish(ctx context.Context, snapshot Snapshot) (sent bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, drawTimeout)
	defer cancel()
	content, err := snapshot.Content(ctx)
	if err != nil || t.content != nil && bytes.Equal(content, t.content) {
		return false, err
	}
	f, err := newFrame(t.hub.options.Now(), content)
	if err != nil {
		return false, err
	}
	t.content = content
	t.next(f)
	return true, nil
}

// next replaces the current snapshot and wakes all watchers.
func (t *topic) next(f *frame) {
	if old := t.now.Swap(&snapshot{frame: f, replaced: make(chan struct{})}); old != nil {
		close(old.replaced)
	}
}
