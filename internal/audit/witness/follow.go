package witness

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// maxPause is the longest pause between two rounds while the server cannot be reached.
const maxPause = 15 * time.Minute

// Follow makes rounds until the context ends, with a pause between two. While rounds fail the pause doubles, up to
// fifteen minutes; after a conflict it stays, and each round reports the conflict again. fn is called after each round.
func (w *Witness) Follow(ctx context.Context, pause time.Duration, fn func(err error)) {
	for failures := 0; ; {
		err := w.Round(ctx)
		if ctx.Err() != nil {
			return
		}
		fn(err)
		if _, conflict := errors.AsType[*ConflictError](err); err == nil || conflict {
			failures = 0
		} else {
			failures++
		}
		timer := time.NewTimer(backoff(pause, failures))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// backoff returns the pause after so many failed rounds in a row.
func backoff(pause time.Duration, failures int) time.Duration {
	for ; failures > 1 && pause < maxPause; failures-- {
		pause *= 2
	}
	return max(min(pause, maxPause), 0)
}

// Log reports a round in the log of the program.
func (w *Witness) Log(ctx context.Context, err error) {
	conflict, conflicts := errors.AsType[*ConflictError](err)
	switch {
	case conflicts:
		slog.ErrorContext(ctx, "THE LOG CONTRADICTS WHAT WAS COUNTERSIGNED; nothing is countersigned", "reason", conflict.Reason)
	case err != nil:
		slog.WarnContext(ctx, "this round failed; it is tried again", "error", err)
	default:
		last, at := w.Last()
		slog.InfoContext(ctx, "countersigned", "log", last.Origin, "events", last.Size, "root", last.Root.String(), "at", at.UTC())
	}
}
