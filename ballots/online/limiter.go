package online

import (
	"net/netip"
	"sync"
	"time"
)

// How many wrong keys are free before waits begin, and how the waits grow.
const (
	freePerVoter  = 10
	freePerOrigin = 50
	firstWait     = time.Second
	longestWait   = 15 * time.Minute
	forgetAfter   = time.Hour // without a wrong key
	mostBuckets   = 100_000   // remembered at once
)

// limiter makes whoever presents wrong keys wait, longer with each, by personal id and by address. It
// only ever turns wrong keys away: a right one, with its 122 random bits, is proof enough, and a limit
// that kept it out would let anybody keep a voter, or everybody behind the same address, from voting. A
// try during a wait does not make it longer. All of it is in memory and ends with the process.
type limiter struct {
	now     func() time.Time
	mutex   sync.Mutex
	buckets map[any]*bucket // by digest (a personal id's) or netip.Prefix (an address's)
}

type bucket struct {
	wrong int
	last  time.Time
	until time.Time // no further try before it
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, buckets: map[any]*bucket{}}
}

// wrong counts a wrong key for a personal id (hashed) that was presented from an address, and returns 0;
// or how long to wait, and counts nothing. IPv6 addresses count by their /64, which is what one household
// has.
func (l *limiter) wrong(voter digest, origin string) time.Duration {
	keys := [2]any{voter, nil}
	if ip, err := netip.ParseAddr(origin); err == nil {
		ip, bits := ip.Unmap().WithZone(""), 32
		if ip.Is6() {
			bits = 64
		}
		if network, err := ip.Prefix(bits); err == nil {
			keys[1] = network
		}
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := l.now()
	var wait time.Duration
	for _, key := range keys {
		if b := l.buckets[key]; key != nil && b != nil {
			wait = max(wait, b.until.Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	l.count(keys[0], freePerVoter, now)
	if keys[1] != nil {
		l.count(keys[1], freePerOrigin, now)
	}
	return 0
}

// count records a wrong key; beyond the free ones each doubles the wait.
func (l *limiter) count(key any, free int, now time.Time) {
	b := l.buckets[key]
	if b == nil || now.Sub(b.last) > forgetAfter {
		l.makeRoom(now)
		b = &bucket{}
		l.buckets[key] = b
	}
	b.wrong++
	b.last = now
	if over := b.wrong - free; over > 0 {
		wait := longestWait
		if over < 11 { // 2^10 seconds are past the longest wait
			wait = min(longestWait, firstWait<<(over-1))
		}
		b.until = now.Add(wait)
	}
}

// makeRoom drops a tenth at once where all places are taken: what is old first, then what makes nobody
// wait, then any.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.buckets) < mostBuckets {
		return
	}
	const enough = mostBuckets / 10 * 9
	for _, dispensable := range []func(*bucket) bool{
		func(b *bucket) bool { return now.Sub(b.last) > forgetAfter },
		func(b *bucket) bool { return !b.until.After(now) },
		func(*bucket) bool { return true },
	} {
		for key, b := range l.buckets {
			if len(l.buckets) <= enough {
				return
			}
			if dispensable(b) {
				delete(l.buckets, key)
			}
		}
	}
}
