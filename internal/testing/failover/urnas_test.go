//go:build linux

package failover

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds each wait.
const patience = time.Minute

// pace is how often something is asked for that will be there soon.
const pace = 20 * time.Millisecond

// urnas are two processes of the program over one database. A process that ends is started again, as a supervisor does it.
type urnas struct {
	binary   string
	database string
	secrets  string
	address  [2]string // host:port

	mutex   sync.Mutex
	running [2]*exec.Cmd
	log     bytes.Buffer
	stopped bool
	ends    sync.WaitGroup
}

// Write keeps what the processes print.
func (u *urnas) Write(p []byte) (int, error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	return u.log.Write(p)
}

// start starts both, which run until the end of the test.
func (u *urnas) start(t *testing.T) {
	t.Helper()
	for i := range u.address {
		u.ends.Go(func() { u.supervise(t, i) })
	}
	t.Cleanup(func() {
		u.stop()
		if t.Failed() {
			text := u.log.String()
			t.Logf("what the processes printed:\n%s", text[max(0, len(text)-10_000):])
		}
	})
}

func (u *urnas) supervise(t *testing.T, i int) {
	t.Helper()
	for {
		c := exec.CommandContext(context.WithoutCancel(t.Context()), u.binary, "serve", "--secrets", u.secrets, "--addr", u.address[i])
		c.Env = append(c.Environ(), "URNA_DATABASE="+u.database)
		c.Stderr = u
		u.mutex.Lock()
		if u.stopped {
			u.mutex.Unlock()
			return
		}
		err := c.Start()
		u.running[i] = c
		u.mutex.Unlock()
		if err != nil {
			t.Error(err)
			return
		}
		_ = c.Wait() // it is killed here, and ends when it loses the lock
		time.Sleep(pace)
	}
}

// stop ends both.
func (u *urnas) stop() {
	u.mutex.Lock()
	u.stopped = true
	for _, c := range u.running {
		if c != nil {
			_ = c.Process.Signal(syscall.SIGTERM) // it may have ended
		}
	}
	u.mutex.Unlock()
	u.ends.Wait()
}

// signal sends a signal to one of the processes.
func (u *urnas) signal(t *testing.T, i int, s syscall.Signal) {
	t.Helper()
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if err := u.running[i].Process.Signal(s); err != nil {
		t.Error(err)
	}
}

// ready asks one of the processes, and returns the body of its answer.
func (u *urnas) ready(ctx context.Context, i int) (ok bool, said string) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+u.address[i]+"/readyz", nil)
	if err != nil {
		return false, err.Error()
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, err.Error()
	}
	defer func() { _ = answer.Body.Close() }() // only read
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode == http.StatusOK, string(body)
}

// active waits until one of the processes is ready, other than except (-1 for either).
func (u *urnas) active(t *testing.T, except int) int {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pace) {
		for i := range u.address {
			if i == except {
				continue
			}
			if ok, _ := u.ready(t.Context(), i); ok {
				return i
			}
		}
	}
	t.Fatal("want one of the processes ready")
	return 0
}

// standby waits until a process says that it waits for the lock.
func (u *urnas) standby(t *testing.T, i int) {
	t.Helper()
	said := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pace) {
		var ok bool
		if ok, said = u.ready(t.Context(), i); !ok && strings.Contains(said, "standby") {
			return
		}
	}
	t.Fatalf("want process %d to be a standby, it says %q", i, said)
}
