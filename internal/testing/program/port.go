package program

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// FreePort returns a port of the loopback network that was free a moment ago. It is below those that systems choose for
// outgoing connections (from 32,768 on), of which one could take it before the program listens.
func FreePort(t *testing.T) int {
	t.Helper()
	var err error
	for range 100 {
		port := 15_000 + rand.IntN(15_000)
		var l net.Listener
		if l, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = l.Close() // it took no connection
			return port
		}
	}
	t.Fatalf("want a free port, got none in 100 tries: %v", err)
	return 0
}
