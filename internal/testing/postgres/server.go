//go:build linux

package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience bounds the start and the stop of a server.
const patience = time.Minute

// Start starts a server with an empty database and returns its URL. Settings, such as "wal_recycle=off", come before those of
// tests. The server is stopped at the end of the test.
func Start(t *testing.T, settings ...string) string {
	t.Helper()
	return launch(t, append([]string{"fsync=off", "max_connections=20"}, settings...)...)
}

// Durable returns the URL of a new database, in a server of its own with the settings that PostgreSQL has by itself, so that
// measurements find what an operator would. The server ends with the test.
func Durable(tb testing.TB) string {
	tb.Helper()
	address := launch(tb)
	c, err := pgx.Connect(tb.Context(), address)
	if err == nil {
		err = execute(tb.Context(), c, "CREATE DATABASE urna TEMPLATE template0 LOCALE 'C.UTF-8'")
		err = errors.Join(err, c.Close(tb.Context()))
	}
	if err != nil {
		tb.Fatal(err)
	}
	return with(address, "urna")
}

// Processes returns the processes of a server.
func Processes(tb testing.TB, address string) (pids []int) {
	tb.Helper()
	c, err := pgx.Connect(tb.Context(), address)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }() // only read
	rows, err := c.Query(tb.Context(), `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()`)
	if err != nil {
		tb.Fatal(err)
	}
	if pids, err = pgx.CollectRows(rows, pgx.RowTo[int]); err != nil {
		tb.Fatal(err)
	}
	return pids
}

// Cluster is a running server whose files a test reads.
type Cluster struct {
	Address string // of the database postgres, as its superuser
	Data    string // the data directory
	Log     string // the file of the server's own log

	programs, folder string
	as               *syscall.SysProcAttr
}

// StartCluster is Start for a server with the settings that PostgreSQL has by itself. It keeps its files in memory, and the segments
// of its log of changes have 1 MiB, so that a test can read all of them again and again.
func StartCluster(t *testing.T, settings ...string) *Cluster {
	t.Helper()
	return launchIn(t, quick(), []string{"--wal-segsize=1"}, settings...)
}

// Standby starts a server that follows this one under a name. It is stopped at the end of the test.
func (c *Cluster) Standby(t *testing.T, name string) *Cluster {
	t.Helper()
	s := newCluster(t, quick())
	from := fmt.Sprintf("host=%s user=urna dbname=postgres application_name=%s", c.folder, name)
	if output, err := s.Command("pg_basebackup", "-D", s.Data, "-R", "-X", "stream", "-c", "fast", "-d", from).CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, output)
	}
	s.start(t)
	return s
}

// Command is one of PostgreSQL's programs, run by the server's account. As a client it connects to the server.
func (c *Cluster) Command(program string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(context.Background(), filepath.Join(c.programs, program), arguments...) //nolint:gosec // a program of the machine
	command.Dir, command.SysProcAttr = c.folder, c.as
	command.Env = append(os.Environ(), "PGHOST="+c.folder, "PGUSER=urna")
	return command
}

// launch starts a server on a disk.
func launch(tb testing.TB, settings ...string) (address string) {
	tb.Helper()
	return launchIn(tb, "", nil, settings...).Address
}

// launchIn starts a server in a new folder in parent; "" is the system's own for temporary files. made are arguments of initdb.
func launchIn(tb testing.TB, parent string, made []string, settings ...string) *Cluster {
	tb.Helper()
	c := newCluster(tb, parent)
	if output, err := c.Command("initdb", append(initial(c.Data), made...)...).CombinedOutput(); err != nil {
		tb.Fatalf("initdb: %v\n%s", err, output)
	}
	c.start(tb, settings...)
	return c
}

// newCluster makes the folder of a server, which is removed at the end of the test.
func newCluster(tb testing.TB, parent string) *Cluster {
	tb.Helper()
	c := &Cluster{programs: Need(tb)}
	var err error
	if c.folder, err = os.MkdirTemp(parent, "urna-pg-"); err != nil { //nolint:usetesting // another account must get into it, and paths of sockets are short
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(c.folder); err != nil {
			tb.Error(err)
		}
	})
	if c.as, err = account(c.folder); err != nil {
		tb.Fatal(err)
	}
	c.Data, c.Log = filepath.Join(c.folder, "data"), filepath.Join(c.folder, "log")
	return c
}

// start starts the server and waits for its answer. It is stopped at the end of the test.
func (c *Cluster) start(tb testing.TB, settings ...string) {
	tb.Helper()
	options := []string{"-D", c.Data, "-k", c.folder, "-c", "listen_addresses="}
	at := url.Values{"host": {c.folder}, "user": {"urna"}, "sslmode": {"disable"}}
	for _, s := range settings {
		options = append(options, "-c", s)
		if port, is := strings.CutPrefix(s, "port="); is {
			at.Set("port", port)
		}
	}
	server := c.Command("postgres", options...)
	log, err := os.Create(c.Log)
	if err != nil {
		tb.Fatal(err)
	}
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // a fast shutdown
		_ = server.Wait()
		_ = log.Close()
	})
	c.Address = "postgres:///postgres?" + at.Encode()
	if err := answer(c.Address, c.Log); err != nil {
		tb.Fatal(err)
	}
}

// initial are the arguments of initdb.
func initial(data string) []string {
	return []string{"-D", data, "-A", "trust", "-U", "urna", "-E", "UTF8", "--locale=C", "-N"}
}

// Need returns the folder of PostgreSQL's programs. Without them the test is skipped; in continuous integration it fails.
func Need(tb testing.TB) (programs string) {
	tb.Helper()
	programs, ok := find()
	if !ok {
		if os.Getenv("CI") != "" || Wanted() {
			tb.Fatal("PostgreSQL is not on this machine: apt-get install postgresql")
		}
		tb.Skip("SKIPPED: PostgreSQL is not on this machine, so nothing was tried with it. On Debian: apt-get install postgresql")
	}
	return programs
}

// find returns the folder of the newest PostgreSQL of the machine.
func find() (folder string, found bool) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil { // to where the others are
			return filepath.Dir(path), true
		}
	}
	versions, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // where Debian has them
	if err != nil || len(versions) == 0 {
		return "", false
	}
	return filepath.Dir(versions[len(versions)-1]), true
}

// account returns attributes with which a process runs as an account that PostgreSQL accepts, and gives it the folder:
// PostgreSQL refuses root.
func account(folder string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Getuid() != 0 {
		return attributes, nil
	}
	for _, name := range []string{"postgres", "daemon"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.Atoi(u.Gid)
		if err != nil {
			return nil, err
		}
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attributes, os.Chown(folder, uid, gid)
	}
	return nil, errors.New("want an account postgres or daemon, because PostgreSQL refuses root")
}
