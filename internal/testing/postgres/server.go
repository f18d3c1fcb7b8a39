//go:build linux

package postgres

import (
	"context"
	"errors"
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
}

// StartCluster is Start for a server with the settings that PostgreSQL has by itself. It keeps its files in memory, and the segments
// of its log of changes have 1 MiB, so that a test can read all of them again and again.
func StartCluster(t *testing.T, settings ...string) *Cluster {
	t.Helper()
	return launchIn(t, quick(), []string{"--wal-segsize=1"}, settings...)
}

// launch starts a server on a disk.
func launch(tb testing.TB, settings ...string) (address string) {
	tb.Helper()
	return launchIn(tb, "", nil, settings...).Address
}

// launchIn starts a server in a new folder in parent; "" is the system's own for temporary files. made are arguments of initdb.
func launchIn(tb testing.TB, parent string, made []string, settings ...string) *Cluster {
	tb.Helper()
	programs := Need(tb)
	folder, err := os.MkdirTemp(parent, "urna-pg-") //nolint:usetesting // another account must get into it, and paths of sockets are short
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			tb.Error(err)
		}
	})
	as, err := account(folder)
	if err != nil {
		tb.Fatal(err)
	}
	command := func(program string, arguments ...string) *exec.Cmd {
		c := exec.CommandContext(context.Background(), filepath.Join(programs, program), arguments...) //nolint:gosec // a program of the machine
		c.Dir, c.SysProcAttr = folder, as
		return c
	}
	data := filepath.Join(folder, "data")
	if output, err := command("initdb", append(initial(data), made...)...).CombinedOutput(); err != nil {
		tb.Fatalf("initdb: %v\n%s", err, output)
	}
	options := []string{"-D", data, "-k", folder, "-c", "listen_addresses="}
	at := url.Values{"host": {folder}, "user": {"urna"}, "sslmode": {"disable"}}
	for _, s := range settings {
		options = append(options, "-c", s)
		if port, is := strings.CutPrefix(s, "port="); is {
			at.Set("port", port)
		}
	}
	server := command("postgres", options...)
	log, err := os.Create(filepath.Join(folder, "log"))
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
	address := "postgres:///postgres?" + at.Encode()
	if err := answer(address, log.Name()); err != nil {
		tb.Fatal(err)
	}
	return &Cluster{Address: address, Data: data, Log: log.Name()}
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
