//go:build linux

package failover

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"urna/internal/testing/postgres"
	"urna/internal/testing/program"
)

// TestFailover_TwoStartOnAnEmptyDatabase starts two processes at the same time on an empty database with empty secrets: one
// makes the tables and the secret files and is active, the other is its standby. After a kill one of them goes on with the same files.
func TestFailover_TwoStartOnAnEmptyDatabase(t *testing.T) {
	pair := postgres.NewPair(t, false)
	binary := program.Build(t)
	for round := range max(2, *kills) {
		name := fmt.Sprintf("empty%d", round)
		pair.Exec(t, pair.Primary(), "CREATE DATABASE "+name+" ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0")
		u := &urnas{binary: binary, database: pair.Address(name), secrets: t.TempDir()}
		for i := range u.address {
			u.address[i] = fmt.Sprintf("127.0.0.1:%d", program.FreePort(t))
		}
		u.start(t)
		first := u.active(t, -1)
		u.standby(t, 1-first)
		u.signal(t, first, syscall.SIGKILL)
		u.standby(t, 1-u.active(t, -1))
		u.stop()
		(&stage{urnas: u}).command(t, "", "verify")
		if n := strings.Count(u.log.String(), "ERROR"); n > 0 {
			t.Errorf("want no error of either, got %d:\n%s", n, u.log.String())
		}
	}
}
