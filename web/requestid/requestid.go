// Package requestid gives each request a number of its own, and writes it beside every line that is logged for the
// request. It leaves the header of the answer to package web.
package requestid

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
)

// Header is the header of an answer that has the number of its request.
const Header = "X-Request-Id"

// key is the key of the number in a context.
type key struct{}

// New returns a random number of 128 bits, in hexadecimal digits. It tells nothing of the request, and not its place among
// others.
func New() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

// With returns a context that carries the number.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, key{}, id) }

// Of returns the number that a context carries, "" for none.
func Of(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
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
