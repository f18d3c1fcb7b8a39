package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/app/server"
	"urna/web"
	"urna/web/api"
	"urna/web/deadline"
)

// halfVote is a vote of which the end never comes.
const halfVote = "POST /vote HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"personal_id\""

// limited serves the site with a bound on connections and returns the server's address.
func (s *site) limited(t *testing.T, most int) string {
	t.Helper()
	o := server.WebOptions(s.App, s.options)
	o.MaxConnections = most
	address := listen(t, web.New(server.Services(s.App, s.options), o))
	s.url = "http://" + address
	return address
}

// dial opens a connection from an address of this machine.
func dial(ctx context.Context, from, address string) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	return dialer.DialContext(ctx, "tcp", address)
}

// occupy keeps opening connections from an address until the test ends: as many at once as it can get, up to a number.
// Each sends the start of a request, and is replaced when the server ends it.
func occupy(t *testing.T, from, address, start string, atOnce int) (opened *atomic.Int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	opened = &atomic.Int64{}
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for ctx.Err() == nil {
				conn, err := dial(ctx, from, address)
				if err != nil {
					return
				}
				opened.Add(1)
				stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
				if _, err := io.WriteString(conn, start); err == nil {
					_, _ = io.Copy(io.Discard, conn) // until the server ends it
				}
				stop()
				_ = conn.Close()
				time.Sleep(20 * time.Millisecond) // else the test's own clients would take the machine
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		all.Wait()
	})
	for deadline := time.Now().Add(patience); opened.Load() < int64(atOnce) && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	return opened
}

// TestConnections_TwoAddressesKeepNobodyOut lowers the bound to 100. Two addresses hold 400 half-sent votes as long as
// they can; voters elsewhere are answered at once, also with new connections, and an upload from an attacker's own
// address ends well.
func TestConnections_TwoAddressesKeepNobodyOut(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 30, func(d *elections.Draft) { d.Rules.BlankBallots = true })
	v := s.signedIn(t, "official")
	address := s.limited(t, 100)

	upload, err := dial(t.Context(), "127.0.0.2", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = upload.Close() }()
	first, rest := ballot(1, 1), ballot(2, 1)
	fmt.Fprintf(upload, "POST %s/elections/%d/batches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n%s",
		api.Base, s.election.ID, v.bearer, len(first)+len(rest), first)
	time.Sleep(200 * time.Millisecond) // until its handler reads

	for _, from := range []string{"127.0.0.2", "127.0.0.3"} {
		occupy(t, from, address, halfVote, 200)
	}
	for i := range p.keys {
		voter := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
		begun := time.Now()
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/vote", strings.NewReader(p.body(i, "0")))
		answer, err := voter.Do(request)
		took := time.Since(begun)
		if err != nil {
			t.Fatalf("voter %d: want the vote taken, got %v", i, err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK || took > 5*time.Second { // measured: some milliseconds
			t.Errorf("voter %d: want the vote taken at once, got %s after %v", i, answer.Status, took)
		}
	}
	if _, err := io.WriteString(upload, rest); err != nil {
		t.Fatalf("want the upload under way, got %v", err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(upload), nil)
	if err != nil || answer.StatusCode != http.StatusAccepted {
		t.Errorf("want the upload to end well, got %v, %v", answer, err)
	}
}

// open returns how many of the connections are still open: each has sent the start of a request.
func open(conns []net.Conn) (n int) {
	time.Sleep(300 * time.Millisecond)
	for _, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
				n++
			}
		}
	}
	return n
}

func (s *site) dials(t *testing.T, n int, from, address, start string) (conns []net.Conn) {
	t.Helper()
	for range n {
		conn, err := dial(t.Context(), from, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = io.WriteString(conn, start) // a connection that was refused is closed
		conns = append(conns, conn)
	}
	return conns
}

func TestConnections_TheAddressWithTheMostLosesSomeFirst(t *testing.T) {
	s := newSite(t)
	address := s.limited(t, 100)
	few := s.dials(t, 8, "127.0.0.4", address, halfVote)
	some := s.dials(t, 20, "127.0.0.3", address, halfVote)
	most := s.dials(t, 60, "127.0.0.2", address, halfVote)
	if n := open(most); n != 60 {
		t.Errorf("want requests that have just begun to arrive kept, got %d of 60", n)
	}
	time.Sleep(time.Second) // of the kernel's clock, after which they are late
	most = append(most, s.dials(t, 10, "127.0.0.2", address, halfVote)...)
	if f, m, l := open(few), open(some), open(most); f != 8 || m != 20 || l > 24 {
		t.Errorf("want 8 and 20 kept, and 22 of 70, got %d, %d, %d", f, m, l)
	}
}

func TestConnections_ATrustedProxyLosesNone(t *testing.T) {
	s := newSiteWith(t, server.Options{TrustedProxies: []string{"127.0.0.2"}})
	address := s.limited(t, 100)
	proxy := s.dials(t, 90, "127.0.0.2", address, halfVote)
	if n := open(proxy); n != 90 {
		t.Errorf("want all of the proxy's connections kept, got %d of 90", n)
	}
	if n := open(s.dials(t, 30, "127.0.0.2", address, halfVote)); n != 10 {
		t.Errorf("want 10 more up to the bound, got %d of 30", n)
	}
}

func TestConnections_LiveFeedsCountApart(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 1, func(d *elections.Draft) { d.Rules.BlankBallots = true })
	address := s.limited(t, 20)
	path := fmt.Sprintf("GET /elections/%d/live HTTP/1.1\r\nHost: x\r\n\r\n", p.election.ID)
	for i := range 100 {
		feed := s.dials(t, 1, "127.0.0.2", address, path)[0]
		_ = feed.SetReadDeadline(time.Now().Add(patience))
		if line, err := bufio.NewReader(feed).ReadString('\n'); err != nil || !strings.Contains(line, "200 OK") {
			t.Fatalf("feed %d: want an answer, got %q, %v", i, line, err)
		}
	}
	if answer := s.visitor(t).send(t, http.MethodPost, "/vote", p.body(0, "0")); answer.StatusCode != http.StatusOK {
		t.Errorf("want the vote taken, got %s", answer.Status)
	}
}

// TestVote_AHalfSentBodyHasTenSeconds waits for them.
func TestVote_AHalfSentBodyHasTenSeconds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	conn := stuck(t, s.limited(t, 0), halfVote)
	begun := time.Now()
	_ = conn.SetReadDeadline(begun.Add(deadline.IdleTimeout))
	_, err := io.Copy(io.Discard, conn)
	if took := time.Since(begun); err != nil || took < 9*time.Second || took > 40*time.Second {
		t.Errorf("want the connection ended after ten seconds, got %v after %v", err, took)
	}
}
