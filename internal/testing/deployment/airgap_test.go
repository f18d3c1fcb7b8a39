package deployment_test

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// insideVariable names the program in the process that TestAirGap_EverythingWorks starts without a network.
const insideVariable = "URNA_TEST_INSIDE"

// TestAirGap_EverythingWorks runs this test again in a network namespace that has loopback alone.
func TestAirGap_EverythingWorks(t *testing.T) {
	if binary := os.Getenv(insideVariable); binary != "" {
		inside(t, binary)
		return
	}
	unshare, ip := need(t, "unshare"), need(t, "ip")
	args := []string{"--net"}
	if os.Geteuid() != 0 {
		args = append(args, "--map-root-user")
	}
	args = append(args, "--", "/bin/sh", "-c", `"$0" link set lo up && exec "$@"`, ip, os.Args[0], "-test.run", "^TestAirGap_EverythingWorks$", "-test.v")
	c := exec.CommandContext(t.Context(), unshare, args...)
	c.Env = append(c.Environ(), insideVariable+"="+program.Build(t))
	out, err := c.CombinedOutput()
	if err != nil && strings.Contains(string(out), "unshare failed") && os.Getenv("CI") == "" {
		t.Skipf("this machine gives no network namespace: %s", out)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestAirGap_EverythingWorks") {
		t.Errorf("without a network: %v\n%s", err, out)
	}
}

// inside uses the program on a machine that reaches no other: accounts, pages whose every part comes from the server
// itself, voters who vote, the live feed of their count, and the check of the folder.
func inside(t *testing.T, binary string) {
	t.Helper()
	dialer := net.Dialer{Timeout: time.Second}
	if connection, err := dialer.DialContext(t.Context(), "tcp", "192.0.2.1:443"); err == nil {
		_ = connection.Close()
		t.Fatal("want no network")
	}
	data := t.TempDir()
	addAdministrator(t, binary, data)
	s := program.Serve(t, binary, data)
	for _, path := range []string{"/", "/login", "/log", "/api/v1/docs", "/readyz"} {
		status, body := get(t, http.DefaultClient, s.URL+path)
		if status != http.StatusOK {
			t.Errorf("%s: want 200, got %d", path, status)
		}
		for _, part := range regexp.MustCompile(`(?:src|href)="([^"]+\.(?:css|js|svg|png|woff2?))(?:\?[^"]*)?"`).FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(part[1], "/") || strings.HasPrefix(part[1], "//") {
				t.Errorf("%s: want parts from this server alone, got %s", path, part[1])
				continue
			}
			if status, _ := get(t, http.DefaultClient, s.URL+part[1]); status != http.StatusOK {
				t.Errorf("%s: want 200, got %d", part[1], status)
			}
		}
	}
	watch(t, http.DefaultClient, proxy{url: s.URL}, s)
	s.Stop(t)
	output(t, 0, binary, "verify", "--data", data)
}
