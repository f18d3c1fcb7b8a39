package app_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/app"
	"urna/internal/app/verify"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
)

var (
	jumps = flag.Int("jumps", 60, "acts and jumps of the clock in TestClock_JumpsAtRandom")
	seed  = flag.Uint64("seed", 1, "which of them")
)

// machine has a clock that can be set, and one that counts the time since its start.
type machine struct {
	mutex       sync.Mutex
	begun       time.Time
	passed, off time.Duration // what has passed beside the real time; by how much the clock is wrong
}

func (m *machine) now() time.Time {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return time.Now().Round(0).Add(m.passed + m.off)
}

func (m *machine) elapsed() time.Duration {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return time.Since(m.begun) + m.passed
}

func (m *machine) move(passes, jumps time.Duration) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.passed += passes
	m.off += jumps
}

func (m *machine) open(t *testing.T, path string) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), path, app.Options{
		Parts: app.Everything, Lock: true, PasswordParams: apptest.QuickHash(), Now: m.now, Elapsed: m.elapsed,
		Votes: online.Options{GroupVotes: 1, GroupWait: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestClock_JumpsAtRandom sets the clock of the machine forward and back, from seconds to years, among votes, sign-ins,
// confirmations and restarts. An election that is open takes votes all the time, none that waits for its start opens,
// every accepted vote is counted once, and urna verify finds nothing. `go tool task clock` makes thousands of jumps.
func TestClock_JumpsAtRandom(t *testing.T) {
	path := t.TempDir()
	open := apptest.NewPoll(t, path, *jumps, func(d *elections.Draft) { d.EndsAt = time.Now().Add(1000 * time.Hour) })
	later := apptest.NewPoll(t, path, 1, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt, d.OpenNow = time.Now().Add(500*time.Hour), time.Now().Add(1000*time.Hour), false
	})
	m := &machine{begun: time.Now()}
	a := m.open(t, path)
	addUser(t, a, "ada")
	random := rand.New(rand.NewPCG(*seed, 0))
	accepted := 0
	for n := range *jumps {
		what := step(t, random, m, &a, path, func() {
			key := open.Keys[accepted]
			err := a.Votes.Cast(t.Context(), online.Vote{
				Credentials: online.Credentials{PersonalID: key.PersonalID, GUID: key.GUID}, Candidate: "1", ByNumber: true,
			})
			if err != nil {
				t.Errorf("act %d: want the vote accepted while the clock is %v off, got %v", n, m.off, err)
				return
			}
			accepted++
		})
		if e, err := a.Elections.Election(t.Context(), later.ElectionID); err != nil || e.StateAt(a.Time.Transitions()) != elections.Scheduled {
			t.Fatalf("act %d, %s: want the later election closed to votes, got %v with the clock %v off", n, what, err, m.off)
		}
		if e, err := a.Elections.Election(t.Context(), open.ElectionID); err != nil || e.StateAt(a.Time.Transitions()) != elections.Open {
			t.Fatalf("act %d, %s: want the election open, got %v with the clock %v off", n, what, err, m.off)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	m.off = 0
	a = m.open(t, path)
	defer func() { _ = a.Close() }()
	var counted int
	if err := a.DB.Pool().QueryRowContext(t.Context(), "SELECT count(*) FROM online_ballots WHERE election_id = $1", open.ElectionID).Scan(&counted); err != nil {
		t.Fatal(err)
	}
	if counted != accepted || accepted == 0 {
		t.Errorf("want the %d accepted votes counted, got %d", accepted, counted)
	}
	verified(t, path)
}

// step does one act, and returns what it was.
func step(t *testing.T, random *rand.Rand, m *machine, a **app.App, path string, vote func()) string {
	t.Helper()
	switch act := random.IntN(10); act {
	case 0, 1, 2:
		most := []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 10 * 365 * 24 * time.Hour}[random.IntN(4)]
		by := time.Duration(random.Int64N(int64(2*most))) - most
		m.move(0, by)
		return fmt.Sprintf("a jump by %v", by)
	case 3:
		m.move(time.Duration(random.IntN(60))*time.Minute, 0)
		return "time passes"
	case 4: // an administrator says that the counted time is right
		if err := (*a).ConfirmClock(t.Context(), audit.System(), false); err != nil && !errors.Is(err, app.ErrClocksAgree) {
			t.Error(err)
		}
		return "a confirmation"
	case 5: // set right, by a person or by the network
		m.move(0, -m.off)
		if parting, parted := (*a).ClockParted(); parted {
			t.Errorf("want no doubt once the clock is right, got %+v", parting)
		}
		return "the clock set right"
	case 6:
		restart(t, m, a, path)
		return "a restart"
	case 7:
		if _, err := (*a).Auth.SignIn(t.Context(), "ada@example.org", apptest.Password, "192.0.2.1"); err != nil {
			t.Errorf("want the sign-in accepted while the clock is %v off, got %v", m.off, err)
		}
		return "a sign-in"
	default:
		vote()
		return "a vote"
	}
}

// restart closes the folder and opens it. A start uses the clock of the machine, which is therefore set right before.
func restart(t *testing.T, m *machine, a **app.App, path string) {
	t.Helper()
	m.move(0, -m.off)
	if err := (*a).Close(); err != nil {
		t.Fatal(err)
	}
	*a = m.open(t, path)
}

// verified makes all checks of urna verify.
func verified(t *testing.T, path string) {
	t.Helper()
	reading, err := app.OpenForReading(t.Context(), path, app.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reading.Close() }()
	report, err := verify.Folder(t.Context(), reading, verify.Options{})
	if err != nil || len(report.Differences) > 0 {
		t.Errorf("want nothing found, got %+v, %v", report, err)
	}
}
