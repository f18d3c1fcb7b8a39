package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"time"

	driver "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"urna/internal/database"
)

//go:embed migrations
var migrations embed.FS

// busyTimeout is how long a transaction waits for another process, such as a command beside the server.
const busyTimeout = 30 * time.Second

// Open opens the file at path, making it (readable by its owner only) where it does not exist, brings
// its schema up to date, and checks that the settings durability rests on are really in force. A database of a newer
// program is refused as a NewerSchemaError. Before an existing schema is changed, a copy of the database is kept
// beside it; a change that fails leaves the database as it was.
func Open(ctx context.Context, path string, schema database.Schema) (*database.DB, error) {
	return OpenThrough(ctx, path, schema, "")
}

// OpenThrough is Open through the SQLite file system (VFS) of the name, which must be registered; "" is the
// system's own. Tests put a failing disk there.
func OpenThrough(ctx context.Context, path string, schema database.Schema, vfs string) (*database.DB, error) {
	return OpenWith(ctx, path, schema, Options{VFS: vfs})
}

// Options are what OpenWith takes beside the file.
type Options struct {
	// VFS names a registered SQLite file system; "" is the system's own.
	VFS string
	// Migrating is called before a schema is made or changed.
	Migrating Guard
	// Private marks a file that is a temporary copy: no copy of it is kept before a migration.
	Private bool
}

// A Guard returns once no other program relies on a schema as it is, or once done reports that another program has made
// the change; release is called after the change. Its error ends the opening.
type Guard func(ctx context.Context, done func(context.Context) bool) (release func() error, err error)

// OpenWith is Open with options.
func OpenWith(ctx context.Context, path string, schema database.Schema, o Options) (*database.DB, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("sqlite: create %s: %w", path, err)
	}
	e := &engine{path: path, vfs: o.VFS, private: o.Private}
	var err error
	if e.writer, err = open(path, o.VFS, "immediate", &e.own, 1); err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	db, err := e.prepare(ctx, schema, o.Migrating)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %s: %w", path, err), closePool(e.writer))
	}
	return db, nil
}

// prepare migrates the schema, opens the readers and reads the settings back on both sides.
func (e *engine) prepare(ctx context.Context, schema database.Schema, guard Guard) (*database.DB, error) {
	if err := e.migrate(ctx, schema, guard); err != nil {
		return nil, err
	}
	reader, err := open(e.path, e.vfs, "deferred", nil, 1+max(4, 2*runtime.NumCPU())) // one for Outside
	if err != nil {
		return nil, fmt.Errorf("open for reading: %w", err)
	}
	for _, pool := range []*gorm.DB{e.writer, reader} {
		if err := checkSettings(ctx, pool); err != nil {
			return nil, errors.Join(err, closePool(reader))
		}
	}
	return database.New(e, e.writer, reader)
}

func closePool(g *gorm.DB) error {
	pool, err := g.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// create makes an empty file with mode 0600; SQLite gives its WAL the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// open opens connections to a file: readers if own is nil, which cannot write.
func open(path, vfs, transactions string, own *ownScript, connections int) (*gorm.DB, error) {
	settings := url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		// A statement that is prepared again for each use costs as much as a small group of votes.
		"_stmt_cache_size": {"64"},
	}
	if vfs != "" {
		settings.Set("vfs", vfs)
	}
	if own == nil {
		settings.Set("_query_only", "on")
		settings.Set("_cache_size", "-8192")
	}
	return connect(path, settings, transactions, own, connections)
}

// connect opens a pool with the settings and those that every pool has.
func connect(path string, settings url.Values, transactions string, own *ownScript, connections int) (*gorm.DB, error) {
	settings.Set("_foreign_keys", "on")
	settings.Set("_busy_timeout", strconv.FormatInt(busyTimeout.Milliseconds(), 10))
	settings.Set("_txlock", transactions)
	if !settings.Has("_cache_size") {
		settings.Set("_cache_size", "-65536") // KiB
	}
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: settings.Encode()}).String()
	pool := sql.OpenDB(connector{name: dsn, own: own})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return gorm.Open(dialector{Dialector: &driver.Dialector{Conn: pool}}, &gorm.Config{
		Logger:                 logger.Discard, // errors are returned; values never reach a log
		SkipDefaultTransaction: true,
		TranslateError:         true,
	})
}

// checkSettings reads back what the data source name asked for.
func checkSettings(ctx context.Context, db *gorm.DB) error {
	const wal, full, on = "wal", "2", "1"
	for _, s := range []struct{ pragma, want string }{
		{"journal_mode", wal}, {"synchronous", full}, {"foreign_keys", on},
	} {
		var got string
		if err := db.WithContext(ctx).Raw("PRAGMA " + s.pragma).Row().Scan(&got); err != nil {
			return fmt.Errorf("read back %s: %w", s.pragma, err)
		}
		if got != s.want {
			return fmt.Errorf("%s is %q, not %q: this file system or build cannot keep an accepted ballot safe",
				s.pragma, got, s.want)
		}
	}
	return nil
}
