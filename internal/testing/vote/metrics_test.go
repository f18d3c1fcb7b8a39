package vote

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// scrapeEvery is how often the measurements are read, more often than Prometheus does.
const scrapeEvery = time.Second

// TestVote_MetricsCost measures where it is told to how many votes a second the program takes, and at which cost, without
// measurements and while they are read, in turns; else it only sees that they are read and that all votes are accepted.
func TestVote_MetricsCost(t *testing.T) {
	if !*measuring {
		*voters, *seconds, *pairs = 3_000, 0.5, 1
	}
	s := newBesides(t)
	var speeds, costs []float64
	for range *pairs {
		without := s.turn(t, "without")
		s.server = program.Serve(t, s.binary, s.data, "--metrics-addr", "127.0.0.1:0")
		stop, read := make(chan struct{}), make(chan int)
		go func() { read <- scrape(s.server.Metrics, stop) }()
		with := s.turn(t, "with")
		close(stop)
		if <-read == 0 {
			t.Error("want measurements that were read")
		}
		s.server = program.Serve(t, s.binary, s.data)
		speeds = append(speeds, with.rate()/without.rate())
		costs = append(costs, float64(with.Processor)*float64(without.Sent)/float64(max(1, without.Processor))/float64(max(1, with.Sent)))
	}
	slices.Sort(speeds)
	slices.Sort(costs)
	fmt.Fprintf(t.Output(), "with measurements, by without, medians: votes a second %.3f, processor time for a vote %.3f\n", speeds[len(speeds)/2], costs[len(costs)/2])
	s.server.Stop(t)
	checkLedger(t, s.data, s.sent)
}

// turn sends votes as fast as the server takes them, and stops it.
func (s *besides) turn(t *testing.T, what string) report {
	t.Helper()
	worked := program.ProcessorTime(s.server.PID())
	v := send(t, load{
		Address: strings.TrimPrefix(s.server.URL, "http://"), Bodies: s.bodies, First: s.sent, Last: min(s.sent+*voters/(2**pairs), *voters),
		Connections: *connections, Seconds: *seconds,
	})
	v.Processor = program.ProcessorTime(s.server.PID()) - worked
	s.sent += v.Sent
	if len(v.Statuses) != 1 || v.Statuses[http.StatusOK] != v.Sent {
		t.Errorf("%s: want all of %d votes accepted, got statuses %v", what, v.Sent, v.Statuses)
	}
	fmt.Fprintf(t.Output(), "%-8s %s\n", what, v)
	s.server.Stop(t)
	return v
}

// scrape reads the measurements until it is stopped, and returns how often.
func scrape(address string, stop <-chan struct{}) (times int) {
	for {
		answer, err := http.Get(address) //nolint:noctx // the server of this test
		if err != nil {
			return times // the server was stopped
		}
		// Until the first ones are published there are none.
		if _, err := io.Copy(io.Discard, answer.Body); err == nil && answer.StatusCode == http.StatusOK {
			times++
		}
		_ = answer.Body.Close()
		select {
		case <-stop:
			return times
		case <-time.After(scrapeEvery):
		}
	}
}
