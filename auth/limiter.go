package auth

import (
	"net/netip"
	"strings"
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
// a look at the password, and does not make the wait longer. Failures are counted for each address and
// for each account: under one key for all strange addresses together, and under one of its own for every
// address from which the account has signed in before. From such an address only that key makes one
// wait, so that neither guesses made elsewhere nor a neighbour behind the same address keep the owner
// out.
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

// try says under which keys a sign-in is counted.
type try struct {
	from     string // the address, for the audit log
	account  string
	address  string
	familiar bool // the account has signed in from the address before
	taken    map[string]mark
}

// mark is how long a key made one wait before a try was counted, and after.
type mark struct{ before, after time.Time }

// newTry returns the keys of a sign-in. What was typed as an e-mail is hashed, so that a key is small
// whatever was sent; IPv6 addresses count by their /64, which is what one household has.
func newTry(email, from string, familiar bool) try {
	t := try{
		from: from, familiar: familiar,
		account: "account " + string(tokenHash(strings.ToLower(strings.TrimSpace(email)))),
		address: "address " + from,
	}
	if ip, err := netip.ParseAddr(from); err == nil && ip.Unmap().Is6() {
		if network, err := ip.Prefix(64); err == nil {
			t.address = "address " + network.String()
		}
	}
	if familiar {
		t.account += " from " + from
	}
	return t
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, buckets: map[string]*bucket{}}
}

// take counts a try as a failure before anybody looks at the password, so that many tries at once
// cannot all slip through, and returns 0; or how long to wait, and counts nothing.
func (l *limiter) take(t *try) time.Duration {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := l.now()
	wait := l.left(t.account, now)
	if !t.familiar {
		wait = max(wait, l.left(t.address, now))
	}
	if wait > 0 {
		return wait
	}
	t.taken = map[string]mark{
		t.account: l.count(t.account, freePerAccount, now),
		t.address: l.count(t.address, freePerAddress, now),
	}
	return 0
}

// left returns how long a key's wait still lasts.
func (l *limiter) left(key string, now time.Time) time.Duration {
	if b := l.buckets[key]; b != nil {
		return max(0, b.until.Sub(now))
	}
	return 0
}

// count records a failure under a key; beyond the free ones each doubles the wait.
func (l *limiter) count(key string, free int, now time.Time) mark {
	b := l.buckets[key]
	if b == nil || now.Sub(b.last) > forgetAfter {
		l.makeRoom(now)
		b = &bucket{}
		l.buckets[key] = b
	}
	m := mark{before: b.until}
	b.failures++
	b.last = now
	if over := b.failures - free; over > 0 {
		wait := longestWait
		if over < 11 { // 2^10 seconds are past the longest wait
			wait = min(longestWait, firstWait<<(over-1))
		}
		b.until = now.Add(wait)
	}
	m.after = b.until
	return m
}

// giveBack takes the count of a try back that was no failure, with the wait that it set, and no other's.
func (l *limiter) giveBack(t try) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for key, m := range t.taken {
		b := l.buckets[key]
		if b == nil {
			continue
		}
		b.failures--
		if b.until.Equal(m.after) {
			b.until = m.before
		}
	}
}

// forget ends the record of an account's failures after it has signed in.
func (l *limiter) forget(t try) {
	l.giveBack(t)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.buckets, t.account)
}

// makeRoom drops a tenth at once where all places are taken, so that a walk through all of them is paid
// for by many tries: what is old first, then what makes nobody wait, then any.
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
