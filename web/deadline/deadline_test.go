package deadline_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"urna/web/deadline"
	"urna/web/upload"
)

// wire is a listener for one connection in memory, whose deadlines go by the clock of the test.
type wire struct{ conns chan net.Conn }

// Accept waits for the connection, and then for the end.
func (w *wire) Accept() (net.Conn, error) {
	if conn, ok := <-w.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

// Close does nothing: the test ends the listener.
func (w *wire) Close() error { return nil }

// Addr is any address.
func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

// talk runs a real server with the limits of Urna's own, whose only route is handle, in time that passes at
// once where everybody waits, and lets the client speak on a connection to it. The handler has ended when
// talk returns.
func talk(t *testing.T, handle http.HandlerFunc, client func(conn net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		listener := &wire{conns: make(chan net.Conn, 1)}
		ended := make(chan struct{})
		server := &http.Server{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				handle(w, r)
			}),
			ReadHeaderTimeout: 10 * time.Second, ReadTimeout: deadline.IdleTimeout, WriteTimeout: 2 * deadline.IdleTimeout,
		}
		go func() { _ = server.Serve(listener) }()
		theirs, ours := net.Pipe()
		listener.conns <- theirs
		client(ours)
		<-ended
		_ = ours.Close()
		time.Sleep(time.Second) // a disconnected client's connection is closed a little later
		close(listener.conns)
		_ = server.Close()
	})
}

// head is what comes before an upload's body of so many bytes.
func head(bytes int) string {
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: urna\r\nContent-Length: %d\r\n\r\n", bytes)
}

// slowly sends pieces of a body, one after each wait, until all are sent or the server disconnects.
func slowly(conn net.Conn, pieces, size int, wait time.Duration) {
	go func() { _, _ = io.Copy(io.Discard, conn) }() // what the server says is of no interest here
	for range pieces {
		time.Sleep(wait)
		if _, err := conn.Write(bytes.Repeat([]byte{'x'}, size)); err != nil {
			return
		}
	}
}

// TestUpload_TheSlowestLineInUsePasses sends uploads at different paces.
func TestUpload_TheSlowestLineInUsePasses(t *testing.T) {
	for name, c := range map[string]struct {
		pieces, size int
		wait         time.Duration
		arrives      bool
		lasts        time.Duration // at most
	}{
		"just fast enough, for an hour":       {3600, 1150, time.Second, true, 61 * time.Minute},
		"a large piece a minute":              {30, deadline.MinRate, 59 * time.Second, true, time.Hour},
		"just too slow":                       {3600, 1050, time.Second, false, 65 * time.Second},
		"a byte now and then":                 {600, 1, 10 * time.Second, false, 61 * time.Second},
		"fast at first, then a byte at times": {1, 4 * deadline.MinRate, 0, false, 61 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var got int64
			var lasted time.Duration
			var sent *upload.Body
			var err error
			talk(t, func(w http.ResponseWriter, r *http.Request) {
				begun := time.Now()
				sent = upload.NewBody(w, r, 1<<30)
				got, err = io.Copy(io.Discard, sent)
				lasted = time.Since(begun)
			}, func(conn net.Conn) {
				total := c.pieces * c.size
				if name == "fast at first, then a byte at times" {
					total++
				}
				_, _ = io.WriteString(conn, head(total))
				slowly(conn, c.pieces, c.size, c.wait)
			})
			switch {
			case c.arrives && (err != nil || got != int64(c.pieces*c.size) || sent.Broken() != nil):
				t.Errorf("want all of it, got %d bytes after %s, %v", got, lasted, err)
			case !c.arrives && (!errors.Is(err, os.ErrDeadlineExceeded) || !errors.Is(sent.Broken(), os.ErrDeadlineExceeded) || sent.TooLarge()):
				t.Errorf("want it ended for its pace, got %d bytes after %s, %v", got, lasted, err)
			}
			if lasted > c.lasts {
				t.Errorf("want an end within %s, got %s", c.lasts, lasted)
			}
		})
	}
}

// TestUpload_TheServersOwnWorkIsNobodysDelay lets the server work for longer than its patience between reads:
// neither the upload nor its answer suffers.
func TestUpload_TheServersOwnWorkIsNobodysDelay(t *testing.T) {
	var err error
	var status string
	talk(t, func(w http.ResponseWriter, r *http.Request) {
		sent := upload.NewBody(w, r, 1<<30)
		for range 20 {
			time.Sleep(50 * time.Second)
			if _, err = io.ReadFull(sent, make([]byte, 1000)); err != nil {
				return
			}
		}
		w.WriteHeader(http.StatusAccepted)
	}, func(conn net.Conn) {
		go func() { _, _ = io.WriteString(conn, head(20_000)+strings.Repeat("x", 20_000)) }()
		status, _ = bufio.NewReader(conn).ReadString('\n')
	})
	if err != nil || !strings.Contains(status, "202") {
		t.Errorf("want the upload read and answered, got %v, %q", err, status)
	}
}

