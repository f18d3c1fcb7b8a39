//go:build linux

package failover

import (
	"context"
	"flag"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"urna/client"
	"urna/internal/testing/postgres"
	"urna/internal/testing/program"
)

var (
	kills     = flag.Int("kills", 2, "how often each part is taken away")
	measuring = flag.Bool("measure", false, "hold the times to their goals, which a busy machine misses")
)

const (
	// votersPerKill is how many voters have a key for each time.
	votersPerKill = 20_000
	// between is how many votes are accepted before each time and after the last one.
	between = 300
)

// The accounts.
const (
	ada, olga = "ada@example.org", "olga@example.org"
	password  = "a jar of black and white beans"
)

// stage is the whole: a pair of servers, two processes, an election and its load.
type stage struct {
	pair  *postgres.Pair
	urnas *urnas
	night *night
	end   func() // of the load
}

// newStage starts everything. Through the wire the processes reach the primary alone.
func newStage(t *testing.T, asynchronous, wired bool) (*stage, *wire) {
	t.Helper()
	s := &stage{pair: postgres.NewPair(t, asynchronous)}
	s.pair.Exec(t, s.pair.Primary(), "CREATE DATABASE urna ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0")
	s.urnas = &urnas{binary: program.Build(t), database: s.pair.Address("urna"), secrets: t.TempDir()}
	var cut *wire
	if wired {
		cut = newWire(t, s.urnas.database)
		s.urnas.database = cut.address
	}
	for i := range s.urnas.address {
		s.urnas.address[i] = fmt.Sprintf("127.0.0.1:%d", program.FreePort(t))
	}
	for email, role := range map[string]string{ada: "administrator", olga: "official"} {
		s.command(t, password+"\n", "users", "add", "--email", email, "--role", role, "--forename", "A", "--surname", "B", "--password-stdin")
	}
	s.urnas.start(t)
	first := s.urnas.active(t, -1)
	s.urnas.standby(t, 1-first)

	a, err := client.New("http://" + s.urnas.address[first])
	if err == nil {
		err = a.SignIn(t.Context(), ada, password)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	s.night = newNight(t, a)
	s.night.keys = issue(t, a, s.night.election.ID, votersPerKill*(1+*kills))
	s.night.constituency = s.night.election.Constituencies[0].ID
	return s, cut
}

// command runs a command of the program on the database.
func (s *stage) command(t *testing.T, input string, arguments ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), s.urnas.binary, append(arguments, "--secrets", s.urnas.secrets)...)
	c.Env = append(c.Environ(), "URNA_DATABASE="+s.urnas.database)
	c.Stdin = strings.NewReader(input)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("urna %s: %v\n%s", arguments[0], err, out)
	}
	return string(out)
}

// begin begins the load.
func (s *stage) begin(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	votes, batches := s.night.vote(ctx, s.urnas, 64), s.night.upload(ctx, t, s.urnas, olga, password)
	s.end = func() { cancel(); votes(); batches() }
	s.night.awaitVote(t, time.Now())
}

// check ends the load and looks for everything that was answered.
func (s *stage) check(t *testing.T) (lostVotes, lostBatches int) {
	t.Helper()
	s.end()
	active := s.urnas.active(t, -1)
	a, err := client.New("http://" + s.urnas.address[active])
	if err == nil {
		err = a.SignIn(t.Context(), ada, password)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	lostBatches = len(s.night.lostBatches(t, a))
	lostVotes = len(s.night.lost(t, s.urnas))
	s.urnas.stop()
	t.Log(s.command(t, "", "verify"))
	return lostVotes, lostBatches
}

// TestFailover_NothingAnsweredIsLost takes one part away after the other, and lets each come back.
func TestFailover_NothingAnsweredIsLost(t *testing.T) {
	for _, c := range []struct {
		name string
		take func(t *testing.T, s *stage, cut *wire) // takes a part away and returns when it is back
	}{
		{"the primary is killed", func(t *testing.T, s *stage, _ *wire) {
			t.Helper()
			promoted := s.pair.Fail(t)
			again := s.night.awaitVote(t, time.Now())
			t.Logf("promoted after %v, votes again %v later", promoted.Round(time.Millisecond), again.Round(time.Millisecond))
			if *measuring && again > 5*time.Second {
				t.Errorf("want votes again five seconds after the promotion, got %v", again)
			}
			s.pair.Join(t)
		}},
		{"the active process is killed", func(t *testing.T, s *stage, _ *wire) {
			t.Helper()
			was := s.urnas.active(t, -1)
			s.urnas.standby(t, 1-was)
			s.urnas.signal(t, was, syscall.SIGKILL)
			again := s.night.awaitVote(t, time.Now())
			t.Logf("votes again after %v", again.Round(time.Millisecond))
			if *measuring && again > 5*time.Second {
				t.Errorf("want votes again after five seconds, got %v", again)
			}
		}},
		{"a connection is cut at the commit", func(t *testing.T, s *stage, cut *wire) {
			t.Helper()
			before := cut.cuts.Load()
			cut.cut.Store(1 + before%2)
			for deadline := time.Now().Add(patience); cut.cuts.Load() == before; time.Sleep(pace) {
				if time.Now().After(deadline) {
					t.Fatal("want a commit cut")
				}
			}
			s.night.awaitVote(t, time.Now())
			s.urnas.standby(t, 1-s.urnas.active(t, -1))
		}},
		{"the active process is frozen", func(t *testing.T, s *stage, _ *wire) {
			t.Helper()
			was := s.urnas.active(t, -1)
			s.urnas.standby(t, 1-was)
			frozen := time.Now()
			s.urnas.signal(t, was, syscall.SIGSTOP)
			now := s.urnas.active(t, was)
			took := time.Since(frozen)
			t.Logf("the other process works after %v", took.Round(time.Millisecond))
			if *measuring && took > 10*time.Second {
				t.Errorf("want the lock taken from a frozen process within ten seconds, got %v", took)
			}
			s.night.awaitVote(t, time.Now())
			s.urnas.signal(t, was, syscall.SIGCONT)
			s.urnas.standby(t, was) // it ended, and was started again
			if ok, said := s.urnas.ready(t.Context(), now); !ok {
				t.Errorf("want the other process undisturbed, it says %q", said)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, cut := newStage(t, false, strings.Contains(c.name, "cut"))
			s.begin(t)
			for range *kills {
				s.night.more(t, between)
				c.take(t, s, cut)
			}
			s.night.more(t, between)
			votes, batches := s.check(t)
			t.Logf("%s, %d times: %d votes and %d batches were answered; lost: %d and %d", c.name, *kills, s.night.votes(), len(s.night.batches), votes, batches)
			if votes != 0 || batches != 0 {
				t.Error("want nothing lost that was answered")
			}
		})
	}
}

// TestFailover_ControlLoses is the same with a standby that commits do not wait for, and that was cut off: it must lose votes.
func TestFailover_ControlLoses(t *testing.T) {
	s, _ := newStage(t, true, false)
	s.begin(t)
	s.night.more(t, between)
	s.pair.CutOff(t)
	s.night.more(t, between)
	s.pair.Fail(t)
	s.night.awaitVote(t, time.Now())
	votes, batches := s.check(t)
	t.Logf("control, asynchronous and cut off: %d votes and %d batches were answered; lost: %d and %d", s.night.votes(), len(s.night.batches), votes, batches)
	if votes == 0 {
		t.Error("want votes lost: else the test of the kills shows nothing")
	}
}
