// Package clock is a clock for tests: it is stopped or runs, and a test can move it.
// Services may look at it from goroutines of their own.
package clock

import (
	"sync"
	"time"
)

// Clock is a time that a test moves. The zero value runs with the real time.
type Clock struct {
	mutex sync.Mutex
	still time.Time // zero: it runs
	moved time.Duration
}

// At returns a clock that is stopped at a time until it is moved.
func At(t time.Time) *Clock { return &Clock{still: t} }

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.still.IsZero() {
		return time.Now().Add(c.moved)
	}
	return c.still.Add(c.moved)
}

// Move moves the clock on, or back where d is below zero.
func (c *Clock) Move(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.moved += d
}

// Reset takes all moves back.
func (c *Clock) Reset() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.moved = 0
}
