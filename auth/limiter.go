package auth

import (
	"sync"
	"time"
)

// How many failed sign-ins are free before waits begin, and how the waits grow.
const (
	freePerAccount = 10
	freePerAddress = 50
	firstWait      = time.Second
	longestWait    = 15 * time.Minute
	forgetAfter    = time.Hour // without a failure
	mostBuckets    = 100_000   // remembered at once
)

// limiter makes whoever guesses wait, longer with each failure. A try during a wait is refused without
// a look at the password, and does not make the wait longer. Waits are kept for each address, and for
// each account: one for all strange addresses together, and one for every address from which the
// account has signed in before, so that guesses made elsewhere never keep the owner out.
type limiter struct {
	now     func() time.Time
	mutex   sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	failures int
	last     time.Time
	until    time.Time // no try before it
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, buckets: map[string]*bucket{}}
}

// wait returns how long the longest of the keys' waits still lasts.
func (l *limiter) wait(keys ...string) time.Duration {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var longest time.Duration
	for _, key := range keys {
		if b := l.buckets[key]; b != nil {
			longest = max(longest, b.until.Sub(l.now()))
		}
	}
	return longest
}

// fail records a failure under a key; beyond the free ones each doubles the wait.
func (l *limiter) fail(key string, free int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := l.now()
	b := l.buckets[key]
	if b == nil || now.Sub(b.last) > forgetAfter {
		l.makeRoom(now)
		b = &bucket{}
		l.buckets[key] = b
	}
	b.failures++
	b.last = now
	if over := b.failures - free; over > 0 {
		wait := longestWait
		if over < 11 { // 2^10 seconds are past the longest wait
			wait = min(longestWait, firstWait<<(over-1))
		}
		b.until = now.Add(wait)
	}
}

// forget ends a key's record after a success.
func (l *limiter) forget(key string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.buckets, key)
}

// makeRoom drops what is old; where that is not enough, whatever waits least.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.buckets) < mostBuckets {
		return
	}
	for key, b := range l.buckets {
		if now.Sub(b.last) > forgetAfter {
			delete(l.buckets, key)
		}
	}
	for key, b := range l.buckets {
		if len(l.buckets) < mostBuckets {
			return
		}
		if b.until.Before(now) {
			delete(l.buckets, key)
		}
	}
	for key := range l.buckets { // all of them wait: any will do
		if len(l.buckets) < mostBuckets {
			return
		}
		delete(l.buckets, key)
	}
}
