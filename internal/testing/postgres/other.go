//go:build !linux

package postgres

import (
	"context"
	"errors"
	"testing"
)

// Start skips the test: servers are started on Linux only.
func Start(t *testing.T, _ ...string) string {
	t.Helper()
	t.Skip("SKIPPED: this test starts a PostgreSQL server on Linux only, so nothing was tried with it")
	return ""
}

// Need skips the test.
func Need(tb testing.TB) string {
	tb.Helper()
	tb.Skip("SKIPPED: this test needs a PostgreSQL server, which is started on Linux only, so nothing was tried with it")
	return ""
}

// Wanted reports whether tests run on PostgreSQL.
func Wanted() bool { return false }

// Database refuses.
func Database(context.Context, string, string, func(string) error) (string, error) {
	return "", errors.ErrUnsupported
}

// Drop refuses.
func Drop(context.Context, string) error { return errors.ErrUnsupported }
