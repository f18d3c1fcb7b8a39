//go:build !linux

package postgres

import "testing"

// Start skips the test: servers are started on Linux only.
func Start(t *testing.T) string {
	t.Helper()
	t.Skip("SKIPPED: this test starts a PostgreSQL server on Linux only, so nothing was tried with it")
	return ""
}
