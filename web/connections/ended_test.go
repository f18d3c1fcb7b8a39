package connections

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestLimit_AConnectionIsEndedOrWorks: a request whose connection was chosen to be ended is not handled although it
// arrives before the connection is closed, and a connection whose request has arrived is not chosen.
func TestLimit_AConnectionIsEndedOrWorks(t *testing.T) {
	l := New(2, func(netip.Addr) bool { return false })
	admit := func() *conn {
		t.Helper()
		server, client := net.Pipe()
		t.Cleanup(func() { _ = client.Close() })
		c, _ := l.admit(server)
		if c == nil {
			t.Fatal("want the connection admitted")
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	read := func(c *conn) error {
		_, err := io.Copy(io.Discard, &body{io.NopCloser(strings.NewReader("{}")), c})
		return err
	}

	late, inTime := admit(), admit()
	if err := read(inTime); err != nil {
		t.Fatal(err)
	}
	l.mutex.Lock()
	chosen := late.network.choose(2, time.Now().Add(time.Hour).UnixNano())
	l.mutex.Unlock()
	if len(chosen) != 0 {
		t.Errorf("want a network with few connections to keep its half-sent request, got %d ended", len(chosen))
	}
	late.set(idle)
	l.mutex.Lock()
	chosen = late.network.choose(2, 0)
	l.mutex.Unlock()
	if len(chosen) != 1 || chosen[0] != late {
		t.Fatalf("want the idle connection ended and not the working one, got %v", chosen)
	}
	if err := read(late); !errors.Is(err, errEnded) {
		t.Errorf("want the request of an ended connection not read to its end, got %v", err)
	}
	if late.set(halfSent) || late.set(working) {
		t.Error("want an ended connection to stay so")
	}
}
