//go:build linux

package vote

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"urna/internal/app"
	"urna/internal/testing/apptest"
	"urna/internal/testing/postgres"
	"urna/internal/testing/program"
)

// engine is a server on one kind of database.
type engine struct {
	name     string
	database string // the address, "" for SQLite
	folder   string // of the data, or of the secrets
	poll     *apptest.Poll
	bodies   string
	server   *program.Server

	sent    int
	rates   []float64
	results []time.Duration // how long each reading of the results took, while votes were cast
}

// resultsRate is how many votes are cast each second while results are read, so that each reading finds others.
const resultsRate = 500

// TestVote_OnBothEngines measures, where it is told to, votes on SQLite, on PostgreSQL and on PostgreSQL with a standby that each
// commit waits for, in turns, and reading results while votes are cast; else it only sees that every vote is counted.
// PostgreSQL, its standby and the client work on the same processors.
func TestVote_OnBothEngines(t *testing.T) {
	n, duration, turns := *voters, *seconds, *pairs
	if !*measuring {
		n, duration, turns = 10_000, 0.1, 1
	}
	binary := program.Build(t)
	all := []*engine{
		{name: "SQLite"},
		{name: "PostgreSQL", database: postgres.Durable(t)},
		{name: "with a synchronous standby", database: postgres.DurablePair(t)},
	}
	for _, e := range all {
		e.start(t, binary, n)
	}
	to := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', 0)
	fmt.Fprintf(t.Output(), "%d voters, %d connections\n", n, *connections)
	for range turns {
		for _, e := range all {
			worked := e.databaseWorked(t)
			v := e.vote(t, load{Last: n, Connections: *connections, Seconds: duration})
			worked = e.databaseWorked(t) - worked
			fmt.Fprintf(to, "%s\t%s and %.1f µs of PostgreSQL's\n", e.name, v, float64(worked.Microseconds())/float64(v.Statuses[http.StatusOK]))
		}
		for _, e := range all[:2] {
			e.readResults(t, load{Last: n, Connections: *connections, Seconds: duration, Rate: resultsRate})
		}
	}
	if err := to.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		checkCount(t, e.server.URL, e.poll, e.sent)
		e.server.Stop(t)
		if out, err := e.command(t.Context(), binary, "verify").CombinedOutput(); err != nil {
			t.Errorf("%s: urna verify: want success, got %v\n%s", e.name, err, out)
		}
	}
	for i, goal := range []float64{1: 0.7, 2: 0.5} {
		if i > 0 {
			fmt.Fprintf(t.Output(), "votes a second, %s, by SQLite: %s, goal %.1f\n", all[i].name, quotients(all[i].rates, all[0].rates), goal)
		}
	}
	onSQLite, onPostgres := percentile99(all[0].results), percentile99(all[1].results)
	fmt.Fprintf(t.Output(), "p99 of reading results, with %d votes a second: %.1f ms on PostgreSQL (%d times), %.1f ms on SQLite (%d times), %.1f ms more, goal at most 3\n",
		resultsRate, milliseconds(onPostgres), len(all[1].results), milliseconds(onSQLite), len(all[0].results), milliseconds(onPostgres-onSQLite))
}

// start makes an election and starts the server.
func (e *engine) start(t *testing.T, binary string, voters int) {
	t.Helper()
	e.folder = t.TempDir()
	data, o := e.folder, app.Options{}
	if e.database != "" {
		data, o = "", app.Options{Database: e.database, Secrets: e.folder}
	}
	e.poll = apptest.NewPollIn(t, data, o, voters, nil)
	e.bodies = writeBodies(t, e.poll)
	e.server = program.Start(t, e.command(context.WithoutCancel(t.Context()), binary, "serve", "--addr", "127.0.0.1:0", "--rate-limit", "off"))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // on PostgreSQL it takes the lead first
		_, err := readOnce(t.Context(), e.server.URL+"/readyz")
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: want the server ready, got %v", e.name, err)
		}
	}
}

// command returns a command of the program on the database.
func (e *engine) command(ctx context.Context, binary string, arguments ...string) *exec.Cmd {
	if e.database == "" {
		return exec.CommandContext(ctx, binary, append(arguments, "--data", e.folder)...)
	}
	c := exec.CommandContext(ctx, binary, append(arguments, "--secrets", e.folder)...)
	c.Env = append(c.Environ(), "URNA_DATABASE="+e.database)
	return c
}

// vote sends votes, all of which must be accepted.
func (e *engine) vote(t *testing.T, l load) report {
	t.Helper()
	l.Address, l.Bodies, l.First = strings.TrimPrefix(e.server.URL, "http://"), e.bodies, e.sent
	worked := program.ProcessorTime(e.server.PID())
	v := send(t, l)
	v.Processor = program.ProcessorTime(e.server.PID()) - worked
	if len(v.Statuses) != 1 || v.Statuses[http.StatusOK] == 0 {
		t.Fatalf("%s: want all of %d votes accepted, got statuses %v; if voters are used up, give more with -voters", e.name, v.Sent, v.Statuses)
	}
	e.sent += v.Statuses[http.StatusOK]
	if l.Rate == 0 {
		e.rates = append(e.rates, v.rate())
	}
	return v
}

// databaseWorked returns how long the processors have worked for PostgreSQL; not for its standby.
func (e *engine) databaseWorked(t *testing.T) (total time.Duration) {
	t.Helper()
	if e.database == "" {
		return 0
	}
	for _, pid := range postgres.Processes(t, e.database) {
		total += program.ProcessorTime(pid)
	}
	return total
}

// readResults reads results, one after the other, while votes are cast.
func (e *engine) readResults(t *testing.T, l load) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	read := make(chan []time.Duration, 1)
	go func() {
		var took []time.Duration
		for ctx.Err() == nil {
			d, err := readOnce(ctx, fmt.Sprintf("%s/api/v1/elections/%d/results", e.server.URL, e.poll.ElectionID))
			if ctx.Err() == nil && err != nil {
				t.Errorf("%s: read results: %v", e.name, err)
			}
			if err == nil {
				took = append(took, d)
			}
			time.Sleep(10 * time.Millisecond)
		}
		read <- took
	}()
	e.vote(t, l)
	stop()
	e.results = append(e.results, <-read...)
}

func readOnce(ctx context.Context, url string) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, err
	}
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("status %d", answer.StatusCode)
	}
	return time.Since(begun), nil
}

// quotients returns the median, the least and the largest of the ratios of two series in turns.
func quotients(of, by []float64) string {
	all := make([]float64, len(of))
	for i := range of {
		all[i] = of[i] / by[i]
	}
	slices.Sort(all)
	return fmt.Sprintf("%.2f (from %.2f to %.2f)", (all[(len(all)-1)/2]+all[len(all)/2])/2, all[0], all[len(all)-1])
}

func percentile99(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)*99/100]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
