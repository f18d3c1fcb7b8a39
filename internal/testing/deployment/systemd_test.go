package deployment_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// notifySocket listens as systemd does, and returns the variable that names the socket and the received states.
func notifySocket(t *testing.T) (variable string, states <-chan string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	received := make(chan string, 16)
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := socket.Read(buffer)
			if err != nil {
				return
			}
			received <- string(buffer[:n])
		}
	}()
	return "NOTIFY_SOCKET=" + path, received
}

// next returns the next state that a service sent.
func next(t *testing.T, states <-chan string) string {
	t.Helper()
	select {
	case state := <-states:
		return state
	case <-time.After(patience):
		t.Fatalf("want a notification within %v", patience)
		return ""
	}
}

func TestSystemd_IsToldWhenTheServerIsReadyAndWhenItStops(t *testing.T) {
	binary := program.Build(t)
	variable, states := notifySocket(t)
	serve := command(t, []string{variable}, binary, "serve", "--data", t.TempDir(), "--addr", "127.0.0.1:0")
	s := program.Start(t, serve)
	if got := next(t, states); !strings.Contains(got, "READY=1") || !strings.Contains(got, s.URL) {
		t.Errorf("want READY=1 and the address, got %q", got)
	}
	if status, _ := get(t, http.DefaultClient, s.URL+"/readyz"); status != http.StatusOK {
		t.Errorf("want a server that is ready to answer, got %d", status)
	}
	s.Stop(t)
	if got := next(t, states); got != "STOPPING=1" {
		t.Errorf("want STOPPING=1, got %q", got)
	}
}

// TestSystemd_AnswersThroughSocketActivate has systemd's own tool start the program at the first connection.
func TestSystemd_AnswersThroughSocketActivate(t *testing.T) {
	activate := need(t, "systemd-socket-activate")
	binary, data := program.Build(t), t.TempDir()
	address := freeAddress(t)
	c := command(t, nil, activate, "--listen", address, binary, "serve", "--data", data)
	var log bytes.Buffer
	c.Stderr = &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	eventually(t, "an answer through the socket", func() bool {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			return false // the tool does not listen yet
		}
		return connection.Close() == nil
	})
	if status, body := get(t, http.DefaultClient, "http://"+address+"/"); status != http.StatusOK || !strings.Contains(body, "Urna") {
		t.Errorf("want the first page, got %d", status)
	}
}

// TestSystemd_TheSocketIsKeptOverARestart kills the server and starts it again; a connection that is made in between
// waits and is answered.
func TestSystemd_TheSocketIsKeptOverARestart(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	passed := socketFile(t, listener)
	s := program.Start(t, activated(context.WithoutCancel(t.Context()), t, passed, binary, "--data", data))
	if status, _ := get(t, http.DefaultClient, s.URL+"/"); status != http.StatusOK {
		t.Fatalf("want the first page, got %d", status)
	}
	s.Kill(t)
	answered := make(chan int, 1)
	go func() {
		answer, err := (&http.Client{Transport: &http.Transport{}}).Get(s.URL + "/") //nolint:noctx // ended by the server
		if err != nil {
			answered <- 0
			return
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		answered <- answer.StatusCode
	}()
	time.Sleep(100 * time.Millisecond) // so that the connection is made while no server runs; without it the test is weaker
	again := program.Start(t, activated(context.WithoutCancel(t.Context()), t, passed, binary, "--data", data))
	if again.URL != s.URL {
		t.Errorf("want the same address after the restart, got %s and %s", s.URL, again.URL)
	}
	select {
	case status := <-answered:
		if status != http.StatusOK {
			t.Errorf("want the connection of the time between answered, got %d", status)
		}
	case <-time.After(patience):
		t.Error("want the connection of the time between answered")
	}
}

func TestSystemd_RefusesSocketsThatItCannotServe(t *testing.T) {
	binary := program.Build(t)
	everywhere, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = everywhere.Close() }()
	local, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = local.Close() }()
	for name, c := range map[string]struct {
		listener net.Listener
		count    string
		says     string
	}{
		"reachable without TLS": {everywhere, "1", "plain HTTP would show them passwords"},
		"no TCP":                {local, "1", "no TCP socket"},
		"two":                   {everywhere, "2", "one ListenStream="},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience) // a server that serves would never end
			defer cancel()
			serve := activated(ctx, t, socketFile(t, c.listener), binary, "--data", t.TempDir())
			serve.Env = append(serve.Env, "COUNT="+c.count)
			out, err := serve.CombinedOutput()
			if err == nil || !strings.Contains(string(out), c.says) {
				t.Errorf("want a refusal with %q, got %v: %s", c.says, err, out)
			}
		})
	}
	// Without TLS but knowingly, and behind a proxy, the first one is good.
	program.Start(t, activated(context.WithoutCancel(t.Context()), t, socketFile(t, everywhere), binary, "--data", t.TempDir(), "--behind-tls-proxy"))
}

// socketFile returns the file of a listening socket, to pass it on.
func socketFile(t *testing.T, listener net.Listener) *os.File {
	t.Helper()
	file, err := listener.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// activated returns a command that passes a listening socket to `urna serve` as systemd does: the shell becomes the
// program and keeps its process number.
func activated(ctx context.Context, t *testing.T, socket *os.File, binary string, flags ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(ctx, "/bin/sh",
		append([]string{"-c", `LISTEN_PID=$$ LISTEN_FDS=${COUNT:-1} exec "$0" serve "$@"`, binary}, flags...)...)
	c.ExtraFiles = []*os.File{socket}
	c.Env = c.Environ()
	c.WaitDelay = time.Second
	return c
}

// freeAddress returns an address of this machine that is free.
func freeAddress(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", program.FreePort(t))
}
