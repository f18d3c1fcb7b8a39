package soak

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/client"
	"urna/internal/rehearsal"
	"urna/internal/testing/program"
)

var lasts = flag.Duration("duration", 12*time.Second, "how long to keep the program busy")

// sample is the size of the program at one moment.
type sample struct {
	memory, goroutines, files, log float64
}

// limitsFor returns by how much a size may be larger in the last quarter than in the second one. A leak of one goroutine or
// file for each request, feed or election passes them within minutes; a heap and a log breathe. In a run of seconds one
// password hash is a quarter of the memory, so that only a run of minutes says something about a slow leak.
func limitsFor(lasts time.Duration) sample {
	if lasts < 5*time.Minute {
		return sample{memory: 256 << 20, goroutines: 100, files: 100, log: 64 << 20}
	}
	return sample{memory: 48 << 20, goroutines: 40, files: 40, log: 32 << 20}
}

// grown compares the medians of the second and the last quarter, and returns what grew by more than its limit. The first
// quarter fills caches and pools. Of the memory it compares the lowest tenths: a sign-in takes 64 MiB for its password hash, and
// the more other work a machine has the later they are given back.
func grown(samples []sample, limits sample) (found []string) {
	quarter := len(samples) / 4
	if quarter == 0 {
		return []string{"too few samples"}
	}
	const half, tenth = 2, 10
	for _, what := range []struct {
		name string
		of   func(sample) float64
		part int
	}{
		{"memory", func(s sample) float64 { return s.memory }, tenth},
		{"goroutines", func(s sample) float64 { return s.goroutines }, half},
		{"files", func(s sample) float64 { return s.files }, half},
		{"write-ahead log", func(s sample) float64 { return s.log }, half},
	} {
		before, after := lowest(samples[quarter:2*quarter], what.part, what.of), lowest(samples[len(samples)-quarter:], what.part, what.of)
		if after-before > what.of(limits) {
			found = append(found, fmt.Sprintf("%s: %.0f in the second quarter, %.0f in the last", what.name, before, after))
		}
	}
	return found
}

// lowest returns the value that one in so many samples is below.
func lowest(samples []sample, part int, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/part]
}

// TestGrown_SeesEachLeak has a size grow slowly among others that breathe.
func TestGrown_SeesEachLeak(t *testing.T) {
	for name, leak := range map[string]sample{
		"": {}, "memory": {memory: 40 << 10}, "goroutines": {goroutines: .03}, "files": {files: .03}, "write-ahead log": {log: 24 << 10},
	} {
		var samples []sample
		for i := range 3600 {
			breath := float64(i % 60)
			samples = append(samples, sample{
				memory: 200<<20 + breath*(1<<18) + float64(i)*leak.memory, goroutines: 50 + breath/3 + float64(i)*leak.goroutines,
				files: 40 + breath/3 + float64(i)*leak.files, log: 8<<20 + breath*(1<<16) + float64(i)*leak.log,
			})
		}
		found := grown(samples, limitsFor(time.Hour))
		if name == "" && len(found) > 0 || name != "" && (len(found) != 1 || !strings.HasPrefix(found[0], name)) {
			t.Errorf("a leak of %q: got %q", name, found)
		}
	}
}

// TestGrown_PasswordHashesAreNoLeak has memory that is given back late in the second half.
func TestGrown_PasswordHashesAreNoLeak(t *testing.T) {
	var samples []sample
	for i := range 3600 {
		s := sample{memory: 120 << 20}
		if i >= 1800 && i%4 != 0 {
			s.memory += 150 << 20
		}
		samples = append(samples, s)
	}
	if found := grown(samples, limitsFor(time.Hour)); len(found) > 0 {
		t.Errorf("want no leak, got %q", found)
	}
}

// TestSoak_StaysFlat keeps a server busy.
func TestSoak_StaysFlat(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("the sizes of another process are read from /proc, which Linux has")
	}
	binary, data := program.Build(t), t.TempDir()
	administrator := program.User{Email: "ada@example.org", Role: "administrator", Forename: "Ada", Surname: "Byron", Password: "an hour of hard work"}
	program.AddUser(t, binary, data, administrator)
	server := program.Serve(t, binary, data, "--metrics-addr", "127.0.0.1:0", "--metrics-every", "500ms", "--rate-limit", "off")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var busy sync.WaitGroup
	played, latest := 0, make(chan int64, 1)
	once := make(chan struct{}) // an election was played, or failed
	busy.Go(func() { played = play(ctx, t, server.URL, administrator, latest, once) })
	busy.Go(func() {
		sleep(ctx, *lasts)
		<-once // on a busy machine a short run lasts a little longer
		cancel()
	})
	elections := &shown{}
	busy.Go(func() { elections.follow(ctx, latest) })
	for range 3 {
		busy.Go(func() { look(ctx, server.URL, elections) })
	}
	for range 10 {
		busy.Go(func() { watch(ctx, server.URL, elections) })
	}
	samples := observe(ctx, t, server, data)
	busy.Wait()
	if len(samples) < 8 {
		t.Fatalf("want samples of the whole time, got %d", len(samples))
	}
	first, last := samples[len(samples)/4], samples[len(samples)-1]
	fmt.Fprintf(t.Output(), "%v, %d elections, %d samples\nafter the first quarter: %v\nat the end:              %v\n", *lasts, played, len(samples), first, last)
	if played == 0 || elections.read() == 0 {
		t.Errorf("want elections played and read, got %d", played)
	}
	for _, what := range grown(samples, limitsFor(*lasts)) {
		t.Errorf("want the program flat: %s", what)
	}
	server.Stop(t)
	program.Verify(t, binary, data)
}

