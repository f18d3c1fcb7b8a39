package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
)

// flood sends 50 sign-ins at once from each of 20 addresses, and returns once all of them wait for a hash or are refused. stop
// ends it and returns how many were refused as too many.
func (o *env) flood(t *testing.T) (stop func() (busy int64)) {
	t.Helper()
	const addresses, each = 20, 50
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	var answered, busy atomic.Int64
	for address := range addresses {
		for request := range each {
			done.Go(func() {
				_, err := o.SignIn(ctx, fmt.Sprintf("user%d@example.org", request), wrong, fmt.Sprintf("192.0.2.%d", address))
				if errors.Is(err, auth.ErrSignInsBusy) {
					busy.Add(1)
				}
				answered.Add(1)
			})
		}
	}
	until(t, func() bool { return answered.Load()+int64(o.WaitingForHashes()) == addresses*each })
	return func() int64 {
		cancel()
		done.Wait()
		return busy.Load()
	}
}

// until returns once the condition holds.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("want it within a minute")
		}
	}
}

// TestSignIn_TheOwnerDoesNotWaitForAFlood gives turns for hashes one after the other, and counts those of others before the
// owner's. Without lanes and turns these were the hundred that may wait.
func TestSignIn_TheOwnerDoesNotWaitForAFlood(t *testing.T) {
	o := newEnv(t)
	o.add("ada@example.org", auth.Administrator)
	if err := o.signIn("ada@example.org", password, "198.51.100.1"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from string
		most int
	}{
		"familiar":   {"198.51.100.1", 0},
		"never seen": {"203.0.113.1", 20}, // a turn of each of the 20 addresses
	} {
		turn, release := o.HoldHashes()
		stop := o.flood(t)
		signedIn := make(chan error, 1)
		go func() { signedIn <- o.signIn("ada@example.org", password, c.from) }()
		until(t, func() bool { return o.WaitsForHash(c.from) })
		others := 0
		for ; turn() != c.from && others < 1000; others++ {
		}
		if err := <-signedIn; err != nil || others > c.most {
			t.Errorf("%s: want the owner in after at most %d others, got %v after %d", name, c.most, err, others)
		}
		busy := stop()
		release()
		if busy < 500 {
			t.Errorf("%s: want most of the flood told to come again, got %d", name, busy)
		}
		t.Logf("%s: the owner is in after %d others; %d of 1000 were told to come again", name, others, busy)
		o.clock.Move(2 * time.Hour)
	}
}

// refusals returns the events of refused sign-ins to no account.
func (o *env) refusals() []audit.Event {
	o.t.Helper()
	events, err := audit.NewReader(o.db.Pool()).Events(o.t.Context(), audit.Filter{Action: "sign-ins-refused"})
	if err != nil {
		o.t.Fatal(err)
	}
	return events
}

func TestSignIn_RefusalsToNoAccountShareAnEvent(t *testing.T) {
	o := newEnv(t)
	o.add("ada@example.org", auth.Administrator)
	refuse := func(n int) {
		t.Helper()
		for i := range n {
			if err := o.signIn(fmt.Sprintf("eve%d@example.org", i), wrong, fmt.Sprintf("192.0.2.%d", i)); !errors.Is(err, auth.ErrCredentials) {
				t.Fatal(err)
			}
		}
	}
	first := o.clock.Now()
	refuse(30)
	o.clock.Move(9 * time.Minute)
	last := o.clock.Now()
	refuse(5)
	if err := o.signIn("ada@example.org", password, "home"); err != nil {
		t.Fatal(err)
	}
	if events := o.refusals(); len(events) != 0 {
		t.Errorf("want no event within ten minutes, got %v", events)
	}
	o.Service = o.again() // the number outlasts a restart
	o.clock.Move(time.Minute)
	if err := o.signIn("ada@example.org", password, "home"); err != nil {
		t.Fatal(err)
	}
	events := o.refusals()
	if len(events) != 1 {
		t.Fatalf("want one event after ten minutes, got %v", events)
	}
	var detail struct {
		Number      int
		First, Last time.Time
	}
	if err := json.Unmarshal([]byte(events[0].Detail), &detail); err != nil {
		t.Fatal(err)
	}
	if second := time.Second; detail.Number != 35 || !detail.First.Equal(first.Truncate(second)) || !detail.Last.Equal(last.Truncate(second)) {
		t.Errorf("want 35 refusals from %v to %v, got %s", first, last, events[0].Detail)
	}
	refuse(1)
	o.clock.Move(10 * time.Minute)
	refuse(1) // a refusal ends the period before it, too
	if events := o.refusals(); len(events) != 2 {
		t.Errorf("want a second event, got %v", events)
	}
	if err := o.signIn("ada@example.org", wrong, "home"); !errors.Is(err, auth.ErrCredentials) {
		t.Fatal(err)
	}
	all, err := audit.NewReader(o.db.Pool()).Events(t.Context(), audit.Filter{Action: "sign-in-refused"})
	if err != nil || len(all) != 1 {
		t.Errorf("want the refusal of an account told at once, got %v, %v", all, err)
	}
}

func TestSignIn_AddressesOfAnAccountAreBoundedAndOneForAHousehold(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	rows := func() (n int) {
		t.Helper()
		if err := o.db.Pool().QueryRowContext(t.Context(), "SELECT count(*) FROM sign_in_addresses WHERE user_id = $1", ada.ID).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range 5 {
		if err := o.signIn("ada@example.org", password, fmt.Sprintf("2001:db8:0:1::%x", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if n := rows(); n != 1 {
		t.Errorf("want one row for a household, got %d", n)
	}
	for i := range 100 {
		o.clock.Move(time.Second)
		if err := o.signIn("ada@example.org", password, fmt.Sprintf("192.0.2.%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := rows(); n != 50 {
		t.Errorf("want 50 kept, got %d", n)
	}
	for range 20 { // guesses at the account from elsewhere
		_ = o.signIn("ada@example.org", wrong, "203.0.113.1")
	}
	if err := o.signIn("ada@example.org", password, "192.0.2.99"); err != nil {
		t.Errorf("want the last address kept, got %v", err)
	}
	if err := o.signIn("ada@example.org", password, "2001:db8:0:1::1"); !errors.Is(err, auth.ErrTooManySignIns) {
		t.Errorf("want the oldest forgotten, got %v", err)
	}
}

// TestSignIn_AHouseholdGuessesAsOne: a familiar /64 has no free guesses for each of its addresses.
func TestSignIn_AHouseholdGuessesAsOne(t *testing.T) {
	o := newEnv(t)
	o.add("ada@example.org", auth.Administrator)
	if err := o.signIn("ada@example.org", password, "2001:db8:0:1::1"); err != nil {
		t.Fatal(err)
	}
	looked := 0
	for i := range 40 {
		if err := o.signIn("ada@example.org", wrong, fmt.Sprintf("2001:db8:0:1::%x", i+2)); errors.Is(err, auth.ErrCredentials) {
			looked++
		}
	}
	if looked != 11 {
		t.Errorf("want 11 guesses looked at while the clock is stopped, got %d", looked)
	}
}
