package live

import (
	"bufio"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/internal/messages"
	"urna/internal/problem"
)

func TestHub_OneDrawingForAll(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			s := newEnv(t, http2)
			var clients []*client
			for range 50 {
				clients = append(clients, s.connect(t))
			}
			if got, want := clients[0].answer.ProtoMajor == 2, http2; got != want {
				t.Fatalf("want HTTP/2 %v, got %s", want, clients[0].answer.Proto)
			}
			for _, client := range clients {
				client.until(t, "0")
			}
			s.show(1)
			for _, client := range clients {
				client.until(t, "1")
			}
			if n := s.drawings.Load(); n != 2 {
				t.Errorf("want two drawings for fifty watchers, got %d", n)
			}
		})
	}
}

func TestHub_AtMostFourASecond(t *testing.T) {
	s := newEnv(t, false)
	client := s.connect(t)
	client.until(t, "0")
	start := time.Now()
	enough, changed := make(chan struct{}), make(chan int, 1)
	end := sync.OnceFunc(func() { close(enough) })
	defer end()
	go func() {
		for i := 1; ; i++ {
			s.show(i)
			select {
			case <-time.After(2 * time.Millisecond):
			case <-enough:
				changed <- i
				return
			}
		}
	}()
	const frames = 5
	for range frames {
		if _, content := client.next(); content == "" {
			t.Fatalf("want %d frames in time, got the end", frames)
		}
	}
	took := time.Since(start)
	end()
	if least, changes := (frames-1)*minInterval, <-changed; took < least || changes <= frames {
		t.Errorf("want %d frames of far more changes in %s at least, got them in %s with %d changes", frames, least, took, changes)
	}
}

// TestHub_NoChangeIsMissed has the figures change while the first frame of them is drawn.
func TestHub_NoChangeIsMissed(t *testing.T) {
	s := newEnv(t, false)
	s.meanwhile = func() { s.show(1) }
	s.connect(t).until(t, "1")
}

// TestHub_SilentWhereNoFigureMoved has changes come that move nothing but the time of drawing.
func TestHub_SilentWhereNoFigureMoved(t *testing.T) {
	s := newEnv(t, false)
	client := s.connect(t)
	client.until(t, "0")
	for drawn := s.drawings.Load(); drawn < 6; drawn = s.drawings.Load() {
		s.mu.Lock()
		s.stamp = " as of " + strconv.FormatInt(drawn, 10)
		s.mu.Unlock()
		s.show(0)
		time.Sleep(10 * time.Millisecond)
	}
	s.show(1)
	var said []string // by then
	for {
		line, err := client.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, ":") || strings.HasPrefix(line, "data:") {
			said = append(said, line)
		}
		if strings.HasPrefix(line, "data: 1") {
			break
		}
	}
	if len(said) != 1 {
		t.Errorf("want nothing said before the figure moved, got %q", said)
	}
}

// TestHub_HeartbeatsTellTheTimeAnew has watchers get the time of drawing at the next heartbeat, whatever happened.
func TestHub_HeartbeatsTellTheTimeAnew(t *testing.T) {
	s := newEnv(t, false)
	s.hub.heartbeatInterval = 50 * time.Millisecond
	client := s.connect(t)
	client.until(t, "0")
	s.mu.Lock()
	s.stamp = " as of now"
	s.mu.Unlock()
	client.until(t, "0 as of now")
	for line := ""; !strings.HasPrefix(line, ":"); { // and if that did not change either, a comment
		var err error
		if line, err = client.lines.ReadString('\n'); err != nil || strings.HasPrefix(line, "data:") {
			t.Fatalf("want a heartbeat comment, got %q, %v", line, err)
		}
	}
}

func TestHub_PausesLongerForMany(t *testing.T) {
	h := New(Options{})
	for watchers, want := range map[int]time.Duration{1: 250 * time.Millisecond, 2_500: 250 * time.Millisecond, 10_000: time.Second} {
		if got := h.minInterval(&topic{watchers: watchers}); got != want {
			t.Errorf("%d watchers: want %s, got %s", watchers, want, got)
		}
	}
}