// String implements fmt.Stringer.
func (s sample) String() string {
	return fmt.Sprintf("%.0f MiB, %.0f goroutines, %.0f files, a log of %.1f MiB", s.memory/(1<<20), s.goroutines, s.files, s.log/(1<<20))
}

// round is how long voters vote in one election.
const round = 6 * time.Second

// play has elections opened, voted in, counted and closed until the context ends, and returns how many. It closes once after
// the first.
func play(ctx context.Context, t *testing.T, url string, administrator program.User, latest chan<- int64, once chan<- struct{}) (played int) {
	t.Helper()
	closing := sync.OnceFunc(func() { close(once) })
	defer closing()
	for seed := uint64(1); ctx.Err() == nil; seed++ {
		// A client of its own each time: a sign-in belongs to what the program does all day.
		c, err := client.New(url)
		if err == nil {
			err = c.SignIn(ctx, administrator.Email, administrator.Password)
		}
		var report rehearsal.SimulationReport
		if err == nil {
			report, err = playOne(ctx, c, seed, latest)
			c.Close()
		}
		switch {
		case ctx.Err() != nil:
			return played
		case err != nil:
			t.Errorf("election %d: %v", seed, err)
			return played
		case len(report.Differences) > 0:
			t.Errorf("election %d: %v", seed, report.Differences)
		}
		played++
		closing()
	}
	return played
}

func playOne(ctx context.Context, c *client.Client, seed uint64, latest chan<- int64) (rehearsal.SimulationReport, error) {
	election, err := rehearsal.CreateElection(ctx, c, fmt.Sprintf("Soak %d", seed), round+10*time.Second, 1000)
	if err != nil {
		return rehearsal.SimulationReport{}, err
	}
	select {
	case latest <- election.ID:
	default:
	}
	return rehearsal.Simulate(ctx, c, rehearsal.Simulation{
		ElectionID: election.ID, Voters: 300, Duration: round, Officials: 1, Ballots: 2000, Invalid: 0.02, Double: 0.02, Seed: seed,
		Wait: time.Minute, // for the end, so that every vote is compared
	}, nil)
}

// shown is the election that readers look at.
type shown struct {
	mutex   sync.Mutex
	id      int64
	answers int
}

func (s *shown) follow(ctx context.Context, latest <-chan int64) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-latest:
			s.mutex.Lock()
			s.id = id
			s.mutex.Unlock()
		}
	}
}

func (s *shown) current() int64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.id
}

func (s *shown) read() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.answers
}

// look reads public pages, files and what does not exist.
func look(ctx context.Context, url string, elections *shown) {
	for n := 0; ctx.Err() == nil; n++ {
		id := elections.current()
		path := []string{
			"/", fmt.Sprintf("/elections/%d", id), fmt.Sprintf("/api/v1/elections/%d/results", id),
			fmt.Sprintf("/api/v1/elections/%d/results.csv", id), "/login", "/nothing", "/log", "/readyz",
		}[n%8]
		if body, err := open(ctx, url+path); err == nil {
			_, _ = io.Copy(io.Discard, body)
			_ = body.Close()
			elections.mutex.Lock()
			elections.answers++
			elections.mutex.Unlock()
		}
		sleep(ctx, 50*time.Millisecond)
	}
}

// watch follows a live feed for a few seconds and leaves, again and again.
func watch(ctx context.Context, url string, elections *shown) {
	for ctx.Err() == nil {
		short, cancel := context.WithTimeout(ctx, 3*time.Second)
		if body, err := open(short, fmt.Sprintf("%s/elections/%d/live", url, elections.current())); err == nil {
			_, _ = io.Copy(io.Discard, body) // ends with the context
			_ = body.Close()
		}
		cancel()
		sleep(ctx, 200*time.Millisecond)
	}
}

func open(ctx context.Context, address string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// observe takes four samples a second until the context ends.
func observe(ctx context.Context, t *testing.T, server *program.Server, data string) (samples []sample) {
	t.Helper()
	for ctx.Err() == nil {
		var s sample
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", server.PID()))
		if err != nil {
			t.Fatal(err)
		}
		s.files = float64(len(entries))
		if info, err := os.Stat(filepath.Join(data, "urna.db-wal")); err == nil {
			s.log = float64(info.Size())
		}
		s.memory, s.goroutines = measured(ctx, t, server.Metrics)
		if ctx.Err() == nil && s.goroutines > 0 {
			samples = append(samples, s)
		}
		sleep(ctx, 250*time.Millisecond)
	}
	return samples
}

// measured reads what the program says of itself.
func measured(ctx context.Context, t *testing.T, address string) (memory, goroutines float64) {
	t.Helper()
	body, err := open(ctx, address)
	if err != nil {
		return 0, 0 // the end, or else there are no samples
	}
	text, err := io.ReadAll(body)
	_ = body.Close()
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		switch name {
		case "process_resident_memory_bytes":
			memory = number
		case "go_goroutines":
			goroutines = number
		}
	}
	if len(text) > 0 && (memory == 0 || goroutines == 0) { // nothing is published before the start is over
		t.Errorf("want memory and goroutines among the metrics, got %s", text)
	}
	return memory, goroutines
}
