package systemd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// firstSocket is the number of the first file descriptor that is passed.
const firstSocket = 3

// States that Notify sends.
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
)

// Listener returns the listening TCP socket that was passed to this process, or nil if none was passed. It takes the
// environment variables away, so that a second call returns nil and child processes do not see them. The caller closes
// the listener; the socket itself stays open in the process that passed it.
func Listener() (net.Listener, error) {
	pid, count := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(name) // fails for malformed names only
	}
	if pid != strconv.Itoa(os.Getpid()) || count == "" || count == "0" {
		return nil, nil
	}
	if count != "1" {
		return nil, fmt.Errorf("%s sockets were passed, and Urna listens on one: leave one ListenStream= in the socket unit", count)
	}
	file := os.NewFile(firstSocket, "socket")
	if file == nil {
		return nil, errors.New("LISTEN_FDS names a socket that is not open")
	}
	listener, err := net.FileListener(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("use the socket that was passed: %w", err)
	}
	if _, ok := listener.(*net.TCPListener); !ok {
		return nil, errors.Join(fmt.Errorf("the socket that was passed is no TCP socket but %s: write an address and a port in ListenStream=",
			listener.Addr().Network()), listener.Close())
	}
	return listener, nil
}

// Notify sends states, one a line, to the supervisor that asked for them. It does nothing if none did.
func Notify(ctx context.Context, states string) error {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	connection, err := (&net.Dialer{}).DialContext(ctx, "unixgram", path)
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	_, err = connection.Write([]byte(states))
	if err = errors.Join(err, connection.Close()); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}
