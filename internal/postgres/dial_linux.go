package postgres

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// giveUp makes the system close a connection whose other side confirms nothing for that long.
func giveUp(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		// Without it the connection is given up later.
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
	})
}
