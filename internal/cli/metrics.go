package cli

import (
	"context"
	"fmt"
	"net"
	"time"

	"urna/web/metrics"
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
	_, err := checkAddr(ctx, "--metrics-addr", f.MetricsAddr)
	return err
}

// metricsAddress is where a server's measurements are read. The nil value measures nothing.
type metricsAddress struct {
	metrics  *metrics.Metrics
	listener net.Listener
	server   *metrics.Server // once the server that is measured has started
}

// listenMetrics takes the address, or returns nil without one. A host that is left out is this machine.
func (f *metricsFlags) listenMetrics(ctx context.Context) (*metricsAddress, error) {
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
	return &metricsAddress{metrics: metrics.New(currentVersion(), f.MetricsEvery), listener: listener}, nil
}

// measured returns the measurements, nil if there are none.
func (a *metricsAddress) measured() *metrics.Metrics {
	if a == nil {
		return nil
	}
	return a.metrics
}

// serve begins to publish.
func (a *metricsAddress) serve() {
	if a != nil {
		a.server = metrics.Serve(a.metrics, a.listener)
	}
}

// Close ends the measurements.
func (a *metricsAddress) Close() error {
	switch {
	case a == nil:
		return nil
	case a.server == nil:
		return a.listener.Close()
	default:
		return a.server.Close() // and its listener
	}
}

// said returns where the measurements are read, and a warning if other machines can.
func (a *metricsAddress) said() string {
	if a == nil {
		return ""
	}
	said := "metrics on http://" + a.listener.Addr().String() + "/metrics\n"
	if address, ok := a.listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() {
		said += "the metrics can be read by every machine that reaches this address, and are not encrypted\n"
	}
	return said
}
