package timeguard

import (
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Tolerance is how far the machine's clock may part from the counted time.
const Tolerance = time.Minute

// settling is how long after the start a machine that was started with an unsynchronised clock may take to synchronise
// it.
const settling = 10 * time.Minute

// ErrNotParted is returned for a confirmation while both clocks agree.
var ErrNotParted = errors.New("timeguard: the clocks agree")

// Parting is a disagreement of the two clocks.
type Parting struct {
	Machine time.Time // by the clock of the machine
	Counted time.Time // the time of the start and what has passed since
	Since   time.Time // since then elections neither open nor close; zero once the counted time is confirmed
}

// Clock is the time of a program. Its methods may be called concurrently.
type Clock struct {
	wall    func() time.Time
	elapsed func() time.Duration // since any fixed moment; nil trusts the wall
	slept   func() time.Duration // that elapsed does not contain, because the machine slept
	begun   time.Duration        // elapsed at the start

	mu     sync.Mutex
	start  time.Time     // the counted time at elapsed 0
	asleep time.Duration // as last asked
	offset time.Duration // by which the wall is confirmed to be wrong
	frozen time.Time     // when they parted; zero while they agree, or once the counted time is confirmed
	last   time.Time     // the last event that was recorded before the start
	// synchronised reports whether the system has synchronised its clock. It is nil once it has, if it had at the start,
	// if settling has passed, and on systems that do not tell.
	synchronised func() bool
}

// New returns a clock over the machine's own, wall. elapsed is the time since any fixed moment by a clock that cannot
// be set; nil is that of this process if wall is the machine's clock, and else none, with which wall is always right.
func New(wall func() time.Time, elapsed func() time.Duration) *Clock {
	c := &Clock{wall: wall, elapsed: elapsed, slept: func() time.Duration { return 0 }}
	if wall == nil {
		begun := time.Now()
		c.wall = time.Now
		if elapsed == nil {
			c.elapsed = func() time.Duration { return time.Since(begun) }
			c.slept = sleepSince()
			c.synchronised = unlessSynchronised(synchronised)
		}
	}
	if c.elapsed != nil {
		c.begun = c.elapsed()
		c.start = c.wall().Round(0).Add(-c.elapsed())
	}
	return c
}

// Synchronised reports whether a time service has synchronised the clock of the system; true if the system does not say.
func Synchronised() bool { return synchronised() }

// unlessSynchronised returns the function, or nil if the clock is synchronised now.
func unlessSynchronised(synchronised func() bool) func() bool {
	if synchronised() {
		return nil
	}
	return synchronised
}

// NotBefore passes in the time of an event that was recorded. If the machine's clock is earlier by more than the
// tolerance, the clocks part: the counted time begins at that event. It is called at the start of the program.
func (c *Clock) NotBefore(event time.Time) {
	if c.elapsed == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = event.Round(0)
	if event.Sub(c.wall().Round(0)) > Tolerance {
		c.start = event.Round(0).Add(-c.elapsed())
	}
}

// Now returns the time: the machine's, or the counted one while both disagree.
func (c *Clock) Now() time.Time {
	now, _ := c.read()
	return now
}

// Transitions returns the time by which elections open, close and are published. It does not advance while the clocks
// disagree.
func (c *Clock) Transitions() time.Time {
	_, transitions := c.read()
	return transitions
}

// Parted returns the disagreement of the clocks; false if they agree.
func (c *Clock) Parted() (Parting, bool) {
	c.read()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen.IsZero() && c.offset == 0 {
		return Parting{}, false
	}
	return Parting{Machine: c.wall().Round(0), Counted: c.counted(), Since: c.frozen}, true
}

// Confirm records which clock is right, the machine's or the counted time.
// ErrNotParted is returned while both agree.
func (c *Clock) Confirm(machine bool) error {
	if _, parted := c.Parted(); !parted {
		return ErrNotParted
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := c.wall().Round(0)
	c.frozen, c.offset = time.Time{}, 0
	c.synchronised = nil // a person has decided
	if machine {
		c.start = wall.Add(-c.elapsed() - c.asleep)
	} else {
		c.offset = wall.Sub(c.counted())
	}
	return nil
}

// counted returns the counted time. It needs the mutex.
func (c *Clock) counted() time.Time { return c.start.Add(c.elapsed() + c.asleep) }

// read compares the clocks.
func (c *Clock) read() (now, transitions time.Time) {
	if c.elapsed == nil {
		wall := c.wall()
		return wall, wall
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, counted := c.wall(), c.counted() // right after each other: a wait between them would look like a jump
	apart := wall.Round(0).Sub(counted)
	if apart.Abs() > Tolerance {
		// A machine that slept has its clock set at the wake-up. The system counts how long it slept.
		if asleep := c.slept(); asleep != c.asleep {
			slog.Info("this machine slept; its elections went on without it", "for", asleep-c.asleep)
			c.asleep, counted = asleep, counted.Add(asleep-c.asleep)
			apart = wall.Round(0).Sub(counted)
		}
	}
	if c.synchronisedNow() && apart.Abs() > Tolerance && !wall.Round(0).Before(c.last) {
		slog.Warn("the system has synchronised the clock of this machine for the first time since its start; that time is used",
			"machine", wall.Round(0), "counted", counted)
		c.start, c.frozen, c.offset = wall.Round(0).Add(c.start.Sub(counted)), time.Time{}, 0
		return wall, wall
	}
	switch {
	case apart.Abs() <= Tolerance:
		if !c.frozen.IsZero() || c.offset != 0 {
			slog.Warn("the clock of this machine agrees with the counted time again")
		}
		c.frozen, c.offset = time.Time{}, 0
		return wall, wall
	case c.offset != 0 && (apart-c.offset).Abs() <= Tolerance:
		return counted, counted
	case c.frozen.IsZero():
		c.frozen, c.offset = counted, 0
		slog.Error("the clock of this machine was changed: elections neither open nor close nor are published until an administrator "+
			"has confirmed which time is right; voting goes on", "machine", wall.Round(0), "counted", counted)
	}
	return counted, c.frozen
}

// synchronisedNow reports, once, that the system has synchronised its clock for the first time, soon after the start.
func (c *Clock) synchronisedNow() bool {
	switch {
	case c.synchronised == nil:
		return false
	case c.elapsed()-c.begun > settling:
		c.synchronised = nil
		return false
	case !c.synchronised():
		return false
	}
	c.synchronised = nil
	return true
}
