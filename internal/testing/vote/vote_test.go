package vote

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/program"
)

var (
	measuring   = flag.Bool("measure", false, "measure, where the tests only look whether the counts are exact")
	voters      = flag.Int("voters", 600_000, "voters with a key to measure with")
	seconds     = flag.Float64("seconds", 5, "how long each side is measured at a time")
	pairs       = flag.Int("pairs", 3, "how often each side is measured, in turns")
	connections = flag.Int("connections", 256, "how many connections send requests, one after the other")
)

// TestVote_BesideEcho measures where it is told to; else it only sees that every vote is counted once.
func TestVote_BesideEcho(t *testing.T) {
	if !*measuring {
		*voters, *seconds, *pairs = 3_000, 0.5, 1
	}
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, *voters, nil)
	bodies := writeBodies(t, poll)
	server := program.Serve(t, serverBinary(t, binary), data)
	echo, echoPID := serveEcho(t)

	var ratios []float64
	accepted, sent := 0, 0
	fmt.Fprintf(t.Output(), "%d voters, %d connections\n", *voters, *connections)
	for range *pairs {
		worked := program.ProcessorTime(echoPID)
		e := send(t, load{Address: echo, Bodies: bodies, Last: *voters, Connections: *connections, Seconds: *seconds, Again: true})
		e.Processor = program.ProcessorTime(echoPID) - worked
		worked = program.ProcessorTime(server.PID())
		v := send(t, load{
			Address: strings.TrimPrefix(server.URL, "http://"), Bodies: bodies, First: sent, Last: *voters,
			Connections: *connections, Seconds: *seconds,
		})
		v.Processor = program.ProcessorTime(server.PID()) - worked
		sent += v.Sent
		if len(v.Statuses) != 1 || v.Statuses[http.StatusOK] != v.Sent {
			t.Errorf("want all of %d votes accepted, got statuses %v", v.Sent, v.Statuses)
		}
		accepted += v.Statuses[http.StatusOK]
		ratios = append(ratios, v.rate()/e.rate())
		fmt.Fprintf(t.Output(), "echo  %s\nvotes %s   %4.1f %% of the echo's rate\n", e, v, 100*v.rate()/e.rate())
	}
	slices.Sort(ratios)
	fmt.Fprintf(t.Output(), "%d votes accepted; median %.1f %% of the echo's rate\n", accepted, 100*ratios[len(ratios)/2])
	checkCount(t, server.URL, poll, accepted)
	server.Stop(t)
	checkLedger(t, data, accepted)
	program.Verify(t, binary, data)
}

// writeBodies writes a request body for every voter.
func writeBodies(t *testing.T, poll *apptest.Poll) string {
	t.Helper()
	var b strings.Builder
	for i := range poll.Keys {
		b.WriteString(poll.Body(i, 1+i%apptest.Candidates) + "\n")
	}
	name := filepath.Join(t.TempDir(), "bodies")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// checkCount reads what the API says while the election is open: no more than nine votes less. The server keeps an answer for up
// to a second.
func checkCount(t *testing.T, url string, poll *apptest.Poll, accepted int) {
	t.Helper()
	cast := shownCount(t, url, poll)
	for deadline := time.Now().Add(5 * time.Second); cast < accepted-9 && time.Now().Before(deadline); cast = shownCount(t, url, poll) {
		time.Sleep(50 * time.Millisecond)
	}
	if cast > accepted || cast < accepted-9 {
		t.Errorf("want %d votes shown, or at most nine less, got %d", accepted, cast)
	}
}

// shownCount returns how many votes the API shows.
func shownCount(t *testing.T, url string, poll *apptest.Poll) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/api/v1/elections/%d/results", url, poll.ElectionID), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var r struct {
		Ballots struct {
			Cast int `json:"cast"`
		} `json:"ballots"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r.Ballots.Cast
}

// checkLedger counts the ballots on disk.
func checkLedger(t *testing.T, data string, accepted int) {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(data, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for query, what := range map[string]string{
		`SELECT count(*) FROM online_ballots`:   "ballots",
		`SELECT count(*) FROM used_voter_keys`:  "used keys",
		`SELECT sum(votes) FROM online_tallies`: "votes in the tallies",
	} {
		var n int
		if err := db.Pool().QueryRowContext(context.Background(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != accepted {
			t.Errorf("want %d %s, got %d", accepted, what, n)
		}
	}
}