// TestUpload_AFormWithoutFileKeepsTheServersLimit sends an ordinary form at a pace that an upload may have.
func TestUpload_AFormWithoutFileKeepsTheServersLimit(t *testing.T) {
	var err error
	var lasted time.Duration
	talk(t, func(_ http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		_, err = io.Copy(io.Discard, r.Body)
		lasted = time.Since(begun)
	}, func(conn net.Conn) {
		_, _ = io.WriteString(conn, head(600*1150))
		slowly(conn, 600, 1150, time.Second)
	})
	if !errors.Is(err, os.ErrDeadlineExceeded) || lasted > deadline.IdleTimeout {
		t.Errorf("want it ended by the server's own limit, got %v after %s", err, lasted)
	}
}

func TestUpload_TellsItsLimitFromABrokenLine(t *testing.T) {
	for name, c := range map[string]struct {
		sent     int
		tooLarge bool
	}{"over the limit": {2000, true}, "broken off": {900, false}} {
		t.Run(name, func(t *testing.T) {
			var sent *upload.Body
			talk(t, func(w http.ResponseWriter, r *http.Request) {
				sent = upload.NewBody(w, r, 1000)
				_, _ = io.Copy(io.Discard, sent)
			}, func(conn net.Conn) {
				_, _ = io.WriteString(conn, head(2000))
				go func() { _, _ = io.Copy(io.Discard, conn) }()
				_, _ = io.WriteString(conn, strings.Repeat("x", c.sent))
				if !c.tooLarge {
					_ = conn.Close()
				}
			})
			if sent.Broken() == nil || sent.TooLarge() != c.tooLarge {
				t.Errorf("want too large %v, got %v", c.tooLarge, sent.Broken())
			}
		})
	}
}

// TestWriter_WaitsForWhoReads writes an answer that takes longer than any of the server's limits to one who
// reads a little at a time, and to one who stalls.
func TestWriter_WaitsForWhoReads(t *testing.T) {
	for name, pause := range map[string]time.Duration{"reads on": 50 * time.Second, "stalls": time.Hour} {
		t.Run(name, func(t *testing.T) {
			var err error
			var lasted time.Duration
			talk(t, func(w http.ResponseWriter, r *http.Request) {
				begun := time.Now()
				out := deadline.NewWriter(w)
				for range 20 {
					if r.Context().Err() != nil {
						err = r.Context().Err()
					}
					if _, err = out.Write(bytes.Repeat([]byte{'x'}, 1<<10)); err == nil {
						err = out.Flush()
					}
					if err != nil {
						break
					}
				}
				lasted = time.Since(begun)
			}, func(conn net.Conn) {
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: urna\r\n\r\n")
				for piece := make([]byte, 64<<10); ; {
					time.Sleep(pause)
					if _, err := conn.Read(piece); err != nil || pause > deadline.IdleTimeout {
						return
					}
				}
			})
			if reads := pause < deadline.IdleTimeout; reads && (err != nil || lasted < 10*time.Minute) || !reads && (err == nil || lasted > 2*deadline.IdleTimeout) {
				t.Errorf("got %v after %s", err, lasted)
			}
		})
	}
}

// TestAbort_WhatIsNotWholeDoesNotLookWhole ends an answer in the middle: its reader must notice.
func TestAbort_WhatIsNotWholeDoesNotLookWhole(t *testing.T) {
	for name, whole := range map[string]bool{"whole": true, "broken off": false} {
		t.Run(name, func(t *testing.T) {
			var err error
			talk(t, func(w http.ResponseWriter, _ *http.Request) {
				out := deadline.NewWriter(w)
				_, _ = out.Write([]byte("half"))
				_ = out.Flush()
				if !whole {
					deadline.Abort(w)
				}
			}, func(conn net.Conn) {
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: urna\r\n\r\n")
				var answer *http.Response
				if answer, err = http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
					_, err = io.ReadAll(answer.Body)
					_ = answer.Body.Close()
				}
			})
			if (err == nil) != whole {
				t.Errorf("want whole %v, got %v", whole, err)
			}
		})
	}
}
