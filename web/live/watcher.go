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
	// writeTimeout limits the sending of one frame. A watcher that is slower is disconnected.
	writeTimeout = 5 * time.Second
	// sendBuffer is the size, in bytes, of the system's send buffer of a watcher's connection.
	sendBuffer = 256 << 10
)

// watcher is one open connection.
type watcher struct {
	topic        *topic
	send         func([]byte) error
	disconnected <-chan struct{} // closed when the client has disconnected; nil if only a write can detect it
	compressed   bool
}

// Head sets the headers of the answer to the request, and reports whether the stream is compressed.
func Head(header http.Header, r *http.Request) (compressed bool) {
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	header.Set("Vary", "Accept-Encoding")
	compressed = negotiate.Gzip(r.Header)
	if compressed {
		header.Set("Content-Encoding", "gzip")
	}
	return compressed
}

// attach answers the request as an event stream and follows the topic.
func (h *Hub) attach(w http.ResponseWriter, r *http.Request, t *topic) error {
	header := w.Header()
	watcher := &watcher{topic: t, compressed: Head(header, r)}
	seen := r.Header.Get("Last-Event-ID")
	if r.ProtoMajor != 1 {
		defer h.leave(t)
		h.answer(w, r, watcher, seen)
		return nil
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		h.leave(t)
		return fmt.Errorf("live: hijack the connection: %w", err)
	}
	head := h.head(header)
	h.group.Go(func() {
		defer h.leave(t)
		defer func() { _ = conn.Close() }() // all data was sent, or the client is too slow
		watcher.onConnection(conn, head, seen)
	})
	return nil
}

// answer follows the topic within the server's own handler, as HTTP/2 needs it.
func (h *Hub) answer(w http.ResponseWriter, r *http.Request, watcher *watcher, seen string) {
	controller := http.NewResponseController(w)
	// A stream has no deadline for reading the request or for writing the whole answer.
	_ = controller.SetReadDeadline(time.Time{})
	watcher.disconnected = r.Context().Done()
	watcher.send = func(b []byte) error {
		// At the deadline HTTP/2 ends the stream even if no data waits, so an idle stream has none.
		_ = controller.SetWriteDeadline(clock().Add(h.writeTimeout))
		defer func() { _ = controller.SetWriteDeadline(time.Time{}) }()
		if _, err := w.Write(b); err != nil {
			return err
		}
		return controller.Flush()
	}
	w.WriteHeader(http.StatusOK)
	watcher.follow(nil, seen)
}

// head returns the answer's head for HTTP/1. The body ends with the connection.
func (h *Hub) head(header http.Header) []byte {
	header.Set("Connection", "close")
	header.Set("Date", h.options.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&b) // writing to a buffer never fails
	b.WriteString("\r\n")
	return b.Bytes()
}

// onConnection follows the topic on a hijacked connection.
func (w *watcher) onConnection(conn net.Conn, head []byte, seen string) {
	if socket, ok := conn.(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = socket.SetWriteBuffer(sendBuffer) // if the system refuses, its default applies
	}
	hub := w.topic.hub
	w.send = func(b []byte) error {
		if err := conn.SetWriteDeadline(clock().Add(hub.writeTimeout)); err != nil {
			return err
		}
		_, err := conn.Write(b)
		return err
	}
	w.follow(head, seen)
}

// follow sends the current frame and every later one, or a heartbeat, until the topic ends or the watcher
// disconnects. A watcher that receives slowly skips frames: it always gets the latest one next.
func (w *watcher) follow(head []byte, seen string) {
	now := w.topic.now.Load()
	first := now.frame
	if first != nil && first.id == seen {
		first = w.topic.hub.heartbeat
	}
	if first == nil {
		return
	}
	if w.compressed {
		head = append(head, gzipHeader()...)
	}
	if len(head) > 0 && w.send(head) != nil {
		return
	}
	for next := first; next != nil; {
		if w.send(w.bytes(next)) != nil {
			return
		}
		select {
		case <-now.replaced:
		case <-w.disconnected:
			return
		}
		later := w.topic.now.Load()
		next = later.frame
		if next != nil && next == now.frame {
			next = w.topic.hub.heartbeat
		}
		now = later
	}
}

func (w *watcher) bytes(f *frame) []byte {
	if w.compressed {
		return f.compressed
	}
	return f.plain
}

// clock is the time of the machine, whatever clock the services have.
func clock() time.Time { return time.Now() } //nolint:forbidigo // deadlines go by the kernel's clock