func TestHub_ReconnectingCatchesUp(t *testing.T) {
	s := newEnv(t, false)
	first := s.connect(t)
	id := first.until(t, "0")
	_ = first.body.Close()
	s.show(1)
	back := s.connect(t, "Last-Event-ID", id)
	newer := back.until(t, "1")
	if newer == id {
		t.Errorf("want another id for another frame, got %s twice", id)
	}
	// A watcher that has seen the current frame does not get it again.
	again := s.connect(t, "Last-Event-ID", newer)
	line, err := again.lines.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, ":") {
		t.Errorf("want a comment only, got %q, %v", line, err)
	}
	s.show(2)
	again.until(t, "2")
}

func TestHub_CompressesTheSameStream(t *testing.T) {
	s := newEnv(t, false)
	s.filler = strings.Repeat(" of many ballots", 500)
	client := s.connect(t, "Accept-Encoding", "gzip")
	if got := client.answer.Header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("want a packed stream, got %q", got)
	}
	if got := client.answer.Header.Get("Vary"); got != "Accept-Encoding" {
		t.Errorf("want caches told that there are two streams, got %q", got)
	}
	unpacked, err := gzip.NewReader(client.body)
	if err != nil {
		t.Fatal(err)
	}
	client.lines = bufio.NewReader(unpacked)
	for i := range 4 { // each is there before the next is made
		client.until(t, strconv.Itoa(i)+s.filler)
		s.show(i + 1)
	}
	snapshot := s.hub.topics[topicKey{1, 0, "en"}].now.Load()
	if plain, packed := len(snapshot.frame.plain), len(snapshot.frame.compressed); packed > plain/5 {
		t.Errorf("want far fewer bytes, got %d for %d", packed, plain)
	}
}

func TestHub_CompressesForClientsThatAcceptGzip(t *testing.T) {
	s := newEnv(t, false)
	for accepted, want := range map[string]string{"gzip": "gzip", "gzip;q=0.5, br": "gzip", "gzip;q=0": "", "gzip; q=0.0, *;q=1": "", "identity": "", "*;q=0": ""} {
		client := s.connect(t, "Accept-Encoding", accepted)
		if got := client.answer.Header.Get("Content-Encoding"); got != want {
			t.Errorf("%q: want the encoding %q, got %q", accepted, want, got)
		}
		if want == "" {
			client.until(t, "0")
		}
	}
}

func TestHub_SlowWatcherDelaysNoOther(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			s := newEnv(t, http2)
			s.hub.writeTimeout = 2 * patience // a watcher that waited for the slow one would get nothing in time
			s.filler = strings.Repeat("x", 1<<20)
			s.connectIdle(t)
			keen := s.connect(t)
			for i := range 8 { // more than an HTTP/2 client buffers without reading
				keen.until(t, strconv.Itoa(i)+s.filler)
				s.show(i + 1)
			}
			if n := s.hub.Watchers(); n != 2 {
				t.Errorf("want both still connected, got %d", n)
			}
		})
	}
}

func TestHub_SlowWatcherIsDisconnected(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			s := newEnv(t, http2)
			s.hub.writeTimeout = 300 * time.Millisecond
			s.filler = strings.Repeat("x", 1<<20)
			s.connectIdle(t)
			for i, begun := 1, time.Now(); s.hub.Watchers() > 0; i++ {
				if time.Since(begun) > patience {
					t.Fatal("the slow watcher is never disconnected")
				}
				s.show(i)
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
}

// TestHub_QuietWatcherStays sends nothing for longer than the write timeout.
func TestHub_QuietWatcherStays(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			s := newEnv(t, http2)
			s.hub.writeTimeout = time.Second
			client := s.connect(t)
			client.until(t, "0")
			time.Sleep(2 * s.hub.writeTimeout)
			s.show(1)
			client.until(t, "1")
		})
	}
}

