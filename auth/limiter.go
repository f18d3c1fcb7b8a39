package auth

import (
	"time"

	"urna/internal/ratelimit"
)

// How many failed sign-ins are free before waits begin.
const (
	freePerAccount = 10
	freePerAddress = 50
)

// limiter makes guessers wait, longer with each failure. A try during a wait is refused without
// a look at the password, and does not make the wait longer. Failures are counted for each address and
// for each account: under one key for all strange addresses together, and under one of its own for every
// address from which the account has signed in before. From such an address only that key makes one
// wait, so that neither guesses made elsewhere nor a neighbour behind the same address keep the owner
// out.
type limiter struct{ *ratelimit.Counts }

// try says under which keys a sign-in is counted.
type try struct {
	from     string // the address, for the audit log
	account  string
	address  any  // a network, or what was given where it is no address
	familiar bool // the account has signed in from the address before
	reserved ratelimit.Reservation
}

// newTry returns the keys of a sign-in. What was typed as an e-mail is hashed, so that a key is small
// whatever was sent.
func newTry(email, from string, familiar bool) try {
	t := try{
		from: from, familiar: familiar,
		account: "account " + string(tokenHash(emailKey(email))),
		address: "address " + from,
	}
	if network, ok := ratelimit.Network(from); ok {
		t.address = network
	}
	if familiar {
		t.account += " from " + place(from)
	}
	return t
}

// place returns the unit in which an address is counted, here and among the addresses from which accounts have signed
// in: itself, and for IPv6 its /64, within which a household's devices change their addresses every day.
func place(from string) string {
	if network, ok := ratelimit.Network(from); ok && network.Addr().Is6() {
		return network.String()
	}
	return from
}

func newLimiter(now func() time.Time) limiter { return limiter{ratelimit.New(now)} }

// reserve counts a try as a failure before the password is checked, so that many tries at once cannot all slip
// through, and returns 0; or how long to wait, and counts nothing.
func (l limiter) reserve(t *try) (wait time.Duration) {
	t.reserved, wait = l.Reserve(
		ratelimit.Key{Of: t.account, Free: freePerAccount},
		ratelimit.Key{Of: t.address, Free: freePerAddress, CountOnly: t.familiar},
	)
	return wait
}

// release takes the count of a try back that was no failure, with the wait that it set, and no other's.
func (l limiter) release(t try) { l.Release(t.reserved) }

// forget ends the record of an account's failures after it has signed in.
func (l limiter) forget(t try) {
	l.release(t)
	l.Forget(t.account)
}
