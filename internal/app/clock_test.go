package app_test

import (
	"testing"
	"time"

	"urna/internal/app"
	"urna/internal/audit"
)

// TestStart_AClockBeforeTheLastEventIsInDoubt opens a folder two hours before its last event.
func TestStart_AClockBeforeTheLastEventIsInDoubt(t *testing.T) {
	path, begun := t.TempDir(), time.Now()
	created(t, path)
	act(t, path, func(a *app.App) { addUser(t, a, "first") })
	o := app.Options{
		Parts: app.Everything, Lock: true, Now: func() time.Time { return time.Now().Add(-2 * time.Hour) },
		Elapsed: func() time.Duration { return time.Since(begun) },
	}
	a := open(t, path, o)
	parting, parted := a.ClockParted()
	if !parted || parting.Since.IsZero() || parting.Counted.Sub(parting.Machine) < 119*time.Minute {
		t.Errorf("want the clock in doubt, got %+v, %v", parting, parted)
	}
	if err := a.ConfirmClock(t.Context(), audit.System(), true); err != nil {
		t.Fatal(err)
	}
	if _, parted := a.ClockParted(); parted {
		t.Error("want the doubt ended")
	}
	events, err := a.Audit.Events(t.Context(), audit.Filter{Action: "clock-confirmed"})
	if err != nil || len(events) != 1 {
		t.Errorf("want the confirmation on record, got %+v, %v", events, err)
	}
}
