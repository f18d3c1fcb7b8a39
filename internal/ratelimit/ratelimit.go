package ratelimit

import (
	"net/netip"
	"sync"
	"time"
)

// How waits grow once a key's free tries are used up: from the first they double up to the longest.
const (
	firstWait   = time.Second
	longestWait = 15 * time.Minute
)

const (
	// Remembered is the time without a wrong try after which a key's count is zero again.
	Remembered = time.Hour
	// Most is how many keys are remembered at once.
	Most = 100_000
)

// Counts are the wrong tries by key. Its methods may be called concurrently.
type Counts struct {
	now     func() time.Time
	mutex   sync.Mutex
	buckets map[any]*bucket
}

type bucket struct {
	wrong int
	last  time.Time
	until time.Time // no try before it
}

// New returns counts without a try.
func New(now func() time.Time) *Counts {
	return &Counts{now: now, buckets: map[any]*bucket{}}
}

// Key is something that a try is counted under.
type Key struct {
	Of        any  // a small comparable value
	Free      int  // how many wrong tries cause no wait
	CountOnly bool // counted, and does not make this try wait
}

// Reservation is what Reserve counted, for Release.
type Reservation []mark

// mark is how long a key made one wait before a try was counted, and after.
type mark struct {
	of            any
	before, after time.Time
}

// Reserve counts a try as wrong under every key and returns what it counted, or how long to wait, and counts
// nothing. Reserve before looking at the secret, so that many tries at once cannot all slip through.
func (c *Counts) Reserve(keys ...Key) (Reservation, time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	now := c.now()
	var wait time.Duration
	for _, k := range keys {
		if b := c.buckets[k.Of]; b != nil && !k.CountOnly {
			wait = max(wait, b.until.Sub(now))
		}
	}
	if wait > 0 {
		return nil, wait
	}
	taken := make(Reservation, len(keys))
	for i, k := range keys {
		taken[i] = c.count(k, now)
	}
	return taken, 0
}

// count records a wrong try; beyond the free ones each doubles the wait.
func (c *Counts) count(k Key, now time.Time) mark {
	b := c.buckets[k.Of]
	if b == nil || now.Sub(b.last) > Remembered {
		c.makeRoom(now)
		b = &bucket{}
		c.buckets[k.Of] = b
	}
	m := mark{of: k.Of, before: b.until}
	b.wrong++
	b.last = now
	if over := b.wrong - k.Free; over > 0 {
		wait := longestWait
		if over < 11 { // 2^10 seconds are past the longest wait
			wait = min(longestWait, firstWait<<(over-1))
		}
		b.until = now.Add(wait)
	}
	m.after = b.until
	return m
}

// Release takes back the count of a try that was not wrong, with the waits that it set, and no other's.
func (c *Counts) Release(t Reservation) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, m := range t {
		b := c.buckets[m.of]
		if b == nil {
			continue
		}
		b.wrong--
		if b.until.Equal(m.after) {
			b.until = m.before
		}
	}
}

// Forget ends the record of a key.
func (c *Counts) Forget(key any) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.buckets, key)
}

// Len returns how many keys are remembered, from 0 to Most.
func (c *Counts) Len() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.buckets)
}

// makeRoom drops a tenth at once where all places are taken, so that a walk through all of them is paid
// for by many tries: old entries first, then entries that cause no wait, then any.
func (c *Counts) makeRoom(now time.Time) {
	if len(c.buckets) < Most {
		return
	}
	const enough = Most / 10 * 9
	for _, dispensable := range []func(*bucket) bool{
		func(b *bucket) bool { return now.Sub(b.last) > Remembered },
		func(b *bucket) bool { return !b.until.After(now) },
		func(*bucket) bool { return true },
	} {
		for key, b := range c.buckets {
			if len(c.buckets) <= enough {
				return
			}
			if dispensable(b) {
				delete(c.buckets, key)
			}
		}
	}
}

// Network returns what an address counts as: an IPv4 address by itself, an IPv6 address by its /64, which is
// what one household has. False means that it is no address.
func Network(address string) (netip.Prefix, bool) {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}, false
	}
	ip, bits := ip.Unmap().WithZone(""), 32
	if ip.Is6() {
		bits = 64
	}
	network, err := ip.Prefix(bits)
	return network, err == nil
}