// connectIdle opens a watching connection and never reads from it.
func (s *env) connectIdle(t *testing.T) {
	t.Helper()
	if s.hub.Watchers() > 0 {
		t.Fatal("want no other watcher")
	}
	defer func() {
		for s.hub.Watchers() == 0 {
			time.Sleep(time.Millisecond)
		}
	}()
	if strings.HasPrefix(s.url, "https") {
		s.connect(t, "Accept-Encoding", "identity") // an HTTP/2 client buffers a few frames, and then no more
		return
	}
	lazy, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lazy.Close() })
	_ = lazy.(*net.TCPConn).SetReadBuffer(4 << 10)
	if _, err := io.WriteString(lazy, "GET / HTTP/1.1\r\nHost: urna\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
}

func TestHub_WatchersAreLimited(t *testing.T) {
	s := newEnv(t, false)
	s.hub.maxWatchers = 3
	for range 3 {
		s.connect(t).until(t, "0")
	}
	if answer := s.connect(t).answer; answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("want a fourth refused, got %s", answer.Status)
	}
}

func TestHub_WatcherThatLeavesIsRemoved(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			s := newEnv(t, http2)
			for range 5 {
				client := s.connect(t)
				client.until(t, "0")
				_ = client.body.Close()
			}
			for i, begun := 1, time.Now(); s.hub.Watchers() > 0; i++ { // over HTTP/1 only writing tells
				if time.Since(begun) > patience {
					t.Fatalf("want no watcher left, got %d", s.hub.Watchers())
				}
				if !http2 {
					s.show(i)
				}
				time.Sleep(20 * time.Millisecond)
			}
			s.hub.mu.Lock()
			defer s.hub.mu.Unlock()
			if len(s.hub.topics) > 0 {
				t.Error("want no topic without watchers")
			}
		})
	}
}

func TestHub_TheClockAloneChangesThePicture(t *testing.T) {
	s := newEnv(t, false)
	s.turn = time.Now().Add(300 * time.Millisecond)
	s.connect(t).until(t, "7") // no update arrives, and no heartbeat comes
	if n := s.drawings.Load(); n > 2 {
		t.Errorf("want one drawing before the turn and one after it, got %d", n)
	}
}

func TestHub_RefusalIsTheAnswer(t *testing.T) {
	s := newEnv(t, false)
	s.failure.Store(problem.New(problem.NotFound, "unknown", messages.Verbatim("There is no such thing.")))
	for range 2 {
		answer := s.connect(t).answer
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), "no such thing") {
			t.Errorf("want the refusal, got %s %q, %v", answer.Status, text, err)
		}
	}
	s.failure.Store(nil)
	s.connect(t).until(t, "0") // the failure is not kept
}

func TestHub_AFailedDrawingKeepsThePicture(t *testing.T) {
	s := newEnv(t, false)
	client := s.connect(t)
	client.until(t, "0")
	s.failure.Store(problem.New(problem.Busy, "busy", messages.Verbatim("The database is busy.")))
	s.show(1)
	for drawn := s.drawings.Load(); drawn < 2; drawn = s.drawings.Load() {
		time.Sleep(5 * time.Millisecond)
	}
	s.failure.Store(nil)
	s.show(2)
	client.until(t, "2")
}

func TestHub_StopDisconnectsAll(t *testing.T) {
	s := newEnv(t, false)
	var clients []*client
	for range 20 {
		client := s.connect(t)
		client.until(t, "0")
		clients = append(clients, client)
	}
	s.hub.Stop()
	for _, client := range clients {
		if _, content := client.next(); content != "" || client.ctx.Err() != nil {
			t.Errorf("want the stream to end, got %q, %v", content, client.ctx.Err())
		}
	}
	if answer := s.connect(t).answer; answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("want newcomers refused, got %s", answer.Status)
	}
}

func TestHub_ManyComeAndGo(t *testing.T) {
	s := newEnv(t, false)
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			for range 5 {
				client := s.connect(t)
				if _, content := client.next(); content == "" {
					t.Error("want a frame")
				}
				_ = client.body.Close()
			}
		})
	}
	for i := range 100 {
		s.show(i)
	}
	group.Wait()
}

func TestEvent_EveryLineIsData(t *testing.T) {
	want := "event: update\nid: 7\ndata: <p>one\ndata: two\ndata: three</p>\n\n"
	if got := string(event("7", "<p>one\r\ntwo\rthree</p>")); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}
