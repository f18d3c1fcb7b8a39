//go:build linux

package postgres

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Durable returns the URL of a new database, in a server of its own that has its data on the disk and the settings that
// PostgreSQL has by itself, so that measurements find what an operator would. The server ends with the test.
func Durable(tb testing.TB) string {
	tb.Helper()
	address, err := durable(tb)
	if err != nil {
		tb.Fatal(err)
	}
	return address
}

func durable(tb testing.TB) (address string, err error) {
	tb.Helper()
	programs := Need(tb)
	folder, err := os.MkdirTemp("", "urna-pg-") //nolint:usetesting // another account must get into it, and paths of sockets are short
	if err != nil {
		return "", err
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			tb.Error(err)
		}
	})
	as, err := account(folder)
	if err != nil {
		return "", err
	}
	command := func(program string, arguments ...string) *exec.Cmd {
		c := exec.CommandContext(context.Background(), filepath.Join(programs, program), arguments...) //nolint:gosec // a program of the machine
		c.Dir, c.SysProcAttr = folder, as
		return c
	}
	data := filepath.Join(folder, "data")
	if output, err := command("initdb", initial(data)...).CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(output)))
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return "", err
	}
	server := command("postgres", "-D", data, "-k", folder, "-c", "listen_addresses=")
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		return "", err
	}
	tb.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // a fast shutdown
		_ = server.Wait()
		_ = log.Close()
	})
	address = "postgres:///postgres?" + url.Values{"host": {folder}, "user": {"urna"}, "sslmode": {"disable"}}.Encode()
	if err := answer(address, log.Name()); err != nil {
		return "", err
	}
	return with(address, "urna"), inServer(tb.Context(), address, "CREATE DATABASE urna TEMPLATE template0 LOCALE 'C.UTF-8'")
}

// inServer executes statements in a server.
func inServer(ctx context.Context, address string, statements ...string) (err error) {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	return execute(ctx, c, statements...)
}
