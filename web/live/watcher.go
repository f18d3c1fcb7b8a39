package live

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"time"

	"urna/web/negotiate"
)

const (
	// slow is how long a watcher may take for one picture before it is let go.
	slow = 5 * time.Second
	// backlog bounds, in bytes, what the system keeps of what a watcher has not taken yet.
	backlog = 256 << 10
)

// watcher is one open connection.
type watcher struct {
	programme *programme
	send      func([]byte) error
	gone      <-chan struct{} // closed when the other side has gone; nil where only writing tells
	packed    bool
}

// Head sets the headers with which a feed answers the request, and reports whether its stream is compressed.
func Head(header http.Header, r *http.Request) (packed bool) {
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	header.Set("Vary", "Accept-Encoding")
	packed = negotiate.Gzip(r.Header)
	if packed {
		header.Set("Content-Encoding", "gzip")
	}
	return packed
}

// attach answers the request as an event stream and follows the programme.
func (h *Hub) attach(w http.ResponseWriter, r *http.Request, p *programme) error {
	header := w.Header()
	watcher := &watcher{programme: p, packed: Head(header, r)}
	seen := r.Header.Get("Last-Event-ID")
	if r.ProtoMajor != 1 {
		defer h.leave(p)
		h.answer(w, r, watcher, seen)
		return nil
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		h.leave(p)
		return fmt.Errorf("live: take the connection: %w", err)
	}
	head := h.head(header)
	h.group.Go(func() {
		defer h.leave(p)
		defer func() { _ = conn.Close() }() // whatever was to be said to the other side was said
		watcher.onConnection(conn, head, seen)
	})
	return nil
}

// answer follows the programme within the server's own handler, as HTTP/2 needs it.
func (h *Hub) answer(w http.ResponseWriter, r *http.Request, watcher *watcher, seen string) {
	controller := http.NewResponseController(w)
	// Neither the limit for reading the request nor that for the whole answer is for a stream.
	_ = controller.SetReadDeadline(time.Time{})
	watcher.gone = r.Context().Done()
	watcher.send = func(b []byte) error {
		// HTTP/2 ends the stream when the time has come, whether anything waits to be written or not.
		_ = controller.SetWriteDeadline(h.options.Now().Add(h.slow))
		defer func() { _ = controller.SetWriteDeadline(time.Time{}) }()
		if _, err := w.Write(b); err != nil {
			return err
		}
		return controller.Flush()
	}
	w.WriteHeader(http.StatusOK)
	watcher.follow(nil, seen)
}

// head returns the answer's head as it goes over HTTP/1: the body lasts as long as the connection.
func (h *Hub) head(header http.Header) []byte {
	header.Set("Connection", "close")
	header.Set("Date", h.options.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&b) // a buffer takes everything
	b.WriteString("\r\n")
	return b.Bytes()
}

// onConnection follows the programme on a connection of the watcher's own.
func (w *watcher) onConnection(conn net.Conn, head []byte, seen string) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(backlog) // where the system refuses, its own bound has to do
	}
	hub := w.programme.hub
	w.send = func(b []byte) error {
		if err := conn.SetWriteDeadline(hub.options.Now().Add(hub.slow)); err != nil {
			return err
		}
		_, err := conn.Write(b)
		return err
	}
	w.follow(head, seen)
}

// follow sends the present picture and every later one, or a sign of life, until the end. Whoever has
// not taken one picture when the next two are there gets the last one only.
func (w *watcher) follow(head []byte, seen string) {
	now := w.programme.now.Load()
	first := now.edition
	if first != nil && first.id == seen {
		first = w.programme.hub.beat
	}
	if first == nil {
		return
	}
	if w.packed {
		head = append(head, gzipHead()...)
	}
	if len(head) > 0 && w.send(head) != nil {
		return
	}
	for next := first; next != nil; {
		if w.send(w.bytes(next)) != nil {
			return
		}
		select {
		case <-now.over:
		case <-w.gone:
			return
		}
		later := w.programme.now.Load()
		next = later.edition
		if next != nil && next == now.edition {
			next = w.programme.hub.beat
		}
		now = later
	}
}

func (w *watcher) bytes(e *edition) []byte {
	if w.packed {
		return e.packed
	}
	return e.plain
}
