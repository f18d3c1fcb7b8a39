package votebench

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/internal/rehearsal"
	"urna/internal/urnatest"
	"urna/internal/votetest"
)

var (
	batchLines  = flag.Int64("lines", 3_000_000, "lines of the batch that is counted while votes are measured")
	batchVoters = flag.Int("batch-connections", 16, "how many connections vote beside the batch")
)

// TestVote_BesideBatch measures where it is told to how long votes take without a batch and while one is
// counted; else it only sees that both are counted in full.
func TestVote_BesideBatch(t *testing.T) {
	if !*measuring {
		*voters, *seconds, *batchLines = 20_000, 0.5, 300_000
	}
	binary, data := urnatest.Build(t), t.TempDir()
	poll := votetest.New(t, data, *voters, nil)
	bodies := writeBodies(t, poll)
	ada := urnatest.User{Email: "ada@example.org", Role: "official", Forename: "Ada", Surname: "Byron", Password: "a jar of black and white beans"}
	urnatest.AddUser(t, binary, data, ada)
	file, size := writeBatch(t, *batchLines)
	server := urnatest.Serve(t, binary, data)
	client, err := rehearsal.NewClient(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.SignIn(t.Context(), ada.Email, ada.Password); err != nil {
		t.Fatal(err)
	}
	sent := 0
	measure := func(what string) {
		worked := processorTime(server.PID())
		v := send(t, load{
			Address: strings.TrimPrefix(server.URL, "http://"), Bodies: bodies, First: sent, Last: *voters,
			Connections: *batchVoters, Seconds: *seconds,
		})
		v.Processor = processorTime(server.PID()) - worked // for the batch too
		sent += v.Sent
		if len(v.Statuses) != 1 || v.Statuses[http.StatusOK] != v.Sent {
			t.Errorf("%s: want all of %d votes accepted, got statuses %v", what, v.Sent, v.Statuses)
		}
		fmt.Fprintf(t.Output(), "%-24s %s\n", what, v)
	}
	measure("no batch")
	id, err := client.Upload(t.Context(), poll.ElectionID, poll.Constituencies[0], "ballots.csv", size, func() io.ReadCloser {
		f, err := os.Open(file)
		if err != nil {
			t.Error(err)
		}
		return f
	})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	state := func() rehearsal.BatchState {
		b, err := client.Batch(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for b := state(); *measuring && b.Valid == 0 && b.State != "counted"; b = state() {
		time.Sleep(50 * time.Millisecond)
	}
	measure("while a batch is counted")
	fmt.Fprintf(t.Output(), "the batch of %d lines is %s, %d lines valid after %v\n", *batchLines, state().State, state().Valid, time.Since(began).Round(time.Millisecond))
	for b := state(); b.State != "counted"; b = state() {
		if b.State == "failed" || time.Since(began) > 3*time.Minute {
			t.Fatalf("want the batch counted, got %+v", b)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if b := state(); b.Valid != *batchLines {
		t.Errorf("want %d valid lines, got %+v", *batchLines, b)
	}
	fmt.Fprintf(t.Output(), "counted after %v\n", time.Since(began).Round(time.Millisecond))
	server.Stop(t)
	checkLedger(t, data, sent)
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
			1+rand.IntN(votetest.Candidates))
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
