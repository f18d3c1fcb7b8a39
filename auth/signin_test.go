package auth_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/auth"
)

// hashMemory is what one hash takes in the tests that count them: so much that nothing else a sign-in
// does comes near it.
const hashMemory = 8 << 20

func newCountingOffice(t *testing.T) *env {
	t.Helper()
	return newEnv(t, func(o *auth.Options) {
		o.PasswordParams = &argon2id.Params{Memory: hashMemory >> 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	})
}

// hashes returns how many password hashes fn makes, told by the memory that it takes.
func hashes(fn func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return int(math.Round(float64(after.TotalAlloc-before.TotalAlloc) / hashMemory))
}

// TestSignIn_EveryRefusalTakesOneHash is why response times do not reveal whether an account exists.
func TestSignIn_EveryRefusalTakesOneHash(t *testing.T) {
	o := newCountingOffice(t)
	o.add("root@example.org", auth.Administrator)
	ada, disabled, deleted := o.add("ada@example.org", auth.Official), o.add("dis@example.org", auth.Official), o.add("del@example.org", auth.Official)
	o.add("known@example.org", auth.Official)
	if err := o.signIn("known@example.org", password, "home"); err != nil {
		t.Fatal(err)
	}
	yes := true
	o.change(disabled.ID, auth.UserChange{Disabled: &yes})
	if err := o.DeleteUser(t.Context(), system, deleted.ID, ""); err != nil {
		t.Fatal(err)
	}
	o.enrol(ada.ID)
	for name, c := range map[string]struct {
		email, password string
		want            error
	}{
		"unknown user":                       {"eve@example.org", password, auth.ErrCredentials},
		"not an e-mail":                      {"", password, auth.ErrCredentials},
		"wrong password":                     {"root@example.org", wrong, auth.ErrCredentials},
		"wrong password, known address":      {"known@example.org", wrong, auth.ErrCredentials},
		"no password":                        {"root@example.org", "", auth.ErrCredentials},
		"too long a password":                {"root@example.org", strings.Repeat("x", 1<<20), auth.ErrCredentials},
		"too long a password, unknown user":  {"eve@example.org", strings.Repeat("x", 1<<20), auth.ErrCredentials},
		"disabled, right password":           {"dis@example.org", password, auth.ErrCredentials},
		"disabled, wrong password":           {"dis@example.org", wrong, auth.ErrCredentials},
		"deleted, right password":            {"del@example.org", password, auth.ErrCredentials},
		"second factor, wrong password":      {"ada@example.org", wrong, auth.ErrCredentials},
		"second factor, right password":      {"ada@example.org", password, auth.ErrSecondFactorNeeded},
		"right password, other way to write": {" Root@Example.org ", password, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			if got := hashes(func() { err = o.signIn(c.email, c.password, "home") }); got != 1 {
				t.Errorf("want one hash, got %d", got)
			}
			if !errors.Is(err, c.want) {
				t.Errorf("want %v, got %v", c.want, err)
			}
		})
	}
}

// TestSignIn_UnknownUserTakesAsLong compares medians, taken in turns, with much room for a noisy machine.
func TestSignIn_UnknownUserTakesAsLong(t *testing.T) {
	o := newCountingOffice(t)
	o.add("ada@example.org", auth.Administrator)
	emails := []string{"ada@example.org", "eve@example.org"}
	times := make([][]time.Duration, len(emails))
	for range 15 {
		for i, email := range emails {
			o.clock.Move(2 * time.Hour) // the failures before are forgotten
			start := time.Now()
			if err := o.signIn(email, wrong, "home"); !errors.Is(err, auth.ErrCredentials) {
				t.Fatal(err)
			}
			times[i] = append(times[i], time.Since(start))
		}
	}
	median := func(i int) float64 {
		slices.Sort(times[i])
		return times[i][len(times[i])/2].Seconds()
	}
	if known, unknown := median(0), median(1); known > 5*unknown || unknown > 5*known {
		t.Errorf("want about the same time, got %.1f ms for a wrong password and %.1f ms for an unknown user", 1000*known, 1000*unknown)
	}
}

// wait returns the seconds of a refusal to try now, 0 for any other error.
func wait(err error) int64 {
	if !errors.Is(err, auth.ErrTooManySignIns) {
		return 0
	}
	return retryAfter(err)
}

