//go:build !linux

package postgres

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
)

// Start skips the test: servers are started on Linux only.
func Start(t *testing.T, _ ...string) string {
	t.Helper()
	t.Skip("SKIPPED: this test starts a PostgreSQL server on Linux only, so nothing was tried with it")
	return ""
}

// Cluster is a running server whose files a test reads.
type Cluster struct{ Address, Data, Log string }

// StartCluster skips the test.
func StartCluster(t *testing.T, _ ...string) *Cluster {
	t.Helper()
	Need(t)
	return nil
}

// Standby is not reached.
func (*Cluster) Standby(t *testing.T, _ string) *Cluster {
	t.Helper()
	return nil
}

// Command is not reached.
func (*Cluster) Command(string, ...string) *exec.Cmd { return nil }

// Need skips the test. It fails where tests are to run on PostgreSQL.
func Need(tb testing.TB) string {
	tb.Helper()
	if Wanted() {
		tb.Fatal("tests start PostgreSQL servers on Linux only")
	}
	tb.Skip("SKIPPED: this test needs a PostgreSQL server, which is started on Linux only, so nothing was tried with it")
	return ""
}

// Variable is the variable of the environment that makes tests of stores run on PostgreSQL.
const Variable = "URNA_TEST_POSTGRES"

// Wanted reports whether tests run on PostgreSQL.
func Wanted() bool { return os.Getenv(Variable) != "" }

var errElsewhere = errors.New("tests start PostgreSQL servers on Linux only")

// Database refuses.
func Database(context.Context, string, string, func(string) error) (string, error) {
	return "", errElsewhere
}

// Drop refuses.
func Drop(context.Context, string) error { return errElsewhere }

// Durable skips the test.
func Durable(tb testing.TB) string {
	tb.Helper()
	return Need(tb)
}
