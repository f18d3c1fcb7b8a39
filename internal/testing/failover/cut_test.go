//go:build linux

package failover

import (
	"bytes"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// wire is between Urna and PostgreSQL, and can cut a connection in the middle of a commit.
type wire struct {
	address string       // in place of the servers'
	cut     atomic.Int32 // 1 cuts the next commit before the server has it, 2 behind it
	cuts    atomic.Int32
}

// newWire begins to pass on connections to the first of the hosts that takes them.
func newWire(t *testing.T, database string) *wire {
	t.Helper()
	_, rest, _ := strings.Cut(database, "@")
	hosts, path, _ := strings.Cut(rest, "/")
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for the length of the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	path, _, _ = strings.Cut(path, "?")
	w := &wire{address: "postgres://urna@" + l.Addr().String() + "/" + path + "?sslmode=disable&connect_timeout=2"}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // the test ends
			}
			for host := range strings.SplitSeq(hosts, ",") {
				if s, err := net.Dial("tcp", host); err == nil { //nolint:noctx // as above
					go w.pass(c, s, true)
					go w.pass(s, c, false)
					c = nil
					break
				}
			}
			if c != nil {
				_ = c.Close()
			}
		}
	}()
	return w
}

// pass copies what one side sends to the other, until one of them ends.
func (w *wire) pass(from, to net.Conn, statements bool) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			when := int32(0)
			if statements && bytes.Contains(bytes.ToLower(buffer[:n]), []byte("commit\x00")) {
				when = w.cut.Swap(0)
			}
			if when == 1 {
				w.cuts.Add(1)
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
			if when == 2 {
				w.cuts.Add(1)
				return
			}
		}
		if err != nil {
			return
		}
	}
}
