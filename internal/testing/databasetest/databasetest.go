package databasetest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"urna/internal/database"
	"urna/internal/postgres"
	"urna/internal/sqlite"
	server "urna/internal/testing/postgres"
)

// Open opens a new database with the schema database.Main, which is closed when the test ends.
func Open(tb testing.TB) *database.DB {
	tb.Helper()
	return OpenIn(tb, tb.TempDir(), database.Main)
}

// OpenIn opens the database of a schema in the folder, making it if it does not exist. It is closed when the test ends.
func OpenIn(tb testing.TB, folder string, schema database.Schema) *database.DB {
	tb.Helper()
	if server.Wanted() {
		return OpenPostgres(tb, folder, schema)
	}
	return OpenSQLite(tb, folder, schema)
}

// OpenSQLite is OpenIn on SQLite, for tests that compare the engines.
func OpenSQLite(tb testing.TB, folder string, schema database.Schema) *database.DB {
	tb.Helper()
	db, err := openSQLite(tb.Context(), filepath.Join(folder, fileName(schema)), schema)
	return closed(tb, db, err)
}

// OpenPostgres is OpenIn on PostgreSQL. Without PostgreSQL on the machine the test is skipped; in continuous integration it
// fails.
func OpenPostgres(tb testing.TB, folder string, schema database.Schema) *database.DB {
	tb.Helper()
	server.Need(tb)
	path := filepath.Join(folder, fileName(schema))
	tb.Cleanup(func() {
		if err := server.Drop(context.Background(), path); err != nil {
			tb.Error(err)
		}
	})
	db, err := openPostgres(tb.Context(), path, schema)
	return closed(tb, db, err)
}

// OpenDurable is OpenPostgres on a server of its own, whose data is on the disk, for measurements.
func OpenDurable(tb testing.TB, schema database.Schema) *database.DB {
	tb.Helper()
	db, err := postgres.Open(tb.Context(), server.Durable(tb), schema)
	return closed(tb, db, err)
}

func fileName(schema database.Schema) string {
	return map[database.Schema]string{database.Main: "urna.db", database.Sessions: "sessions.db"}[schema]
}

func closed(tb testing.TB, db *database.DB, err error) *database.DB {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// The databases of the schemas as they are made.
//
//nolint:gochecknoglobals // made once for all tests
var empty = map[database.Schema]func() ([]byte, error){
	database.Main:     sync.OnceValues(func() ([]byte, error) { return newDatabase(database.Main) }),
	database.Sessions: sync.OnceValues(func() ([]byte, error) { return newDatabase(database.Sessions) }),
}

// newDatabase makes a database and returns its file.
func newDatabase(schema database.Schema) (content []byte, err error) {
	folder, err := os.MkdirTemp("", "urna-databasetest-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "new.db")
	db, err := sqlite.Open(context.Background(), path, schema)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// OpenFile opens the database at a path, making it if it does not exist. The test closes it. On PostgreSQL the path names
// a database of the test server.
func OpenFile(ctx context.Context, path string, schema database.Schema) (*database.DB, error) {
	if server.Wanted() {
		return openPostgres(ctx, path, schema)
	}
	return openSQLite(ctx, path, schema)
}

// openSQLite opens the file at a path. A new one is a copy: all migrations take longer than most tests.
func openSQLite(ctx context.Context, path string, schema database.Schema) (*database.DB, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		content, err := empty[schema]()
		if err == nil {
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			return nil, err
		}
	}
	return sqlite.Open(ctx, path, schema)
}

func openPostgres(ctx context.Context, path string, schema database.Schema) (*database.DB, error) {
	address, err := Address(ctx, path)
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, address, schema)
}

// AddressOf is Address for a database that is dropped at the end of the test.
func AddressOf(tb testing.TB, path string) string {
	tb.Helper()
	address, err := Address(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.Drop(context.Background(), path); err != nil {
			tb.Error(err)
		}
	})
	return address
}

// Address returns the URL of the database of the test server that a path names. The first call makes it.
func Address(ctx context.Context, path string) (string, error) {
	return server.Database(ctx, path, postgres.Script()+words, func(template string) error {
		for _, s := range []database.Schema{database.Main, database.Sessions} {
			db, err := postgres.Open(ctx, template, s)
			if err != nil {
				return err
			}
			if s == database.Main {
				err = addWords(ctx, db)
			}
			if err := errors.Join(err, db.Close()); err != nil {
				return err
			}
		}
		return nil
	})
}

// OpenThrough is OpenFile on a failing disk: vfs is the name that faultvfs gives it, "" is the system's own. A failing
// disk is always SQLite's.
func OpenThrough(ctx context.Context, path string, schema database.Schema, vfs string) (*database.DB, error) {
	if vfs == "" {
		return OpenFile(ctx, path, schema)
	}
	return sqlite.OpenThrough(ctx, path, schema, vfs)
}

// OnPostgres reports whether tests run on PostgreSQL, where databases are no files.
func OnPostgres() bool { return server.Wanted() }

// NeedsSQLite skips a test of something that only SQLite has, where tests run on PostgreSQL.
func NeedsSQLite(tb testing.TB, why string) {
	tb.Helper()
	if server.Wanted() {
		tb.Skip("SKIPPED on PostgreSQL: " + why)
	}
}

// NeedsPostgres skips a test of something that only PostgreSQL has, where tests run on SQLite.
func NeedsPostgres(tb testing.TB, why string) {
	tb.Helper()
	if !server.Wanted() {
		tb.Skip("SKIPPED on SQLite: " + why)
	}
}
