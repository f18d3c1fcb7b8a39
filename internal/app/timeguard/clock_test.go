package timeguard

import (
	"errors"
	"testing"
	"time"
)

// machine is a clock that can be set, and the time that passes.
type machine struct {
	at     time.Time
	passed time.Duration
}

func (m *machine) pass(d time.Duration) { m.at, m.passed = m.at.Add(d), m.passed+d }

func newMachine() (*machine, *Clock) {
	m := &machine{at: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC), passed: 5 * time.Hour}
	return m, New(func() time.Time { return m.at }, func() time.Duration { return m.passed })
}

// want compares the clock with the expected times.
func want(t *testing.T, when string, c *Clock, now, transitions time.Time, parted bool) {
	t.Helper()
	if got := c.Now(); !got.Equal(now) {
		t.Errorf("%s: want the time %v, got %v", when, now, got)
	}
	if got := c.Transitions(); !got.Equal(transitions) {
		t.Errorf("%s: want %v for transitions, got %v", when, transitions, got)
	}
	if p, got := c.Parted(); got != parted {
		t.Errorf("%s: want parted %v, got %v, %+v", when, parted, got, p)
	}
}

func TestClock_AgreesWithinAMinute(t *testing.T) {
	m, c := newMachine()
	for range 40 { // small steps to and fro, as NTP makes them
		m.pass(time.Hour)
		m.at = m.at.Add(50 * time.Second)
		want(t, "a step ahead", c, m.at, m.at, false)
		m.at = m.at.Add(-50 * time.Second)
	}
	m.at = m.at.Add(40 * time.Second)
	want(t, "one step", c, m.at, m.at, false)
	m.at = m.at.Add(40 * time.Second)
	if _, parted := c.Parted(); !parted {
		t.Error("want many small steps in one direction to be seen as a large one")
	}
}

// TestClock_AJump sets the machine's clock a day ahead or back: the time goes on, transitions wait.
func TestClock_AJump(t *testing.T) {
	for _, jump := range []time.Duration{24 * time.Hour, -24 * time.Hour, 61 * time.Second, -61 * time.Second} {
		m, c := newMachine()
		right := m.at
		m.at = m.at.Add(jump)
		want(t, "at the jump", c, right, right, true)
		m.pass(time.Hour)
		want(t, "an hour later", c, right.Add(time.Hour), right, true)
		m.at = right.Add(time.Hour)
		want(t, "back again", c, m.at, m.at, false)
	}
}

func TestConfirm_TheMachine(t *testing.T) {
	m, c := newMachine()
	if err := c.Confirm(true); !errors.Is(err, ErrNotParted) {
		t.Errorf("want nothing to confirm, got %v", err)
	}
	m.at = m.at.Add(time.Hour)
	want(t, "at the jump", c, m.at.Add(-time.Hour), m.at.Add(-time.Hour), true)
	if err := c.Confirm(true); err != nil {
		t.Fatal(err)
	}
	m.pass(time.Hour)
	want(t, "confirmed", c, m.at, m.at, false)
}

func TestConfirm_TheCountedTime(t *testing.T) {
	m, c := newMachine()
	right := m.at
	m.at = m.at.Add(time.Hour)
	if err := c.Confirm(false); err != nil {
		t.Fatal(err)
	}
	m.pass(time.Minute)
	right = right.Add(time.Minute)
	want(t, "confirmed", c, right, right, true) // that the machine's clock is wrong is still said
	if p, _ := c.Parted(); !p.Since.IsZero() || !p.Machine.Equal(m.at) {
		t.Errorf("want nothing to wait, got %+v", p)
	}
	m.at = m.at.Add(time.Hour)
	want(t, "another jump", c, right, right, true)
	if p, _ := c.Parted(); p.Since.IsZero() {
		t.Error("want it asked again")
	}
	m.at = right
	want(t, "set right", c, right, right, false)
}

