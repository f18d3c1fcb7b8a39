package pages

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// load is what the client process reads from its standard input.
type load struct {
	Address     string
	Path        string
	Connections int
	Seconds     float64
}

// report is what the client process prints.
type report struct {
	Statuses map[int]int
	Rate     float64 // answers a second
	Bytes    int     // of the last body, as it was sent
	P50, P99 float64 // milliseconds
}

// roleVariable names the role in which the test's own program runs as another process.
const roleVariable = "PAGEBENCH_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "client":
		if err := playClient(); err != nil {
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

// playClient is the client process. Each connection sends a request when the one before is answered, with as little
// work for an answer as possible, as wrk does.
func playClient() error {
	var l load
	if err := json.NewDecoder(os.Stdin).Decode(&l); err != nil {
		return err
	}
	request := []byte("GET " + l.Path + " HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n")
	connections, errs := make([]connection, l.Connections), make([]error, l.Connections)
	start := time.Now()
	var all sync.WaitGroup
	for i := range connections {
		all.Go(func() { errs[i] = connections[i].run(l, request, start) })
	}
	all.Wait()
	r := report{Statuses: map[int]int{}}
	var latencies []time.Duration
	for _, c := range connections {
		latencies = append(latencies, c.latencies...)
		r.Bytes = c.bytes
		for status, n := range c.statuses {
			r.Statuses[status] += n
		}
	}
	r.Rate = float64(len(latencies)) / time.Since(start).Seconds()
	slices.Sort(latencies)
	if n := len(latencies); n > 0 {
		r.P50, r.P99 = milliseconds(latencies[n/2]), milliseconds(latencies[n*99/100])
	}
	return errors.Join(errors.Join(errs...), json.NewEncoder(os.Stdout).Encode(r))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// connection is one of the client's connections, with what it saw.
type connection struct {
	latencies []time.Duration
	statuses  map[int]int
	bytes     int
}

// run asks until the time is up, and once even if the machine was too busy to begin before.
func (c *connection) run(l load, request []byte, start time.Time) error {
	c.statuses = map[int]int{}
	deadline := start.Add(time.Duration(l.Seconds * float64(time.Second)))
	conn, err := net.Dial("tcp", l.Address) //nolint:noctx // it ends with the process
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReaderSize(conn, 64<<10)
	for begun := time.Now(); len(c.latencies) == 0 || begun.Before(deadline); {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		status, length, err := readAnswer(answers)
		if err != nil {
			return err
		}
		answered := time.Now()
		c.statuses[status]++
		c.bytes = length
		c.latencies = append(c.latencies, answered.Sub(begun))
		begun = answered
	}
	return nil
}

// readAnswer reads one whole answer, which must have a Content-Length.
func readAnswer(from *bufio.Reader) (status, length int, err error) {
	for first := true; ; first = false {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		switch {
		case first && len(line) > 12:
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, 0, err
			}
		case len(line) <= 2:
			_, err := from.Discard(length)
			return status, length, err
		case len(line) > 16 && bytes.EqualFold(line[:16], []byte("Content-Length: ")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[16:]))); err != nil {
				return 0, 0, err
			}
		}
	}
}
