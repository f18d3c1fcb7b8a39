package results_test

import (
	"sync/atomic"
	"time"
)

// clock stands still until a test lets time pass; services look at it from their own goroutines.
type clock struct{ at atomic.Pointer[time.Time] }

func newClock(at time.Time) *clock {
	c := &clock{}
	c.at.Store(&at)
	return c
}

func (c *clock) time() time.Time { return *c.at.Load() }

func (c *clock) pass(d time.Duration) {
	at := c.time().Add(d)
	c.at.Store(&at)
}
