package watch

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"urna/client"
	"urna/internal/rehearsal"
	"urna/internal/testing/program"
)

var (
	measuring = flag.Bool("measure", false, "measure, where the test only looks whether everybody gets every frame")
	watchers  = flag.Int("watchers", 10_000, "who watch at once")
	rate      = flag.Float64("rate", 200, "voters a second")
	seconds   = flag.Int("seconds", 30, "how long to measure")
)

const (
	password = "a crowd before the town hall"
	alone    = 8 * time.Second  // how long voters vote without watchers, for comparison
	settling = 3 * time.Second  // before the first measured frame
	arriving = 25 * time.Second // at most, for all watchers
	// The promise: each frame within a second for 99 of 100, and 40 KiB of memory a watcher.
	promisedTime   = time.Second
	promisedMemory = 40 << 10
)

var administrator = program.User{
	Email: "ada@example.org", Role: "administrator", Forename: "Ada", Surname: "Byron", Password: password,
}

// env is a server with an administrator signed in.
type env struct {
	server *program.Server
	client *client.Client
}

func newEnv(t *testing.T) *env {
	t.Helper()
	binary, data := program.Build(t), t.TempDir()
	program.AddUser(t, binary, data, administrator)
	s := &env{server: program.Serve(t, binary, data)}
	var err error
	if s.client, err = client.New(s.server.URL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.Close)
	if err := s.client.SignIn(t.Context(), administrator.Email, password); err != nil {
		t.Fatal(err)
	}
	return s
}

// vote plays voters for so long in an election of their own, and calls begun when they begin.
func (s *env) vote(ctx context.Context, title string, rate float64, lasts time.Duration, begun func(client.Election)) (rehearsal.SimulationReport, error) {
	voters := int(rate * lasts.Seconds())
	election, err := rehearsal.CreateElection(ctx, s.client, title, time.Hour, int64(voters))
	if err != nil {
		return rehearsal.SimulationReport{}, err
	}
	return rehearsal.Simulate(ctx, s.client, rehearsal.Simulation{
		ElectionID: election.ID, Voters: voters, Rate: rate, Seed: 1, Begun: begun,
	}, nil)
}

// raise lets this process open so many files.
func raise(t *testing.T, files uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= files {
		return
	}
	limit.Cur, limit.Max = files, max(limit.Max, files)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatalf("this needs %d open files, and the system does not allow them: %v", files, err)
	}
}

// resident returns the memory that a process has in use, in bytes; 0 where only Linux would say.
func resident(pid int) int64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kilobytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err == nil {
				return kilobytes << 10
			}
		}
	}
	return 0
}

// measurement is what one crowd saw.
type measurement struct {
	frames        int
	missed        int             // frames that a watcher did not get
	late          []time.Duration // sorted
	memory        int64           // the whole server's, at most
	bytes         int             // of the largest frame, as it is sent
	gathering     time.Duration
	alone, beside rehearsal.SimulationReport
}

// measure has voters vote without watchers, and then with them.
func measure(t *testing.T, watchers int, rate float64, quiet, lasts time.Duration) measurement {
	t.Helper()
	// The server inherits the limit, and leaves a third of it to others than watchers.
	raise(t, uint64(watchers)*3/2+500)
	s := newEnv(t)
	var m measurement
	var err error
	if m.alone, err = s.vote(t.Context(), "Nobody watches", rate, quiet, nil); err != nil {
		t.Fatal(err)
	}
	began, seated := make(chan client.Election, 1), make(chan struct{})
	done := make(chan error, 1)
	wait := lasts + settling
	if *measuring {
		wait += arriving
		close(seated)
	}
	go func() {
		var err error
		m.beside, err = s.vote(t.Context(), "Everybody watches", rate, wait, func(e client.Election) {
			began <- e
			<-seated // where nothing is measured, the votes wait for those who watch, however slow they are
		})
		done <- err
	}()
	var election client.Election
	select {
	case election = <-began:
	case err := <-done:
		t.Fatal(err)
	}
	start := time.Now()
	crowd := gather(t, strings.TrimPrefix(s.server.URL, "http://"), fmt.Sprintf("/elections/%d/live", election.ID), watchers)
	m.gathering = time.Since(start)
	if !*measuring {
		from := time.Now()
		close(seated)
		if err := <-done; err != nil {
			t.Error(err)
		}
		until := time.Now()
		crowd.untilAllHave(t, from, until, watchers)
		crowd.leave()
		m.take(t, crowd, from, until, watchers)
		s.server.Stop(t)
		return m
	}
	time.Sleep(settling)
	from := time.Now()
	for time.Since(from) < lasts {
		// What passwords and keys left behind the crowd then uses, so that a difference would say too
		// little: all that the server holds is put down to the crowd.
		m.memory = max(m.memory, resident(s.server.PID()))
		time.Sleep(100 * time.Millisecond)
	}
	until := time.Now()
	if err := <-done; err != nil {
		t.Error(err)
	}
	crowd.leave()
	m.take(t, crowd, from, until, watchers)
	s.server.Stop(t)
	return m
}

