package ratelimit

import (
	"slices"
	"testing"
	"time"

	"urna/internal/testing/clock"
)

func TestReserve_EachWaitIsTwiceTheLast(t *testing.T) {
	clock := clock.At(time.Unix(0, 0))
	c := New(clock.Now)
	key := Key{Of: "a person", Free: 3}
	var waits []time.Duration
	for try := range 80 { // far past the tries at which doubling would overflow
		if _, wait := c.Reserve(key); wait != 0 {
			t.Fatalf("want a try after each wait, got another %s", wait)
		}
		if try < key.Free {
			continue
		}
		_, wait := c.Reserve(key)
		waits = append(waits, wait/time.Second)
		clock.Move(wait - time.Millisecond)
		if _, left := c.Reserve(key); left != time.Millisecond {
			t.Fatalf("want to wait to the end, got %s left", left)
		}
		clock.Move(time.Millisecond)
	}
	want := append([]time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}, slices.Repeat([]time.Duration{900}, 67)...)
	if !slices.Equal(waits, want) {
		t.Errorf("want waits that double up to a quarter of an hour, in seconds %v, got %v", want, waits)
	}
	clock.Move(Remembered - 15*time.Minute) // since the last wrong try; the wait that it set is over
	_, _ = c.Reserve(key)
	if _, wait := c.Reserve(key); wait != 15*time.Minute {
		t.Errorf("want it remembered for an hour, got %s", wait)
	}
	clock.Move(Remembered + time.Second)
	if _, wait := c.Reserve(key); wait != 0 {
		t.Errorf("want it forgotten after an hour, got %s", wait)
	}
	if _, wait := c.Reserve(Key{Of: "another person", Free: 3}); wait != 0 {
		t.Errorf("want no one else to wait, got %s", wait)
	}
}

func TestNetwork_IsWhatOneHouseholdHas(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "::ffff:192.0.2.7": "192.0.2.7/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::1": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got, ok := Network(address); !ok || got.String() != want {
			t.Errorf("%s: want %s, got %s, %v", address, want, got, ok)
		}
	}
	for _, address := range []string{"", "nowhere", "192.0.2.7:80"} {
		if got, ok := Network(address); ok {
			t.Errorf("%q: want no network, got %s", address, got)
		}
	}
}

func TestCounts_AreBounded(t *testing.T) {
	clock := clock.At(time.Unix(0, 0))
	c := New(clock.Now)
	guesser := Key{Of: "guesser"}
	for range 2 {
		c.Reserve(guesser)
		clock.Move(time.Second)
	}
	clock.Move(-time.Second)
	for i := range Most + 10 {
		c.Reserve(Key{Of: i, Free: 5})
	}
	if n := c.Len(); n > Most {
		t.Errorf("want %d remembered at most, got %d", Most, n)
	}
	if _, wait := c.Reserve(guesser); wait == 0 {
		t.Error("want guessers who have to wait remembered before others")
	}
}

func TestCounts_AreBoundedWhereEverybodyWaits(t *testing.T) {
	c := New(clock.At(time.Unix(0, 0)).Now)
	for i := range Most + 10 {
		c.Reserve(Key{Of: i})
	}
	if n := c.Len(); n > Most {
		t.Errorf("want %d remembered at most, got %d", Most, n)
	}
}

// TestCounts_ForgetTheOldFirst has places for new tries made by what would be forgotten anyway.
func TestCounts_ForgetTheOldFirst(t *testing.T) {
	clock := clock.At(time.Unix(0, 0))
	c := New(clock.Now)
	const old = Most / 2
	for i := range old {
		c.Reserve(Key{Of: i, Free: 1})
	}
	clock.Move(Remembered + time.Second)
	for i := range Most - old + 1 {
		c.Reserve(Key{Of: old + i, Free: 1})
	}
	for i := range Most - old + 1 {
		key := Key{Of: old + i, Free: 1}
		c.Reserve(key)
		if _, wait := c.Reserve(key); wait == 0 {
			t.Fatalf("want the tries of this hour remembered before those of the last, forgot try %d", i)
		}
	}
}
