package cli

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestMetrics_AreThisMachinesUnlessAHostIsGiven: an address without a host is loopback, with no warning.
func TestMetrics_AreThisMachinesUnlessAHostIsGiven(t *testing.T) {
	t.Parallel()
	for given, loopback := range map[string]bool{":0": true, "127.0.0.1:0": true, "0.0.0.0:0": false} {
		a, err := (&metricsFlags{MetricsAddr: given, MetricsEvery: time.Hour}).listenMetrics(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at, ok := a.listener.Addr().(*net.TCPAddr)
		if !ok || at.IP.IsLoopback() != loopback {
			t.Errorf("%s: want an address of this machine alone: %v, got %v", given, loopback, a.listener.Addr())
		}
		if said := a.said(); strings.Contains(said, "not encrypted") == loopback {
			t.Errorf("%s: want a warning: %v, got %q", given, !loopback, said)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	if a, err := (&metricsFlags{}).listenMetrics(t.Context()); a != nil || err != nil || a.measured() != nil {
		t.Errorf("want nothing measured without an address, got %v, %v", a, err)
	}
}

// TestMetrics_TheirAddressAnswersNothingElse asks the address of the metrics for pages of the service.
func TestMetrics_TheirAddressAnswersNothingElse(t *testing.T) {
	t.Parallel()
	a, err := (&metricsFlags{MetricsAddr: ":0", MetricsEvery: time.Hour}).listenMetrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.serve()
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	for path, want := range map[string]int{"/metrics": http.StatusOK, "/": http.StatusNotFound, "/api/v1/elections": http.StatusNotFound, "/debug/pprof/": http.StatusNotFound} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.listener.Addr().String()+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if _ = answer.Body.Close(); answer.StatusCode != want {
			t.Errorf("%s: want %d, got %d", path, want, answer.StatusCode)
		}
	}
}