// take sums up the frames that were drawn within the time.
func (m *measurement) take(t *testing.T, c *crowd, from, until time.Time, watchers int) {
	t.Helper()
	if c.ended > 0 {
		t.Errorf("want no watcher disconnected, but %d streams ended", c.ended)
	}
	for at, late := range c.late {
		if at.Before(from) || at.After(until) {
			continue
		}
		m.frames++
		m.missed += watchers - len(late)
		m.late = append(m.late, late...)
	}
	slices.Sort(m.late)
	m.bytes = c.frames.bytes
	for _, r := range []rehearsal.SimulationReport{m.alone, m.beside} {
		for _, difference := range r.Differences {
			t.Errorf("differs: %s", difference)
		}
	}
}

// within returns the time within which the given percentage of watchers had their frames; a frame that
// did not arrive counts as the latest.
func (m *measurement) within(percent int) (time.Duration, bool) {
	at := (len(m.late) + m.missed - 1) * percent / 100
	if at < 0 || at >= len(m.late) {
		return 0, false
	}
	return m.late[at], true
}

// TestWatch_Thousands measures where it is told to; else it only sees that a few watchers get every
// frame.
func TestWatch_Thousands(t *testing.T) {
	if !*measuring {
		m := measure(t, 20, 50, time.Second, time.Second)
		if m.frames < 2 || m.missed > 0 {
			t.Errorf("want every watcher to get every frame, got %d with %d missed", m.frames, m.missed)
		}
		if m.alone.Accepted != 50 || m.beside.Accepted == 0 {
			t.Errorf("want votes meanwhile, got %d and %d", m.alone.Accepted, m.beside.Accepted)
		}
		return
	}
	m := measure(t, *watchers, *rate, alone, time.Duration(*seconds)*time.Second)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	row := func(what string, format string, args ...any) {
		fmt.Fprintf(w, "%s\t"+format+"\n", append([]any{what}, args...)...)
	}
	row("watchers", "%d, connected within %.1f s", *watchers, m.gathering.Seconds())
	row("frames", "%d in %d s, %d bytes at most, %d of %d not received", m.frames, *seconds, m.bytes, m.missed, m.frames**watchers)
	for _, percent := range []int{50, 95, 99} {
		if late, ok := m.within(percent); ok {
			row(fmt.Sprintf("p%d from drawn to received", percent), "%.0f ms, %.2f of a second", late.Seconds()*1e3, late.Seconds())
		} else {
			row(fmt.Sprintf("p%d from drawn to received", percent), "never")
		}
	}
	each := float64(m.memory) / float64(*watchers)
	row("memory a watcher, of all the server has", "%.1f KiB, %.2f of 40 KiB", each/1024, each/promisedMemory)
	row("votes without watchers", "%d, answered after %s (p50) and %s (p99)", m.alone.Accepted, ms(m.alone.P50), ms(m.alone.P99))
	row("votes beside them", "%d, answered after %s (p50) and %s (p99)", m.beside.Accepted, ms(m.beside.P50), ms(m.beside.P99))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if late, ok := m.within(99); !ok || late > promisedTime {
		t.Errorf("want 99 of 100 to have each frame within %s", promisedTime)
	}
	if each > promisedMemory {
		t.Errorf("want %d KiB a watcher at most", promisedMemory>>10)
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1e3) }
