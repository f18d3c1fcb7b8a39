package papers

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/client"
	"urna/elections"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/program"
)

var (
	measuring = flag.Bool("measure", false, "measure, where the tests only look whether the counts are exact")
	protocols = flag.Int("protocols", 10_000, "polling stations, each with a protocol")
	lines     = flag.Int64("lines", 1_000_000, "ballots of a batch beside them")
	typists   = flag.Int("typists", 200, "officials who type at the same time")
	seconds   = flag.Int("seconds", 10, "how long they type")
	voteRate  = flag.Int("votes", 500, "votes that fall due each second beside them")
)

// small makes the flags those of a run among the tests.
func small() {
	if !*measuring {
		*protocols, *lines, *typists, *seconds, *voteRate = 60, 20_000, 4, 1, 50
	}
}

// patience bounds each wait for the count.
const patience = 5 * time.Minute

// env is a server with an open election: the constituency Ballots takes batches and votes, and the constituency Papers has
// polling stations that send protocols.
type env struct {
	server        *program.Server
	data          string
	poll          *apptest.Poll
	administrator *client.Client
	officials     []string // their e-mail addresses
	stations      []client.StationResult
	services      *apptest.Env // once the server is stopped
}

// newEnv makes a folder with so many stations, officials and voters, and serves it.
func newEnv(t *testing.T, stations, officials, voters int) *env {
	t.Helper()
	s := &env{data: t.TempDir()}
	s.poll = apptest.NewPoll(t, s.data, voters, func(d *elections.Draft) {
		ballots := d.Constituencies[0]
		papers := ballots
		ballots.Name, papers.Name = "Ballots", "Papers"
		for i := range stations {
			papers.Stations = append(papers.Stations, elections.StationDraft{
				Number: strconv.Itoa(i + 1), Name: fmt.Sprintf("School %d", i+1), Place: fmt.Sprintf("Street %d", i%500), RegisteredVoters: 1000,
			})
		}
		d.Constituencies = []elections.ConstituencyDraft{ballots, papers}
	})
	folder := apptest.Open(t, s.data, &clock.Clock{})
	administrator := folder.AddAccount(t, "administrator", auth.Administrator)
	for i := range officials {
		s.officials = append(s.officials, folder.AddAccount(t, fmt.Sprintf("official %d", i), auth.Official).Email)
	}
	must(t, folder.Close())
	s.server = program.Serve(t, program.Build(t), s.data)
	var err error
	s.administrator, err = client.New(s.server.URL)
	must(t, err)
	t.Cleanup(s.administrator.Close)
	must(t, s.administrator.SignIn(t.Context(), administrator.Email, apptest.Password))
	if stations > 0 {
		s.stations, err = s.administrator.Stations(t.Context(), s.poll.ElectionID)
		must(t, err)
	}
	return s
}

// official returns a client of an official.
func (s *env) official(t *testing.T, number int) *client.Client {
	t.Helper()
	c := s.administrator.As()
	must(t, c.SignIn(t.Context(), s.officials[number], apptest.Password))
	return c
}

// papers returns a list of protocols of all stations, of a hundred ballots each.
func (s *env) papers() string {
	var b strings.Builder
	b.WriteString("station,found_in_box,invalid,votes.1,votes.2,votes.3,votes.4\n")
	for i := range s.stations {
		fmt.Fprintf(&b, "%s,100,4,%d,%d,24,24\n", s.stations[i].Number, 24+i%7, 24-i%7)
	}
	return b.String()
}

// enterPapers enters all protocols as one official, and returns how long that took.
func (s *env) enterPapers(t *testing.T, official int) (client.EnteredProtocols, time.Duration) {
	t.Helper()
	c, list := s.official(t, official), s.papers()
	start := time.Now()
	entered, err := c.EnterProtocols(t.Context(), s.poll.ElectionID, int64(len(list)), func() io.ReadCloser {
		return io.NopCloser(strings.NewReader(list))
	})
	must(t, err)
	return entered, time.Since(start)
}

// writeBatch writes a batch of random ballots and returns its name and size.
func writeBatch(t *testing.T, lines int64) (name string, size int64) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "ballots.csv")
	file, err := os.Create(name)
	must(t, err)
	out := bufio.NewWriterSize(file, 1<<20)
	for range lines {
		high, low := rand.Uint64(), rand.Uint64()
		n, err := fmt.Fprintf(out, "%08x-%04x-4%03x-8%03x-%012x,%d\n", high>>32, high>>16&0xffff, high&0xfff, low>>48&0xfff, low&0xffffffffffff,
			1+rand.IntN(apptest.Candidates))
		must(t, err)
		size += int64(n)
	}
	must(t, out.Flush())
	must(t, file.Close())
	return name, size
}

// upload uploads a file of ballots and returns the id of its batch.
func (s *env) upload(t *testing.T, c *client.Client, name string, size int64) int64 {
	t.Helper()
	id, err := c.Upload(t.Context(), s.poll.ElectionID, s.poll.Constituencies[0], "ballots.csv", size, func() io.ReadCloser {
		f, err := os.Open(name)
		if err != nil {
			t.Error(err)
		}
		return f
	})
	must(t, err)
	return id
}

// counted waits until a batch is counted.
func (s *env) counted(t *testing.T, id int64) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		b, err := s.administrator.Batch(t.Context(), id)
		must(t, err)
		if b.State == "counted" {
			return
		}
		if b.State == "failed" || time.Now().After(deadline) {
			t.Fatalf("want the batch counted, got %+v", b)
		}
	}
}

// get reads a path of the server to its end.
func (s *env) get(t *testing.T, as *http.Client, path string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+path, http.NoBody)
	must(t, err)
	answer, err := as.Do(request)
	must(t, err)
	size, err := io.Copy(io.Discard, answer.Body)
	must(t, err)
	must(t, answer.Body.Close())
	if answer.StatusCode != http.StatusOK || size == 0 {
		t.Fatalf("%s: want an answer, got %s", path, answer.Status)
	}
}

// at returns a percentile of durations.
func at(all []time.Duration, percent int) time.Duration {
	slices.Sort(all)
	return all[min(len(all)-1, len(all)*percent/100)]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
