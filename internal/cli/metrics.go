package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"urna/internal/metrics"
)

// metricsFlags say where the measurements for Prometheus are read.
type metricsFlags struct {
	MetricsAddr string `type:"address" placeholder:"ADDRESS" help:"Answer /metrics for Prometheus at this address, such as :9464, which is this machine alone unless a host is given. Without it nothing is measured."`
	// For the attack suite, which reads the measurements at every vote, and for the soak test.
	MetricsEvery time.Duration `hidden:"" default:"10s" help:"How long published measurements stay as they are."`
}

// check refuses flags with which nothing could be measured.
func (f *metricsFlags) check(ctx context.Context) error {
	if f.MetricsAddr == "" {
		return nil
	}
	if f.MetricsEvery <= 0 {
		return fmt.Errorf("--metrics-every %v is not possible: write a time such as 10s", f.MetricsEvery)
	}
	if _, err := checkAddr(ctx, "--metrics-addr", f.MetricsAddr); err != nil {
		return err
	}
	return nil
}

// metricsServer answers /metrics and nothing else.
type metricsServer struct {
	metrics *metrics.Metrics
	url     string
	http    *http.Server
	cancel  context.CancelFunc
	ended   chan struct{}
}

// start listens, or returns nil without an address. The measurements are published until Close.
func (f *metricsFlags) start(ctx context.Context) (*metricsServer, error) {
	if f.MetricsAddr == "" {
		return nil, nil //nolint:nilnil // no metrics were asked for
	}
	host, port, err := net.SplitHostPort(f.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("--metrics-addr: %w", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, explainListen("--metrics-addr", f.MetricsAddr, err)
	}
	m := metrics.New(currentVersion(), f.MetricsEvery)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	s := &metricsServer{
		metrics: m, url: "http://" + listener.Addr().String() + "/metrics", ended: make(chan struct{}),
		http: &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10},
	}
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("measurements can no longer be read", "error", err)
		}
	}()
	return s, nil
}

// measured returns the measurements; nil for no server.
func (s *metricsServer) measured() *metrics.Metrics {
	if s == nil {
		return nil
	}
	return s.metrics
}

// publish begins to publish, once the server that is measured has started.
func (s *metricsServer) publish() {
	if s == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go func() {
		defer close(s.ended)
		s.metrics.Run(ctx)
	}()
}

// Close stops publishing and answering. A nil server is closed already.
func (s *metricsServer) Close() error {
	if s == nil {
		return nil
	}
	if s.cancel != nil {
		s.cancel()
		<-s.ended
	}
	return s.http.Close()
}

// said returns where the measurements are read, and a warning if other machines can.
func (s *metricsServer) said() string {
	if s == nil {
		return ""
	}
	said := "metrics on " + s.url + "\n"
	host, _, err := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/metrics"))
	if ip := net.ParseIP(host); err == nil && (ip == nil || !ip.IsLoopback()) {
		said += "the metrics can be read by every machine that reaches this address, and are not encrypted\n"
	}
	return said
}
