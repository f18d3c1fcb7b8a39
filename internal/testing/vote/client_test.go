package vote

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is what a client process is told to do.
type load struct {
	Address     string
	Bodies      string // a file, one request body a line
	First       int    // the first line to send
	Last        int    // and the line to stop before
	Connections int
	Seconds     float64
	Again       bool // start again after the last line, if the bodies may be sent twice
	// Rate is how many requests fall due each second, whatever became of those before; 0 sends the next when
	// one is answered. Latencies are then counted from the moment a request is due.
	Rate float64
}

// companions follow the last measured request at a fixed rate, so that it finds the group it waits for.
const companions = 16

// due returns how many requests are to be measured at a fixed rate.
func (l *load) due() int { return int(l.Rate * l.Seconds) }

// report is what it prints.
type report struct {
	Statuses map[int]int
	Sent     int // lines taken
	// Accepted is how many were accepted within Seconds. The last votes of all, too few for a group, wait two
	// seconds for others that do not come: they count, and not here.
	Accepted int
	Seconds  float64
	// In milliseconds.
	P50, P95, P99, P999, Max float64
	Processor                time.Duration // of the server
}

func (r report) rate() float64 { return float64(r.Accepted) / r.Seconds }

// String returns a line of the table.
func (r report) String() string {
	return fmt.Sprintf("%7.0f/s  p50 %6.2f ms  p95 %6.2f ms  p99 %6.2f ms  %5.1f µs of the server's processors each",
		r.rate(), r.P50, r.P95, r.P99, float64(r.Processor.Microseconds())/float64(max(1, r.Statuses[200])))
}

// latencies returns a line of the table of a fixed rate.
func (r report) latencies() string {
	return fmt.Sprintf("%d votes  p50 %6.1f ms  p99 %6.1f ms  p99.9 %6.1f ms  longest %6.1f ms", r.Sent-companions, r.P50, r.P99, r.P999, r.Max)
}

// The roles in which the test's own program runs beside the tests.
const roleVariable = "VOTEBENCH_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "client":
		if err := playClient(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "echo":
		if err := playEcho(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "server":
		os.Exit(playServer())
	default:
		os.Exit(m.Run())
	}
}

// send runs a load in a process of its own.
func send(t *testing.T, l load) report {
	t.Helper()
	encoded, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	client := exec.CommandContext(t.Context(), os.Args[0])
	client.Env = append(os.Environ(), roleVariable+"=client")
	client.Stdin = bytes.NewReader(encoded)
	client.Stderr = os.Stderr
	output, err := client.Output()
	if err != nil {
		t.Fatalf("the client: %v", err)
	}
	var r report
	if err := json.Unmarshal(output, &r); err != nil {
		t.Fatalf("the client printed %q: %v", output, err)
	}
	return r
}

// playClient is the client process: as little work for a request as possible, like wrk.
func playClient() error {
	var l load
	if err := json.NewDecoder(os.Stdin).Decode(&l); err != nil {
		return err
	}
	content, err := os.ReadFile(l.Bodies)
	if err != nil {
		return err
	}
	var requests [][]byte
	for body := range strings.Lines(string(content)) {
		body = strings.TrimSuffix(body, "\n")
		requests = append(requests, fmt.Appendf(nil,
			"POST /vote HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	}
	l.Last = min(l.Last, len(requests))
	if l.Rate > 0 {
		l.Last = min(l.Last, l.First+l.due()+companions)
	}
	var next atomic.Int64
	next.Store(int64(l.First))
	var all sync.WaitGroup
	connections := make([]connection, l.Connections)
	errs := make([]error, l.Connections)
	start := time.Now()
	for i := range connections {
		all.Go(func() { errs[i] = connections[i].run(&l, requests, &next, start) })
	}
	all.Wait()
	r := report{Statuses: map[int]int{}, Seconds: min(l.Seconds, time.Since(start).Seconds()), Sent: min(int(next.Load()), l.Last) - l.First}
	var latencies []time.Duration
	for _, c := range connections {
		r.Accepted += c.accepted
		latencies = append(latencies, c.latencies...)
		for status, n := range c.statuses {
			r.Statuses[status] += n
		}
	}
	slices.Sort(latencies)
	for at, into := range map[int]*float64{500: &r.P50, 950: &r.P95, 990: &r.P99, 999: &r.P999, 1000: &r.Max} {
		if n := len(latencies); n > 0 {
			*into = float64(latencies[min(n-1, n*at/1000)].Microseconds()) / 1000
		}
	}
	return errors.Join(errors.Join(errs...), json.NewEncoder(os.Stdout).Encode(r))
}

type connection struct {
	latencies []time.Duration
	statuses  map[int]int
	accepted  int // within the time
}

// run sends one request after the other until the time is over or all were sent.
func (c *connection) run(l *load, requests [][]byte, next *atomic.Int64, start time.Time) error {
	c.statuses = map[int]int{}
	deadline := start.Add(time.Duration(l.Seconds * float64(time.Second)))
	conn, err := net.Dial("tcp", l.Address) //nolint:noctx // it ends with the process
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReader(conn)
	for {
		begun := time.Now()
		if l.Rate == 0 && begun.After(deadline) && len(c.latencies) > 0 { // the first is sent, however late
			return nil
		}
		i := int(next.Add(1)) - 1
		if i >= l.Last {
			if !l.Again {
				return nil
			}
			i = l.First + i%(l.Last-l.First)
		}
		if l.Rate > 0 {
			begun = start.Add(time.Duration(float64(i-l.First) / l.Rate * float64(time.Second)))
			time.Sleep(time.Until(begun))
		}
		if _, err := conn.Write(requests[i]); err != nil {
			return err
		}
		status, err := readAnswer(answers)
		if err != nil {
			return err
		}
		c.statuses[status]++
		answered := time.Now()
		if l.Rate == 0 || i < l.First+l.due() {
			c.latencies = append(c.latencies, answered.Sub(begun))
		}
		if status == http.StatusOK && !answered.After(deadline) {
			c.accepted++
		}
	}
}

// readAnswer reads an answer whole and returns its status.
func readAnswer(from *bufio.Reader) (status int, err error) {
	length := 0
	for first := true; ; first = false {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		switch {
		case first && len(line) > 12:
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, err
			}
		case len(line) <= 2:
			_, err := from.Discard(length)
			return status, err
		case len(line) > 16 && bytes.EqualFold(line[:16], []byte("Content-Length: ")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[16:]))); err != nil {
				return 0, err
			}
		}
	}
}
