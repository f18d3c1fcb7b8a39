package online_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"urna/ballots/online"
)

// guess presents a wrong key of a voter from an address, in one of the two ways.
func (o *env) guess(t *testing.T, personalID, origin string, open bool) error {
	t.Helper()
	c := online.Credentials{PersonalID: personalID, GUID: "5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11", Origin: origin}
	if open {
		_, err := o.votes.Open(t.Context(), c)
		return err
	}
	return o.votes.Cast(t.Context(), online.Vote{Credentials: c, Candidate: "1"})
}

// TestGuesses_WaitByVoterAndByAddress guesses at one voter's key from many addresses, and at many voters'
// from one, by voting and by asking for the ballot paper.
func TestGuesses_WaitByVoterAndByAddress(t *testing.T) {
	for way, open := range map[string]bool{"votes": false, "ballot papers": true} {
		t.Run(way, func(t *testing.T) {
			o := newEnvWithSetClock(t, online.Options{})
			keys := o.issue(t, o.election(t, 1, nil), 1)
			free := func(guess func(i int) error) (n int) {
				for ; n < 200; n++ {
					err := guess(n)
					if errors.Is(err, online.ErrTooManyTries) {
						return n
					}
					if !errors.Is(err, online.ErrInvalidKey) {
						t.Fatalf("want a refusal, got %v", err)
					}
				}
				return n
			}
			one := func(i int) error { return o.guess(t, keys[0].PersonalID, fmt.Sprintf("198.51.100.%d", i), open) }
			if n := free(one); n != 11 { // ten are free, and the one that begins the waits
				t.Errorf("want waits after ten wrong keys of one voter, whatever the address, got %d", n)
			}
			many := func(i int) error { return o.guess(t, fmt.Sprint("anybody ", i), "203.0.113.7", open) }
			if n := free(many); n != 51 {
				t.Errorf("want waits after fifty wrong keys from one address, for any voters, got %d", n)
			}
			if err := o.guess(t, "another voter", "203.0.113.8", open); !errors.Is(err, online.ErrInvalidKey) {
				t.Errorf("want no other voter made to wait, got %v", err)
			}
			o.Move(2 * time.Second)
			if err := o.guess(t, "anybody again", "203.0.113.7", open); !errors.Is(err, online.ErrInvalidKey) {
				t.Errorf("want another try after the wait, got %v", err)
			}
			if err := o.guess(t, "anybody at last", "203.0.113.7", open); !errors.Is(err, online.ErrTooManyTries) {
				t.Errorf("want the wait to begin again, got %v", err)
			}
		})
	}
}

// TestGuesses_AHouseholdIsOneAddress guesses from many addresses of one IPv6 network, and from an IPv4 address in
// both of its forms.
func TestGuesses_AHouseholdIsOneAddress(t *testing.T) {
	o := newEnvWithSetClock(t, online.Options{})
	o.issue(t, o.election(t, 1, nil), 1)
	for _, c := range []struct {
		origin func(i int) string
		other  string
	}{
		{func(i int) string { return fmt.Sprintf("2001:db8:0:7:%x::%x", i, i+1) }, "2001:db8:0:8::1"},
		{func(i int) string { return []string{"203.0.113.7", "::ffff:203.0.113.7"}[i%2] }, "::ffff:203.0.113.8"},
	} {
		for i := range 51 { // fifty are free, and the one that begins the waits
			if err := o.guess(t, fmt.Sprint("anybody ", i), c.origin(i), false); !errors.Is(err, online.ErrInvalidKey) {
				t.Fatalf("guess %d: want a refusal, got %v", i+1, err)
			}
		}
		if err := o.guess(t, "anybody", c.origin(51), false); !errors.Is(err, online.ErrTooManyTries) {
			t.Errorf("%s: want guesses from another address of the same household to wait, got %v", c.origin(51), err)
		}
		if err := o.guess(t, "anybody", c.other, false); !errors.Is(err, online.ErrInvalidKey) {
			t.Errorf("%s: want the neighbour not made to wait, got %v", c.other, err)
		}
	}
}

func TestGuesses_UnlimitedMakesNobodyWait(t *testing.T) {
	o := newEnv(t, online.Options{Unlimited: true})
	o.issue(t, o.election(t, 1, nil), 1)
	for range 100 {
		if err := o.guess(t, "anybody", "203.0.113.7", false); !errors.Is(err, online.ErrInvalidKey) {
			t.Fatalf("want no waits where they are switched off, got %v", err)
		}
	}
}
