// Package requestid gives each request a number of its own, and writes it beside every line that is logged for the
// request. Refusals have it in a header. Other answers have none, because caches keep and compare them.
package requestid

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"sync"
)

// Header is the header of an answer that has the number of its request.
const Header = "X-Request-Id"

// key is the key of the number in a context.
type key struct{}

// number is made when it is first asked for: most requests need none.
type number struct {
	once sync.Once
	text string
}

// With returns a context that carries a number: 128 random bits, in hexadecimal digits. It tells nothing of the request,
// and not its place among others.
func With(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, &number{}) }

// Of returns the number that a context carries, "" for none. It may be called concurrently.
func Of(ctx context.Context) string {
	n, ok := ctx.Value(key{}).(*number)
	if !ok {
		return ""
	}
	n.once.Do(func() {
		var random [16]byte
		_, _ = rand.Read(random[:]) // never fails
		n.text = hex.EncodeToString(random[:])
	})
	return n.text
}

// handler adds the attribute request_id to records.
type handler struct{ slog.Handler }

// Handler returns a handler of logs that adds request_id to each record that is logged with the context of a request.
func Handler(to slog.Handler) slog.Handler { return handler{to} }

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, record slog.Record) error {
	if id := Of(ctx); id != "" {
		record = record.Clone()
		record.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
