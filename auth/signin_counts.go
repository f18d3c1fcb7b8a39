package auth

import (
	"errors"
	"sync/atomic"
)

// SignInCounts are how many sign-ins ended how since the start.
type SignInCounts struct {
	Succeeded int64
	Refused   int64 // a wrong password, code or passkey
	Delayed   int64 // during the back-off for wrong guesses
	Busy      int64 // too many requests waited for a password hash
}

type signInCounters struct{ succeeded, refused, delayed, busy atomic.Int64 }

// SignIns returns how sign-ins ended. No account and no address is counted apart.
func (s *Service) SignIns() SignInCounts {
	c := &s.signIns
	return SignInCounts{c.succeeded.Load(), c.refused.Load(), c.delayed.Load(), c.busy.Load()}
}

// countBusy counts an error that says that too many requests wait.
func (c *signInCounters) countBusy(err error) {
	if errors.Is(err, ErrSignInsBusy) {
		c.busy.Add(1)
	}
}
