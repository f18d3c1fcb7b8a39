package watch

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// frames knows the frames that any watcher has got, by their bytes: all get the same ones, so that
// each is unpacked once, by the first watcher.
type frames struct {
	mutex sync.Mutex
	drawn map[string]time.Time // zero for a sign of life
	order []time.Time
	bytes int // of the largest
}

var (
	pictureID = regexp.MustCompile(`(?m)^id: (\d+)$`)
	// pieceEnd ends every piece of the packed stream.
	pieceEnd = []byte{0, 0, 0xff, 0xff}
)

// drawnAt returns when the frame in a piece was drawn, by the server's clock, which is this machine's;
// the zero time for a sign of life, and false for a piece that is not whole.
func (p *frames) drawnAt(piece []byte) (time.Time, bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if at, known := p.drawn[string(piece)]; known {
		return at, true
	}
	// The stream goes on, so that the end of the piece is never expected.
	plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(piece)))
	if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasSuffix(plain, []byte("\n\n")) {
		return time.Time{}, false
	}
	var at time.Time
	if match := pictureID.FindSubmatch(plain); match != nil {
		microseconds, err := strconv.ParseInt(string(match[1]), 10, 64)
		if err != nil {
			return time.Time{}, false
		}
		at = time.UnixMicro(microseconds)
		p.order = append(p.order, at)
		p.bytes = max(p.bytes, len(piece))
	} else if !bytes.HasPrefix(plain, []byte(":")) {
		return time.Time{}, false
	}
	p.drawn[string(piece)] = at
	return at, true
}

// crowd is everybody who watches one address.
type crowd struct {
	frames  *frames
	mutex   sync.Mutex
	late    map[time.Time][]time.Duration // by frame: how long after its drawing each watcher had it
	conns   []net.Conn
	readers sync.WaitGroup
	ended   int // watchers whose stream ended by itself
	leaving bool
}

// gather connects so many watchers, a hundred at a time, each with its first frame.
func gather(t *testing.T, address, path string, watchers int) *crowd {
	t.Helper()
	c := &crowd{frames: &frames{drawn: map[string]time.Time{}}, late: map[time.Time][]time.Duration{}}
	slots := make(chan struct{}, 100)
	var arriving sync.WaitGroup
	var failed error
	for range watchers {
		slots <- struct{}{}
		arriving.Go(func() {
			defer func() { <-slots }()
			if err := c.sit(t.Context(), address, path); err != nil {
				c.mutex.Lock()
				defer c.mutex.Unlock()
				failed = err
			}
		})
	}
	arriving.Wait()
	if failed != nil {
		t.Fatal(failed)
	}
	return c
}

// sit connects one watcher as a browser does, and returns once the answer has begun.
func (c *crowd) sit(ctx context.Context, address, path string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	request := "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	stream := &stream{conn: conn}
	head, err := stream.until([]byte("\r\n\r\n"), 0)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(head), "HTTP/1.1 200 ") {
		return fmt.Errorf("want an event stream, got %q", head)
	}
	stream.drop(len(head))
	// The gzip stream begins with ten bytes, of which the last says that any system made it.
	begin, err := stream.until([]byte{0xff}, 0)
	if err != nil {
		return err
	}
	stream.drop(len(begin))
	c.mutex.Lock()
	c.conns = append(c.conns, conn)
	c.mutex.Unlock()
	c.readers.Go(func() { c.read(stream) })
	return nil
}

// read notes when each frame comes, until the stream ends.
func (c *crowd) read(s *stream) {
	from := 0
	for {
		piece, err := s.until(pieceEnd, from)
		now := time.Now()
		if err != nil {
			c.mutex.Lock()
			defer c.mutex.Unlock()
			if !c.leaving {
				c.ended++
			}
			return
		}
		at, whole := c.frames.drawnAt(piece)
		if !whole { // the bytes of an end stood within the piece
			from = len(piece)
			continue
		}
		s.drop(len(piece))
		from = 0
		if !at.IsZero() {
			c.mutex.Lock()
			c.late[at] = append(c.late[at], now.Sub(at))
			c.mutex.Unlock()
		}
	}
}

// untilAllHave waits until every watcher has every frame that was drawn within the time, or a minute.
func (c *crowd) untilAllHave(t *testing.T, from, until time.Time, watchers int) {
	t.Helper()
	missing := func() bool {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		for at, late := range c.late {
			if !at.Before(from) && !at.After(until) && len(late) < watchers {
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(time.Minute); missing() && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
}

// leave ends all connections.
func (c *crowd) leave() {
	c.mutex.Lock()
	c.leaving = true
	conns := c.conns
	c.mutex.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
	c.readers.Wait()
}

// stream reads a connection piece by piece.
type stream struct {
	conn   net.Conn
	buffer []byte
}

// until returns what has come up to and with the end, which does not begin before from. It stays in the
// buffer until it is dropped.
func (s *stream) until(end []byte, from int) ([]byte, error) {
	for {
		if at := bytes.Index(s.buffer[from:], end); at >= 0 {
			return s.buffer[:from+at+len(end)], nil
		}
		if cap(s.buffer)-len(s.buffer) < 4<<10 {
			larger := make([]byte, len(s.buffer), 2*cap(s.buffer)+(8<<10))
			copy(larger, s.buffer)
			s.buffer = larger
		}
		n, err := s.conn.Read(s.buffer[len(s.buffer):cap(s.buffer)])
		if s.buffer = s.buffer[:len(s.buffer)+n]; err != nil {
			return nil, err
		}
	}
}

// drop forgets the first bytes.
func (s *stream) drop(n int) { s.buffer = s.buffer[:copy(s.buffer, s.buffer[n:])] }
