package deadline

import (
	"io"
	"net/http"
	"time"
)

// IdleTimeout is the longest time without progress on a connection.
const IdleTimeout = time.Minute

// MinRate is the least number of bytes that must arrive per IdleTimeout: a little over a kilobyte a second. It admits the
// slowest lines in use, and disconnects a client that sends a byte now and then to occupy an upload slot.
const MinRate = 64 << 10

// Reader reads a request's body while data arrives.
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

// Read reads with a deadline of IdleTimeout for every MinRate bytes, and extends the deadline of the answer. Only the time
// spent waiting for data counts, not the work of the server between two calls.
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

// Writer writes an answer while the client reads it.
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

// Write writes with a deadline of IdleTimeout.
func (w *Writer) Write(p []byte) (int, error) {
	_ = w.conn.SetWriteDeadline(clock().Add(IdleTimeout))
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written.
func (w *Writer) Flush() error { return w.conn.Flush() }

// Wait sets the deadline of the next write to d from now, for work of the server that takes longer than IdleTimeout.
func (w *Writer) Wait(d time.Duration) { _ = w.conn.SetWriteDeadline(clock().Add(d)) }

// Abort makes every further write of an answer fail, its end included, so that the client does not take an incomplete
// answer for a complete one.
func Abort(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0))
}

// clock is the real time, which the kernel uses for deadlines of connections.
func clock() time.Time { return time.Now() } //nolint:forbidigo // deadlines go by the kernel's clock
