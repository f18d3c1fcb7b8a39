package web_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"urna/elections"
	"urna/web"
	"urna/web/deadline"
)

// TestVote_SlowClientsStopNobody opens 2,000 connections that never finish their request, half of them in
// the headers and half in the body, and votes meanwhile.
func TestVote_SlowClientsStopNobody(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 20, func(d *elections.Draft) { d.Rules.BlankBallots = true })
	address := listen(t, s.unstarted())
	s.url = "http://" + address
	for i := range 2000 {
		start := "POST /vote HTTP/1.1\r\nHost: x\r\nContent-Ty"
		if i%2 == 1 {
			start = "POST /vote HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"personal_id\""
		}
		stuck(t, address, start)
	}
	v := s.visitor(t)
	for i := range p.keys {
		begun := time.Now()
		if answer := v.send(t, http.MethodPost, "/vote", p.body(i, "0")); answer.StatusCode != http.StatusOK {
			t.Fatalf("want the vote accepted, got %s", answer.Status)
		}
		if took := time.Since(begun); took > 5*time.Second { // alone on the machine: some milliseconds
			t.Errorf("want no voter kept waiting, got %v", took)
		}
	}
}

// TestServer_LetsGoWhoStandsStillInTheHeaders has them sent within a moment; the time that is set otherwise is seen
// below.
func TestServer_LetsGoWhoStandsStillInTheHeaders(t *testing.T) {
	s := newSite(t)
	hasty := s.unstarted()
	hasty.HTTP().ReadHeaderTimeout = 50 * time.Millisecond
	conn := stuck(t, listen(t, hasty), "POST /vote HTTP/1.1\r\nHost: x\r\nContent-Ty")
	_ = conn.SetReadDeadline(time.Now().Add(deadline.IdleTimeout / 2)) // when a whole request must have arrived is later
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("want a client that stops in the headers disconnected at the deadline")
	}
}

// listen serves at a free port until the test ends, and returns its address.
func listen(t *testing.T, underneath *web.Server) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- underneath.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_ = underneath.Close(ctx)
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// stuck opens a connection that sends the start of a request and nothing more, until the test ends.
func stuck(t *testing.T, address, start string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := conn.Write([]byte(start)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestServer_NobodyStandsStillForEver looks at the limits that would take long to be seen at work; a shorter one on
// headers is seen at work above.
func TestServer_NobodyStandsStillForEver(t *testing.T) {
	s := newSite(t)
	h := s.unstarted().HTTP()
	for what, limit := range map[string]time.Duration{
		"headers": h.ReadHeaderTimeout, "request": h.ReadTimeout, "answer": h.WriteTimeout, "pause between requests": h.IdleTimeout,
	} {
		if limit <= 0 || limit > 5*time.Minute {
			t.Errorf("want the %s limited to some minutes, got %v", what, limit)
		}
	}
	if h.ReadHeaderTimeout > 15*time.Second {
		t.Errorf("want headers sent within some ten seconds, got %v", h.ReadHeaderTimeout)
	}
	if h.MaxHeaderBytes <= 0 || h.MaxHeaderBytes > 1<<20 {
		t.Errorf("want small headers, got %d bytes allowed", h.MaxHeaderBytes)
	}
}
