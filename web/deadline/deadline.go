package deadline

import (
	"io"
	"net/http"
	"time"
)

// IdleTimeout is how long the other side may stand still.
const IdleTimeout = time.Minute

// MinRate is how many bytes must arrive within IdleTimeout: a kilobyte a second and a bit. It lets the slowest
// line in use pass, and keeps a client that sends a byte now and then from holding a place for ever.
const MinRate = 64 << 10

// Reader reads a request's body for as long as something arrives.
type Reader struct {
	body    io.Reader
	conn    *http.ResponseController
	arrived int64         // since the window began
	waited  time.Duration // for it
}

// NewReader returns a reader of the body that came with the request answered by w.
func NewReader(w http.ResponseWriter, body io.Reader) *Reader {
	return &Reader{body: body, conn: http.NewResponseController(w)}
}

// Read reads, giving the other side a minute for each MinRate of bytes, and another for the answer. Only the
// time spent waiting for it counts, not what the server does in between.
func (r *Reader) Read(p []byte) (int, error) {
	if r.arrived >= MinRate {
		r.arrived, r.waited = 0, 0
	}
	begun := clock()
	// Errors mean that the connection has no deadlines (in tests): then there is none to move.
	_ = r.conn.SetReadDeadline(begun.Add(IdleTimeout - r.waited))
	_ = r.conn.SetWriteDeadline(begun.Add(2 * IdleTimeout))
	n, err := r.body.Read(p)
	r.arrived += int64(n)
	r.waited += clock().Sub(begun)
	return n, err
}

// Writer writes an answer for as long as the other side takes it.
type Writer struct {
	http.ResponseWriter

	conn *http.ResponseController
}

// NewWriter returns a writer of the answer w, whose request has been read.
func NewWriter(w http.ResponseWriter) *Writer {
	conn := http.NewResponseController(w)
	// The limit for reading would end the request's context while the answer is still being written.
	_ = conn.SetReadDeadline(time.Time{})
	return &Writer{ResponseWriter: w, conn: conn}
}

// Write writes, giving the other side a minute to take it.
func (w *Writer) Write(p []byte) (int, error) {
	_ = w.conn.SetWriteDeadline(clock().Add(IdleTimeout))
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written.
func (w *Writer) Flush() error { return w.conn.Flush() }

// Wait gives the server itself that long until it must have written something.
func (w *Writer) Wait(d time.Duration) { _ = w.conn.SetWriteDeadline(clock().Add(d)) }

// Abort makes every further write of an answer fail, its end included, so that what is not whole does
// not look whole.
func Abort(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0))
}

// clock is the kernel's, by which a connection's deadlines go.
func clock() time.Time { return time.Now() } //nolint:forbidigo // deadlines go by the kernel's clock