func TestNotBefore_TheLastEvent(t *testing.T) {
	m, c := newMachine()
	c.NotBefore(m.at.Add(30 * time.Second))
	want(t, "half a minute", c, m.at, m.at, false)
	last := m.at.Add(time.Hour)
	c.NotBefore(last)
	m.pass(time.Second)
	if p, parted := c.Parted(); !parted || !p.Counted.Equal(last.Add(time.Second)) {
		t.Errorf("want the start to stop at the last event, got %+v, %v", p, parted)
	}
}

// TestClock_ASleep lets the machine sleep: its clock is set at the wake-up, and the system knows why.
func TestClock_ASleep(t *testing.T) {
	m, c := newMachine()
	asleep := time.Duration(0)
	c.slept = func() time.Duration { return asleep }
	m.at, asleep = m.at.Add(8*time.Hour), 8*time.Hour
	want(t, "awake", c, m.at, m.at, false)
	m.at = m.at.Add(time.Hour)
	want(t, "and then a jump", c, m.at.Add(-time.Hour), m.at.Add(-time.Hour), true)
}

// TestClock_TheFirstSynchronisation lets the system synchronise a clock that was wrong at the start, as at a boot. The
// step is the right time within ten minutes, once, not before the last event, and only if the clock was not
// synchronised at the start.
func TestClock_TheFirstSynchronisation(t *testing.T) {
	for name, c := range map[string]struct {
		synchronisedAt time.Duration // after the start; the step comes with it
		step           time.Duration
		event          time.Duration // the last one, from the start; 0 is none
		seen           bool          // the step is seen before the system says that it is synchronised
		accepted       bool
	}{
		"ahead":                 {time.Minute, 5 * time.Hour, 0, false, true},
		"back":                  {time.Minute, -5 * time.Hour, 0, false, true},
		"seen before":           {time.Minute, 5 * time.Hour, 0, true, true},
		"an old clock":          {time.Minute, 5 * time.Hour, 4 * time.Hour, false, true},
		"before the last event": {time.Minute, 5 * time.Hour, 6 * time.Hour, false, false},
		"too late":              {11 * time.Minute, 5 * time.Hour, 0, false, false},
		"at the start":          {0, 5 * time.Hour, 0, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			m, clock := newMachine()
			synchronised := c.synchronisedAt == 0
			clock.synchronised = unlessSynchronised(func() bool { return synchronised })
			if c.event != 0 {
				clock.NotBefore(m.at.Add(c.event))
			}
			_ = clock.Now()
			m.pass(max(c.synchronisedAt, time.Minute))
			m.at = m.at.Add(c.step)
			if c.seen {
				if _, parted := clock.Parted(); !parted {
					t.Error("want a doubt until the system says that the clock is synchronised")
				}
			}
			synchronised = true
			if _, parted := clock.Parted(); parted == c.accepted {
				t.Fatalf("want the step accepted: %v, got parted: %v", c.accepted, parted)
			}
			if !c.accepted {
				return
			}
			m.pass(time.Second)
			want(t, "accepted", clock, m.at, m.at, false)
			right := m.at
			m.at = m.at.Add(time.Hour)
			want(t, "a second step", clock, right, right, true)
		})
	}
}

// TestClock_NoSynchronisationOverrulesAConfirmation has an administrator confirm a time before the system says that it
// has synchronised its clock.
func TestClock_NoSynchronisationOverrulesAConfirmation(t *testing.T) {
	m, clock := newMachine()
	synchronised := false
	clock.synchronised = unlessSynchronised(func() bool { return synchronised })
	m.pass(time.Minute)
	right := m.at
	m.at = m.at.Add(5 * time.Hour)
	want(t, "a step", clock, right, right, true)
	if err := clock.Confirm(false); err != nil {
		t.Fatal(err)
	}
	synchronised = true
	want(t, "synchronised after the confirmation", clock, right, right, true)
}
