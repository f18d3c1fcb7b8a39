//go:build linux

package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/internal/testing/program"
)

// Pair is a primary and its standby at two addresses of the loopback network. Each accepted commit waits for the standby, unless
// the pair is asynchronous.
type Pair struct {
	programs, folder string
	as               *syscall.SysProcAttr
	ports            [2]int
	servers          [2]*exec.Cmd
	primary          int // which of the two
	asynchronous     bool
}

// NewPair starts a pair, in memory if the machine has a folder for that. Both are stopped at the end of the test.
func NewPair(t *testing.T, asynchronous bool) *Pair {
	t.Helper()
	return newPair(t, quick(), asynchronous)
}

// DurablePair returns the URL of a new database on a pair whose data is on the disk, for measurements.
func DurablePair(t *testing.T) string {
	t.Helper()
	p := newPair(t, "", false)
	p.Exec(t, p.primary, "CREATE DATABASE urna TEMPLATE template0 LOCALE 'C.UTF-8'")
	return p.Address("urna")
}

func newPair(t *testing.T, folder string, asynchronous bool) *Pair {
	t.Helper()
	p := &Pair{programs: Need(t), asynchronous: asynchronous}
	var err error
	if p.folder, err = os.MkdirTemp(folder, "urna-pair-"); err == nil { //nolint:usetesting // another account must get into it
		p.as, err = account(p.folder)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for i := range p.servers {
			p.kill(t, i)
		}
		if t.Failed() {
			for i := range p.servers {
				log, _ := os.ReadFile(p.path(i) + ".log") // of a server that was started
				t.Logf("server %d:\n%s", i, log[max(0, len(log)-3000):])
			}
		}
		if err := os.RemoveAll(p.folder); err != nil {
			t.Error(err)
		}
	})
	for i := range p.ports {
		p.ports[i] = program.FreePort(t)
	}
	p.run(t, "initdb", initial(p.path(0))...)
	p.start(t, 0)
	p.Exec(t, 0, "ALTER SYSTEM SET log_parameter_max_length = 0")
	p.Join(t)
	return p
}

func (p *Pair) path(i int) string { return filepath.Join(p.folder, strconv.Itoa(i)) }

// run runs one of PostgreSQL's programs to its end.
func (p *Pair) run(t *testing.T, name string, arguments ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), filepath.Join(p.programs, name), arguments...) //nolint:gosec // a program of the machine
	c.Dir, c.SysProcAttr = p.folder, p.as
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// start starts a server and waits for its answer.
func (p *Pair) start(t *testing.T, i int) {
	t.Helper()
	log, err := os.OpenFile(p.path(i)+".log", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()                                                                                                   // the server has its own
	c := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(p.programs, "postgres"), "-D", p.path(i), "-k", p.folder, //nolint:gosec // as above
		"-p", strconv.Itoa(p.ports[i]), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100", "-c", "shared_buffers=64MB",
		"-c", "tcp_keepalives_idle=3", "-c", "wal_receiver_timeout=5s", "-c", "wal_retrieve_retry_interval=100ms")
	c.Dir, c.SysProcAttr, c.Stdout, c.Stderr = p.folder, p.as, log, log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p.servers[i] = c
	if err := answer(p.one(i), log.Name()); err != nil {
		t.Fatal(err)
	}
}

// one is the address of one of the servers.
func (p *Pair) one(i int) string {
	return fmt.Sprintf("postgres://urna@127.0.0.1:%d/postgres?sslmode=disable", p.ports[i])
}

// Address is that of a database on the server that takes changes, whichever it is.
func (p *Pair) Address(name string) string {
	return fmt.Sprintf("postgres://urna@127.0.0.1:%d,127.0.0.1:%d/%s?sslmode=disable&target_session_attrs=read-write&connect_timeout=2", p.ports[0], p.ports[1], name)
}

// Exec runs statements on one of the servers, each by itself.
func (p *Pair) Exec(t *testing.T, i int, statements ...string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.one(i))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }() // nothing is lost
	for _, s := range statements {
		if _, err := c.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// Primary is the number of the server that takes changes.
func (p *Pair) Primary() int { return p.primary }

// Join copies the primary to the other server, which follows it from then on, and waits until commits wait for it.
func (p *Pair) Join(t *testing.T) {
	t.Helper()
	standby := 1 - p.primary
	p.kill(t, standby)
	if err := os.RemoveAll(p.path(standby)); err != nil {
		t.Fatal(err)
	}
	p.run(t, "pg_basebackup", "-D", p.path(standby), "-R", "-X", "stream", "-c", "fast", "-d",
		fmt.Sprintf("host=127.0.0.1 port=%d user=urna dbname=postgres application_name=standby", p.ports[p.primary]))
	p.start(t, standby)
	state := "async"
	if !p.asynchronous {
		state = "quorum"
		p.Exec(t, p.primary, "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (standby)'", "SELECT pg_reload_conf()")
	}
	c, err := pgx.Connect(t.Context(), p.one(p.primary))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }() // only read
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var follows bool
		if err := c.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = $1)`, state).Scan(&follows); err != nil {
			t.Fatal(err)
		}
		if follows {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("want the standby to follow")
		}
	}
}

// CutOff lets the standby of an asynchronous pair receive nothing more.
func (p *Pair) CutOff(t *testing.T) {
	t.Helper()
	p.Exec(t, 1-p.primary, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
}

// Fail kills all processes of the primary at once and promotes the standby, which waits for no other until Join. It returns how
// long the promotion took.
func (p *Pair) Fail(t *testing.T) (promotion time.Duration) {
	t.Helper()
	began := time.Now()
	p.kill(t, p.primary)
	p.primary = 1 - p.primary
	p.Exec(t, p.primary, "SELECT pg_promote()")
	promotion = time.Since(began)
	p.Exec(t, p.primary, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
	return promotion
}

// kill kills a server with all of its processes, if it runs.
func (p *Pair) kill(t *testing.T, i int) {
	t.Helper()
	c := p.servers[i]
	if c == nil {
		return
	}
	p.servers[i] = nil
	_ = c.Process.Signal(syscall.SIGSTOP) // it must not start others or clean up
	for _, child := range children(c.Process.Pid) {
		_ = syscall.Kill(child, syscall.SIGKILL) // it may have ended
	}
	_ = c.Process.Kill()
	_ = c.Wait() // it was killed
}

// children returns the processes that a process started.
func children(of int) (all []int) {
	folders, _ := filepath.Glob("/proc/[0-9]*/stat") // a correct pattern
	for _, file := range folders {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// The name, in parentheses, can have spaces.
		_, rest, _ := strings.Cut(string(content[strings.LastIndexByte(string(content), ')')+1:]), " ")
		fields := strings.Fields(rest)
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(of) {
			all = append(all, pid)
		}
	}
	return all
}
