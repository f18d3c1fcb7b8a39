package metrics

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Server answers /metrics on an address of its own, and nothing else.
type Server struct {
	http    *http.Server
	cancel  context.CancelFunc
	stopped chan struct{}
}

// Serve publishes measurements and answers with them on the listener until Close.
func Serve(m *Metrics, listener net.Listener) *Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{cancel: cancel, stopped: make(chan struct{}), http: &http.Server{
		Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}}
	go func() {
		defer close(s.stopped)
		m.Run(ctx)
	}()
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("the metrics can no longer be read", "error", err)
		}
	}()
	return s
}

// Close stops publishing and answering, and returns when nothing is measured any more.
func (s *Server) Close() error {
	s.cancel()
	<-s.stopped
	return s.http.Close()
}
