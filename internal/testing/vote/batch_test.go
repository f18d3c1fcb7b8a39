package vote

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/client"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

var (
	batchLines       = flag.Int64("lines", 10_000_000, "lines of the batch that is counted while votes are measured")
	linesWhileVoting = flag.Int("lines-while-voting", 0, "how many of them are counted in one transaction; 0 is the program's own choice")
	rates            = flag.String("rates", "500,2000", "how many votes a second fall due beside the batch; one measurement for each")
)

// TestVote_BesideBatch measures where it is told to how long votes that fall due at a fixed rate take,
// without a batch and while one is counted; else it only sees that both are counted in full.
func TestVote_BesideBatch(t *testing.T) {
	if !*measuring {
		*voters, *seconds, *batchLines, *rates = 2_000, 0.5, 300_000, "200,1000"
	}
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, *voters, nil)
	bodies := writeBodies(t, poll)
	ada := program.User{Email: "ada@example.org", Role: "official", Forename: "Ada", Surname: "Byron", Password: "a jar of black and white beans"}
	program.AddUser(t, binary, data, ada)
	file, size := writeBatch(t, *batchLines)
	var flags []string
	if *linesWhileVoting > 0 {
		flags = append(flags, "--lines-while-voting", strconv.Itoa(*linesWhileVoting))
	}
	server := program.Serve(t, binary, data, flags...)
	administrator, err := client.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer administrator.Close()
	if err := administrator.SignIn(t.Context(), ada.Email, ada.Password); err != nil {
		t.Fatal(err)
	}
	sent := 0
	measure := func(what string) {
		for rate := range strings.SplitSeq(*rates, ",") {
			l := load{Address: strings.TrimPrefix(server.URL, "http://"), Bodies: bodies, First: sent, Last: *voters, Connections: *connections, Seconds: *seconds}
			if l.Rate, err = strconv.ParseFloat(rate, 64); err != nil || l.Rate <= 0 || sent+l.due()+companions > *voters {
				t.Fatalf("-rates %s: want rates above 0 that %d voters suffice for", *rates, *voters)
			}
			v := send(t, l)
			sent += v.Sent
			if len(v.Statuses) != 1 || v.Statuses[http.StatusOK] != l.due()+companions {
				t.Errorf("%s: want all of %d votes accepted, got statuses %v", what, l.due()+companions, v.Statuses)
			}
			fmt.Fprintf(t.Output(), "%-24s %6s/s  %s\n", what, rate, v.latencies())
		}
	}
	measure("no batch")
	id, err := administrator.Upload(t.Context(), poll.ElectionID, poll.Constituencies[0], "ballots.csv", size, func() io.ReadCloser {
		f, err := os.Open(file)
		if err != nil {
			t.Error(err)
		}
		return f
	})
	if err != nil {
		t.Fatal(err)
	}
	state := func() client.BatchState {
		b, err := administrator.Batch(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for b := state(); *measuring && b.Valid == 0 && b.State != "counted"; b = state() {
		time.Sleep(50 * time.Millisecond)
	}
	began, before := time.Now(), state().Valid
	measure("while a batch is counted")
	b := state()
	fmt.Fprintf(t.Output(), "the batch of %d lines is %s; meanwhile %.0f lines of it were counted a second\n",
		*batchLines, b.State, float64(b.Valid-before)/time.Since(began).Seconds())
	awaitCounted(t, state)
	server.Stop(t)
	checkLedger(t, data, sent)
}

// awaitCounted waits until the whole batch is counted.
func awaitCounted(t *testing.T, state func() client.BatchState) {
	t.Helper()
	began := time.Now()
	b := state()
	for ; b.State != "counted"; b = state() {
		if b.State == "failed" || time.Since(began) > 3*time.Minute {
			t.Fatalf("want the batch counted, got %+v", b)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if b.Valid != *batchLines {
		t.Errorf("want %d valid lines, got %+v", *batchLines, b)
	}
}

// writeBatch writes a batch of random ballots and returns its name and size.
func writeBatch(t *testing.T, lines int64) (name string, size int64) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "ballots.csv")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriterSize(file, 1<<20)
	for range lines {
		high, low := rand.Uint64(), rand.Uint64()
		n, err := fmt.Fprintf(out, "%08x-%04x-4%03x-8%03x-%012x,%d\n", high>>32, high>>16&0xffff, high&0xfff, low>>48&0xfff, low&0xffffffffffff,
			1+rand.IntN(apptest.Candidates))
		if err != nil {
			t.Fatal(err)
		}
		size += int64(n)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return name, size
}
