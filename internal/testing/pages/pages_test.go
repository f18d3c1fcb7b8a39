package pages

import (
	"flag"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"urna/internal/testing/program"
)

var (
	measuring   = flag.Bool("measure", false, "measure, where the test only looks whether every answer is a success")
	connections = flag.Int("connections", 100, "how many connections send requests, one after the other")
	seconds     = flag.Float64("seconds", 3, "how long each page is measured")
	stations    = flag.Int("stations", 10_000, "polling stations of one of the elections")
	lines       = flag.Int("lines", 10_000_000, "ballots in each batch that is counted meanwhile; 0 is no batch")
)

const password = "a queue before the school gate"

// target is one address to measure, with the ratio to /healthz that is wanted while nothing changes.
type target struct {
	name, path string
	wanted     float64
}

// targets returns what the public asks for in the night of an election.
func (c country) targets() []target {
	spain, single, stations := strconv.FormatInt(c.spain.ID, 10), strconv.FormatInt(c.single.ID, 10), strconv.FormatInt(c.stations.ID, 10)
	return []target{
		{"home", "/", 0.5},
		{"page of 1 constituency", "/elections/" + single, 0.5},
		{"page of 52", "/elections/" + spain, 0.15},
		{"JSON of 52", "/api/v1/elections/" + spain + "/results", 0.5},
		{"page of 52, stations", "/elections/" + stations, 0.12},
		{"JSON of 52, stations", "/api/v1/elections/" + stations + "/results", 0.4},
		{"table of stations", "/elections/" + stations + "/stations", 0.15},
		{"JSON of stations", "/api/v1/elections/" + stations + "/stations", 0.15},
		{"CSV of 52", "/api/v1/elections/" + spain + "/results.csv", 0.5},
		{"JSON of 1", "/api/v1/elections/" + single + "/results", 0.5},
		{"CSV of 1", "/api/v1/elections/" + single + "/results.csv", 0.5},
		{"list of elections", "/api/v1/elections", 0.5},
	}
}

// TestPages_BesideHealthz measures if it is told to; else it only sees that every answer is a success.
func TestPages_BesideHealthz(t *testing.T) {
	if !*measuring {
		*connections, *seconds, *lines, *stations = 4, 0.1, 20_000, 200
	}
	binary, data := program.Build(t), t.TempDir()
	program.AddUser(t, binary, data, program.User{
		Email: "olga@example.org", Role: "official", Forename: "Olga", Surname: "Oppenheimer", Password: password,
	})
	made := newCountry(t, data, *stations)
	server := program.Serve(t, serverBinary(t, binary), data)
	address := strings.TrimPrefix(server.URL, "http://")

	fmt.Fprintf(t.Output(), "%d connections, gzip\n", *connections)
	for _, target := range made.targets() {
		measure(t, address, target, 1)
	}
	if *lines == 0 {
		return
	}
	feed := &feed{official: signIn(t, server.URL, "olga@example.org", password), election: made.single.ID}
	fmt.Fprintf(t.Output(), "while batches of %d ballots are counted\n", *lines)
	for _, target := range made.targets() {
		feed.fill(t)
		measure(t, address, target, 0.5)
	}
}

// measure measures /healthz and then the target, and prints both. part is the part of the wanted ratio that is wanted now.
func measure(t *testing.T, address string, target target, part float64) {
	t.Helper()
	l := load{Address: address, Path: "/healthz", Connections: *connections, Seconds: *seconds / 2}
	base := send(t, l)
	l.Path, l.Seconds = target.path, *seconds
	r := send(t, l)
	for _, of := range []report{base, r} {
		if len(of.Statuses) != 1 || of.Statuses[http.StatusOK] == 0 {
			t.Errorf("%s: want every answer a success, got statuses %v", target.name, of.Statuses)
		}
	}
	ratio, wanted, tail := r.Rate/base.Rate, target.wanted*part, r.P99/base.P99
	verdict := ""
	if *measuring && (ratio < wanted || part == 1 && tail > 5) {
		verdict = "  <-- wanted"
	}
	fmt.Fprintf(t.Output(), "%-23s %7d bytes %8.0f/s  p50 %7.2f ms  p99 %7.2f ms | /healthz %8.0f/s  p99 %6.2f ms | ratio %.3f (wanted %.3f)  p99 %5.1f times%s\n",
		target.name, r.Bytes, r.Rate, r.P50, r.P99, base.Rate, base.P99, ratio, wanted, tail, verdict)
}