func TestSignIn_WaitsGrow(t *testing.T) {
	for name, email := range map[string]string{"account": "ada@example.org", "no such account": "eve@example.org"} {
		t.Run(name, func(t *testing.T) {
			o := newEnv(t)
			o.add("ada@example.org", auth.Administrator)
			for range 10 {
				if err := o.signIn(email, wrong, "a"); !errors.Is(err, auth.ErrCredentials) {
					t.Fatalf("want ten tries free, got %v", err)
				}
			}
			var waits []int64
			for range 12 {
				if err := o.signIn(email, wrong, "a"); !errors.Is(err, auth.ErrCredentials) {
					t.Fatalf("want a try after the wait, got %v", err)
				}
				seconds := wait(o.signIn(email, password, "b")) // even the right one, from anywhere strange
				waits = append(waits, seconds)
				o.clock.Move(time.Duration(seconds)*time.Second - time.Millisecond)
				if again := wait(o.signIn(email, wrong, "a")); again != 1 {
					t.Fatalf("want the wait unchanged by tries in it, to its last moment, got %d s", again)
				}
				o.clock.Move(time.Millisecond)
			}
			if want := []int64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}; !slices.Equal(want, waits) {
				t.Errorf("want waits of %v seconds, got %v", want, waits)
			}
			if email != "ada@example.org" {
				return
			}
			if err := o.signIn(email, password, "a"); err != nil {
				t.Errorf("want the owner in after the wait, got %v", err)
			}
			for range 10 {
				if err := o.signIn(email, wrong, "a"); !errors.Is(err, auth.ErrCredentials) {
					t.Fatalf("want a fresh start after a success, got %v", err)
				}
			}
		})
	}
}

func TestSignIn_FailuresAreForgottenAfterAnHour(t *testing.T) {
	o := newEnv(t)
	for range 3 {
		for range 11 {
			if err := o.signIn("eve@example.org", wrong, "a"); !errors.Is(err, auth.ErrCredentials) {
				t.Fatal(err)
			}
		}
		o.clock.Move(time.Hour + time.Second)
	}
}

// TestSignIn_GuessesElsewhereNeverKeepTheOwnerOut: an attacker at any number of other addresses.
func TestSignIn_GuessesElsewhereNeverKeepTheOwnerOut(t *testing.T) {
	o := newEnv(t)
	o.add("ada@example.org", auth.Administrator)
	if err := o.signIn("ada@example.org", password, "home"); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		o.clock.Move(time.Second)
		_ = o.signIn("ada@example.org", wrong, fmt.Sprintf("elsewhere %d", i))
	}
	if wait(o.signIn("ada@example.org", password, "never seen")) == 0 {
		t.Error("want strange addresses to wait, all together")
	}
	if err := o.signIn("ada@example.org", wrong, "home"); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("want the owner's slip at home counted apart, got %v", err)
	}
	if err := o.signIn("ada@example.org", password, "home"); err != nil {
		t.Errorf("want the owner in from home, got %v", err)
	}
	if wait(o.signIn("ada@example.org", password, "never seen")) == 0 {
		t.Error("want a success at home to end no wait of strangers")
	}
	for range 11 {
		_ = o.signIn("ada@example.org", wrong, "home")
	}
	if wait(o.signIn("ada@example.org", password, "home")) == 0 {
		t.Error("want guesses at home to wait as well")
	}
}

func TestSignIn_AnAddressThatGuessesAroundWaits(t *testing.T) {
	t.Run("one address, many accounts", func(t *testing.T) {
		o := newEnv(t)
		o.add("ada@example.org", auth.Administrator)
		for i := range 51 {
			if err := o.signIn(fmt.Sprintf("user%d@example.org", i), wrong, "192.0.2.1"); !errors.Is(err, auth.ErrCredentials) {
				t.Fatalf("want fifty tries free, got %v at %d", err, i)
			}
		}
		if wait(o.signIn("ada@example.org", password, "192.0.2.1")) == 0 {
			t.Error("want the address to wait, whatever the account")
		}
		if err := o.signIn("ada@example.org", password, "192.0.2.2"); err != nil {
			t.Errorf("want another address in, got %v", err)
		}
	})
	t.Run("one host's IPv6 addresses", func(t *testing.T) {
		o := newEnv(t)
		for i := range 51 {
			_ = o.signIn(fmt.Sprintf("user%d@example.org", i), wrong, fmt.Sprintf("2001:db8:1:2::%x", i+1))
		}
		if wait(o.signIn("ada@example.org", password, "2001:db8:1:2:ffff::1")) == 0 {
			t.Error("want a whole /64 to wait together")
		}
		if wait(o.signIn("ada@example.org", password, "2001:db8:1:3::1")) != 0 {
			t.Error("want the neighbour's /64 not to wait")
		}
	})
	t.Run("neighbours of the owner", func(t *testing.T) {
		o := newEnv(t)
		o.add("ada@example.org", auth.Administrator)
		if err := o.signIn("ada@example.org", password, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			_ = o.signIn(fmt.Sprintf("user%d@example.org", i), wrong, "192.0.2.1")
		}
		if wait(o.signIn("eve@example.org", password, "192.0.2.1")) == 0 {
			t.Fatal("want the address to wait")
		}
		if err := o.signIn("ada@example.org", password, "192.0.2.1"); err != nil {
			t.Errorf("want a person who has signed in here before not kept out by their neighbours, got %v", err)
		}
	})
}

