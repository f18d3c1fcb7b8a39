//go:build linux

package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Variable is the variable of the environment that makes tests of stores run on PostgreSQL: 1, or the URL of a server that
// is running for them, whose databases they make and drop.
const Variable = "URNA_TEST_POSTGRES"

// Wanted reports whether tests run on PostgreSQL.
func Wanted() bool { return os.Getenv(Variable) != "" }

// shared is the server of this process.
//
//nolint:gochecknoglobals // one server for all tests of a package
var shared = sync.OnceValues(func() (string, error) {
	if address := os.Getenv(Variable); strings.HasPrefix(address, "postgres:") {
		return address, nil
	}
	return serve()
})

// held keeps the server running.
//
//nolint:gochecknoglobals,unused // it must not be collected
var held io.WriteCloser

// serve starts a server that ends, and whose folder is removed, when this process ends.
func serve() (address string, err error) {
	programs, ok := find()
	if !ok {
		return "", errors.New("PostgreSQL is not on this machine: apt-get install postgresql")
	}
	folder, err := os.MkdirTemp(quick(), "urna-pg-")
	if err != nil {
		return "", err
	}
	as, err := account(folder)
	if err != nil {
		return "", err
	}
	command := func(program string, arguments ...string) *exec.Cmd {
		c := exec.CommandContext(context.Background(), program, arguments...) //nolint:gosec // a program of the machine
		c.Dir, c.SysProcAttr = folder, as
		return c
	}
	data := filepath.Join(folder, "data")
	if output, err := command(filepath.Join(programs, "initdb"), initial(data)...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, output)
	}
	// The shell ends the server when its input ends, which this process holds open.
	const keeper = `folder=$1; shift; "$@" <&- >log 2>&1 & cat >&2; kill -INT $!; wait $!; cd /; rm -rf "$folder"`
	server := command("/bin/sh", "-c", keeper, "keeper", folder, filepath.Join(programs, "postgres"), "-D", data, "-k", folder,
		"-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=32MB", "-c", "log_min_messages=fatal", "-c", "log_parameter_max_length=0")
	if server.SysProcAttr != nil {
		server.SysProcAttr.Pdeathsig = 0
	}
	if held, err = server.StdinPipe(); err != nil {
		return "", err
	}
	if err := server.Start(); err != nil {
		return "", err
	}
	address = "postgres:///postgres?" + url.Values{"host": {folder}, "user": {"urna"}, "sslmode": {"disable"}}.Encode()
	return address, answer(address, filepath.Join(folder, "log"))
}

// quick is a folder in memory, if there is one: the server syncs as in use, and a disk takes milliseconds for it.
func quick() string {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return memory
	}
	return ""
}

// Database returns the URL of the database with a name of its own for the key, in the server of this process. The first
// call with a key makes it, as a copy of a database that prepare has filled once for this server and template, a
// description of what prepare does.
func Database(ctx context.Context, key, template string, prepare func(address string) error) (address string, err error) {
	server, err := shared()
	if err != nil {
		return "", err
	}
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	// Packages that share a server make the template once.
	if _, err := c.Exec(ctx, `SELECT pg_advisory_lock(1)`); err != nil {
		return "", err
	}
	from, name := named("template", template), named("test", key)
	if there, err := exists(ctx, c, from); err != nil {
		return "", err
	} else if !there {
		making := from + "_new"
		if err := execute(ctx, c, "DROP DATABASE IF EXISTS "+making, "CREATE DATABASE "+making+" TEMPLATE template0 LOCALE 'C.UTF-8'"); err != nil {
			return "", err
		}
		if err := prepare(with(server, making)); err != nil {
			return "", err
		}
		if err := execute(ctx, c, "ALTER DATABASE "+making+" RENAME TO "+from); err != nil {
			return "", err
		}
	}
	if there, err := exists(ctx, c, name); err != nil || there {
		return with(server, name), err
	}
	return with(server, name), execute(ctx, c, "CREATE DATABASE "+name+" TEMPLATE "+from)
}

// Drop drops the database of a key.
func Drop(ctx context.Context, key string) (err error) {
	server, err := shared()
	if err != nil {
		return err
	}
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	return execute(ctx, c, "DROP DATABASE IF EXISTS "+named("test", key)+" WITH (FORCE)")
}

func execute(ctx context.Context, c *pgx.Conn, statements ...string) error {
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func exists(ctx context.Context, c *pgx.Conn, name string) (there bool, err error) {
	err = c.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there)
	return there, err
}

// named returns the name of a database, of letters and digits.
func named(kind, key string) string {
	sum := sha256.Sum256([]byte(key))
	return "urna_" + kind + "_" + hex.EncodeToString(sum[:8])
}

// with returns the URL of another database of the server.
func with(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}

// answer waits until the server answers.
func answer(address, log string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var last error
	for ctx.Err() == nil {
		connection, err := pgx.Connect(ctx, address)
		if err == nil {
			return connection.Close(ctx)
		}
		last = err
		time.Sleep(20 * time.Millisecond)
	}
	content, err := os.ReadFile(log)
	return fmt.Errorf("PostgreSQL does not answer: %w\n%s", errors.Join(last, err), content)
}
