package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"urna/internal/cli/systemd"
)

// listener returns the socket that systemd passed, or else listens at --addr.
func (f *listenFlags) listener(ctx context.Context) (net.Listener, error) {
	passed, err := systemd.Listener()
	if err != nil {
		return nil, err
	}
	if passed == nil {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.Addr)
		if err != nil {
			return nil, explainListen("--addr", f.Addr, err)
		}
		return listener, nil
	}
	addr := passed.Addr().String()
	if host, _, err := net.SplitHostPort(addr); err == nil && !f.secure() && !f.InsecureHTTP {
		if err := loopbackOnly(addr, host); err != nil {
			return nil, errors.Join(err, passed.Close())
		}
	}
	slog.InfoContext(ctx, "listening on the socket that systemd passed", "address", addr)
	return passed, nil
}

// notifySupervisor tells systemd about the server, if systemd asked for it.
func notifySupervisor(ctx context.Context, states string) {
	if err := systemd.Notify(ctx, states); err != nil {
		slog.ErrorContext(ctx, "systemd could not be told", "error", err)
	}
}