// TestSignIn_EndsTheRecordOfTheAccountsFailures: occasional typing errors cause no wait.
func TestSignIn_EndsTheRecordOfTheAccountsFailures(t *testing.T) {
	o := newEnv(t)
	o.add("ada@example.org", auth.Administrator)
	for round := range 4 {
		for range 8 {
			if err := o.signIn("ada@example.org", wrong, "192.0.2.1"); !errors.Is(err, auth.ErrCredentials) {
				t.Fatalf("round %d: want the failures before the last sign-in forgotten, got %v", round+1, err)
			}
		}
		if err := o.signIn("ada@example.org", password, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSignIn_NobodyEndsAWaitByTheirOwnSignIn: else a guesser with an account would never wait.
func TestSignIn_NobodyEndsAWaitByTheirOwnSignIn(t *testing.T) {
	o := newEnv(t)
	o.add("mallory@example.org", auth.Official)
	if err := o.signIn("mallory@example.org", password, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	looked := 0
	for i := range 200 {
		if err := o.signIn(fmt.Sprintf("user%d@example.org", i), wrong, "192.0.2.1"); errors.Is(err, auth.ErrCredentials) {
			looked++
		}
		if err := o.signIn("mallory@example.org", password, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	if looked != 51 {
		t.Errorf("want 51 guesses looked at while the clock is stopped, got %d", looked)
	}
}

// TestSignIn_ABurstGetsNoMoreGuesses: tries that arrive at once count as those one after another.
func TestSignIn_ABurstGetsNoMoreGuesses(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	looked := func(err error) bool {
		return !errors.Is(err, auth.ErrTooManySignIns) && !errors.Is(err, auth.ErrSignInsBusy)
	}
	for name, try := range map[string]func(i int) error{
		"one account, many addresses": func(i int) error { return o.signIn("ada@example.org", wrong, strconv.Itoa(i)) },
		"password asked again":        func(int) error { return o.CheckPassword(t.Context(), ada, wrong, "open browser") },
	} {
		if got := count(together(200, try), looked); got > 11 {
			t.Errorf("%s: want at most 11 guesses of 200 looked at, got %d", name, got)
		}
		o.clock.Move(2 * time.Hour)
	}
	many := func(i int) error { return o.signIn(fmt.Sprintf("user%d@example.org", i), wrong, "192.0.2.1") }
	if got := count(together(200, many), looked); got > 51 {
		t.Errorf("one address: want at most 51 guesses of 200 looked at, got %d", got)
	}
	o.clock.Move(2 * time.Hour)
	bob := o.add("bob@example.org", auth.Official)
	o.enrol(bob.ID)
	if got := count(together(200, func(int) error { return o.secondFactor(bob.ID, "000000", "a") }), looked); got > 11 {
		t.Errorf("codes: want at most 11 guesses of 200 looked at, got %d", got)
	}
}

// TestSignIn_RightPasswordsAreNoGuesses: people who know their password never wait for having used it.
func TestSignIn_RightPasswordsAreNoGuesses(t *testing.T) {
	o := newEnv(t)
	o.add("ada@example.org", auth.Administrator)
	bob := o.add("bob@example.org", auth.Official)
	secret, _ := o.enrol(bob.ID)
	for i := range 70 {
		o.clock.Move(30 * time.Second)
		if err := o.signIn("ada@example.org", password, "a"); err != nil {
			t.Fatalf("try %d: want ada in, got %v", i, err)
		}
		if err := o.signIn("bob@example.org", password, "a"); !errors.Is(err, auth.ErrSecondFactorNeeded) {
			t.Fatalf("try %d: want bob asked for a code, got %v", i, err)
		}
		if err := o.secondFactor(bob.ID, o.code(secret, 0), "a"); err != nil {
			t.Fatalf("try %d: want bob in, got %v", i, err)
		}
	}
}

// TestSignIn_APasswordThatWasRightIsNoGuessEvenWithoutItsCode: else an unanswered question for a code
// would keep its owner out.
func TestSignIn_APasswordThatWasRightIsNoGuessEvenWithoutItsCode(t *testing.T) {
	o := newEnv(t)
	o.enrol(o.add("ada@example.org", auth.Administrator).ID)
	for i := range 60 {
		if err := o.signIn("ada@example.org", password, "a"); !errors.Is(err, auth.ErrSecondFactorNeeded) {
			t.Fatalf("try %d: want a code asked for, got %v", i, err)
		}
	}
}

// TestSignIn_RemembersNoMoreThanItNeeds: what guessers type is not kept, however much of it there is.
func TestSignIn_RemembersNoMoreThanItNeeds(t *testing.T) {
	o := newEnv(t)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range 40 {
		_ = o.signIn(strconv.Itoa(i)+strings.Repeat("x", 1<<20), wrong, strconv.Itoa(i))
	}
	if after := heap(); after > before+10<<20 {
		t.Errorf("want little kept of 40 MiB of e-mails, got %d MiB", (after-before)>>20)
	}
	runtime.KeepAlive(o.Service)
}
