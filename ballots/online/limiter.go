package online

import (
	"time"

	"urna/internal/ratelimit"
)

// How many wrong keys are free before waits begin.
const (
	freePerVoter  = 10
	freePerOrigin = 50
)

// limiter implements exponential back-off for wrong keys, by personal id and by address. It rejects wrong keys only:
// a right one, with its 122 random bits, is proof enough, and rejecting it would let an attacker keep a voter, or all
// voters behind one address, from voting.
type limiter struct{ *ratelimit.Counts }

func newLimiter(now func() time.Time) limiter { return limiter{ratelimit.New(now)} }

// wrong counts a wrong key for a personal id (hashed) that was presented from an address, and returns 0;
// or how long to wait, and counts nothing.
func (l limiter) wrong(voter digest, origin string) time.Duration {
	keys := []ratelimit.Key{{Of: voter, Free: freePerVoter}}
	if network, ok := ratelimit.Network(origin); ok {
		keys = append(keys, ratelimit.Key{Of: network, Free: freePerOrigin})
	}
	_, wait := l.Reserve(keys...)
	return wait
}
