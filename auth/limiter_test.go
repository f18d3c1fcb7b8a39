package auth

import (
	"fmt"
	"testing"
	"time"

	"urna/internal/ratelimit"
)

// TestLimiter_RemembersBoundedlyManyAndTheGuessersLongest floods it from more networks than it keeps.
func TestLimiter_RemembersBoundedlyManyAndTheGuessersLongest(t *testing.T) {
	now := time.Now()
	l := newLimiter(func() time.Time { return now })
	const guessed = 500 // accounts
	guess := func(account int) time.Duration {
		one := newTry(fmt.Sprintf("guessed%d@example.org", account), fmt.Sprintf("192.0.2.%d", account), false)
		return l.reserve(&one)
	}
	for i := range guessed {
		for range freePerAccount + 1 {
			if guess(i) != 0 {
				t.Fatal("want ten tries free, and one that begins the wait")
			}
		}
	}
	flood := func(tries int) {
		for i := range tries {
			other := newTry(fmt.Sprintf("user%d@example.org", i), fmt.Sprintf("2001:db8:%x:%x::1", i>>16, i&0xffff), false)
			if l.reserve(&other) != 0 {
				t.Fatal("want strangers not to wait")
			}
			if l.Len() > ratelimit.Most {
				t.Fatalf("want at most %d remembered, got %d", ratelimit.Most, l.Len())
			}
		}
	}
	flood(ratelimit.Most/2 + 500)
	for i := range guessed {
		if guess(i) == 0 {
			t.Fatal("want waits to outlast a flood of strangers")
		}
	}
	if l.Len() < ratelimit.Most/2 {
		t.Errorf("want no more forgotten than needed, got %d left", l.Len())
	}
	now = now.Add(ratelimit.Remembered + time.Second)
	flood(ratelimit.Most / 2)
	if l.Len() > ratelimit.Most {
		t.Errorf("want entries of an hour ago forgotten first, got %d", l.Len())
	}
}

// TestLimiter_GivesBackItsOwnWaitOnly: a failure that came while a right password was looked at keeps
// its wait.
func TestLimiter_GivesBackItsOwnWaitOnly(t *testing.T) {
	now := time.Now()
	l := newLimiter(func() time.Time { return now })
	take := func(email string, familiar bool) (try, time.Duration) {
		one := newTry(email, "192.0.2.1", familiar)
		wait := l.reserve(&one)
		return one, wait
	}
	for i := range freePerAddress {
		take(fmt.Sprintf("user%d@example.org", i), false)
	}
	right, _ := take("ada@example.org", false) // begins a wait of a second
	now = now.Add(time.Millisecond)
	take("bob@example.org", true) // and this one of two
	l.release(right)
	if _, wait := take("eve@example.org", false); wait != 2*time.Second {
		t.Errorf("want the later failure's wait to stand, got %v", wait)
	}
}
