package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
)

// sessionWriter stores the browser's session just before an answer's first byte, while its cookie can
// still be set.
type sessionWriter struct {
	gin.ResponseWriter
	save func(http.ResponseWriter)
	done bool
}

func (w *sessionWriter) before() {
	if w.done || w.Written() {
		return
	}
	w.done = true
	w.save(w.ResponseWriter)
}

// Write stores the session and writes.
func (w *sessionWriter) Write(b []byte) (int, error) {
	w.before()
	return w.ResponseWriter.Write(b)
}

// WriteString stores the session and writes.
func (w *sessionWriter) WriteString(s string) (int, error) {
	w.before()
	return w.ResponseWriter.WriteString(s)
}

// WriteHeaderNow stores the session and writes the header.
func (w *sessionWriter) WriteHeaderNow() {
	w.before()
	w.ResponseWriter.WriteHeaderNow()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *sessionWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// save stores a changed session and sets or removes its cookie. A session that cannot be stored is
// logged; the answer goes out and the browser is asked to sign in again.
func (s *server) save(c *gin.Context, w http.ResponseWriter) {
	ctx := context.WithoutCancel(c.Request.Context()) // who went away meanwhile comes back
	switch s.sessions.Status(ctx) {
	case scs.Modified:
		token, expiry, err := s.sessions.Commit(ctx)
		if err != nil {
			slog.ErrorContext(ctx, "store browser session", "error", err)
			return
		}
		s.sessions.WriteSessionCookie(ctx, w, token, expiry)
	case scs.Destroyed:
		s.sessions.WriteSessionCookie(ctx, w, "", time.Time{})
	case scs.Unmodified:
	}
}
