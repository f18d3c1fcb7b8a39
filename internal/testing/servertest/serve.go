package servertest

import (
	"context"
	"net"
	"testing"
	"time"

	"urna/internal/app/server"
	"urna/internal/testing/apptest"
	"urna/web"
)

// Serve answers on a free port over the folder, with the HTTP server of production, and returns its address. It stops
// at the end of the test. Whether batches are counted is for the test to decide: see apptest.Env.Start.
func Serve(tb testing.TB, e *apptest.Env, o server.Options) (url string, stop func()) {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	o.Version = "test"
	s := web.New(server.Services(e.App, o), server.WebOptions(e.App, o))
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	stop = func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Close(ctx) // a test may leave requests open
	}
	tb.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			tb.Error(err)
		}
	})
	return "http://" + listener.Addr().String(), stop
}
