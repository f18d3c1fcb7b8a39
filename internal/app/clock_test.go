package app_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
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

// TestClock_CodesOfBothTimesWhileInDoubt sets the machine's clock two hours ahead: an administrator whose authenticator
// shows that time can sign in to confirm it.
func TestClock_CodesOfBothTimesWhileInDoubt(t *testing.T) {
	begun, ahead := time.Now(), time.Duration(0)
	now := func() time.Time { return time.Now().Add(ahead) }
	a := open(t, t.TempDir(), app.Options{
		Parts: app.Everything, Lock: true, Create: true, PasswordParams: apptest.QuickHash(), Now: now,
		Elapsed: func() time.Duration { return time.Since(begun) },
	})
	addUser(t, a, "first")
	factor, err := a.Auth.BeginSecondFactor(t.Context(), audit.System(), 1)
	if err != nil {
		t.Fatal(err)
	}
	code := func(at time.Time) string {
		t.Helper()
		code, err := totp.GenerateCode(factor.Secret, at)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	if _, err := a.Auth.ConfirmSecondFactor(t.Context(), audit.System(), 1, code(now())); err != nil {
		t.Fatal(err)
	}
	const hours = 2 * time.Hour
	if _, err := a.Auth.SecondFactor(t.Context(), 1, code(now().Add(hours)), "here"); err == nil {
		t.Error("want the code of a later time refused without a doubt")
	}
	ahead = hours
	if _, err := a.Auth.SecondFactor(t.Context(), 1, code(now()), "here"); err != nil {
		t.Errorf("want the code of the machine's time accepted, got %v", err)
	}
}
