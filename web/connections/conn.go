package connections

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// The states of a connection, in the order in which connections are ended.
const (
	halfSent = iota // its request is expected or arrives
	idle
	working
	ended // chosen to be closed; it stays in this state
)

// errEnded is what the handler of a request reads whose connection was ended before the request had arrived.
var errEnded = errors.New("connections: the connection was ended")

// conn is a connection that a limit counts.
type conn struct {
	net.Conn

	limit   *Limit
	network *network
	does    atomic.Int32
	since   atomic.Int64 // in nanoseconds
	apart   atomic.Bool  // not counted until it is idle
	counted bool         // guarded by the limit's mutex
}

func (c *conn) state() int { return int(c.does.Load()) }

// set notes what the connection does, and reports whether it was not ended before.
func (c *conn) set(state int32) bool {
	if state != working { // of which none is ended
		c.since.Store(clock().UnixNano())
	}
	for {
		switch before := c.does.Load(); {
		case before == ended:
			return false
		case c.does.CompareAndSwap(before, state):
			return true
		}
	}
}

// end ends the connection unless it does something else than it did.
func (c *conn) end(does int) bool { return c.does.CompareAndSwap(int32(does), ended) }

// Close closes the connection and stops to count it.
func (c *conn) Close() error {
	c.leave()
	return c.Conn.Close()
}

func (c *conn) leave() {
	c.limit.mutex.Lock()
	defer c.limit.mutex.Unlock()
	c.limit.remove(c)
}

// ReadFrom lets the system send files.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	if to, ok := c.Conn.(io.ReaderFrom); ok {
		return to.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, r)
}

// SetWriteBuffer sets the size of the system's buffer.
func (c *conn) SetWriteBuffer(bytes int) error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.SetWriteBuffer(bytes)
	}
	return errors.ErrUnsupported
}

// of returns the counted connection below one, nil if there is none.
func of(c net.Conn) *conn {
	for {
		switch under := c.(type) {
		case *conn:
			return under
		case interface{ NetConn() net.Conn }: // TLS
			c = under.NetConn()
		default:
			return nil
		}
	}
}

type contextKey struct{}

func from(ctx context.Context) *conn {
	c, _ := ctx.Value(contextKey{}).(*conn)
	return c
}

// Serve makes an HTTP server report the states of its connections to the limit.
func (l *Limit) Serve(s *http.Server) {
	s.ConnContext = func(ctx context.Context, under net.Conn) context.Context {
		return context.WithValue(ctx, contextKey{}, of(under))
	}
	s.ConnState = func(under net.Conn, state http.ConnState) { l.changed(of(under), state) }
	next := s.Handler
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := from(r.Context()); c != nil {
			if r.ProtoMajor == 1 && r.Body != nil && r.Body != http.NoBody {
				r.Body = &body{r.Body, c}
			} else if !c.set(working) {
				panic(http.ErrAbortHandler) // nothing is done for a request that is not answered
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (l *Limit) changed(c *conn, state http.ConnState) {
	if c == nil {
		return
	}
	switch state {
	case http.StateNew, http.StateActive:
		c.set(halfSent)
	case http.StateIdle:
		c.set(idle)
		if c.apart.Swap(false) {
			l.mutex.Lock()
			defer l.mutex.Unlock()
			l.add(c)
		}
	case http.StateHijacked:
		c.leave()
	case http.StateClosed: // Close was called
	}
}

// body is a request's body. At its end the connection works. If it was ended before, the body has no end, so that nothing is
// done for a request that is not answered.
type body struct {
	io.ReadCloser

	conn *conn
}

// Read reads and notices the end.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) && !b.conn.set(working) {
		_ = b.conn.Close() // before the handler answers that it could not read
		return n, errEnded
	}
	return n, err
}

// Protect keeps the connection of a request from being ended, also while its body arrives.
func Protect(ctx context.Context) {
	if c := from(ctx); c != nil {
		c.set(working)
	}
}

// Apart stops to count the connection of a request until it is idle.
func Apart(ctx context.Context) {
	if c := from(ctx); c != nil {
		c.apart.Store(true)
		c.leave()
	}
}
