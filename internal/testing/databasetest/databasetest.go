// Package databasetest opens databases for tests. It is the one place that names the engine under them, so that all
// tests of stores and services can run on another.
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
	"urna/internal/sqlite"
)

// Open opens a new database with the schema database.Main, which is closed when the test ends.
func Open(tb testing.TB) *database.DB {
	tb.Helper()
	return OpenIn(tb, tb.TempDir(), database.Main)
}

// OpenIn opens the database of a schema in the folder, making it if it does not exist. It is closed when the test ends.
func OpenIn(tb testing.TB, folder string, schema database.Schema) *database.DB {
	tb.Helper()
	name := map[database.Schema]string{database.Main: "urna.db", database.Sessions: "sessions.db"}[schema]
	db, err := OpenFile(tb.Context(), filepath.Join(folder, name), schema)
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

// OpenFile opens the database at a path, making it if it does not exist. The test closes it. A new one is a copy: all
// migrations take longer than most tests.
func OpenFile(ctx context.Context, path string, schema database.Schema) (*database.DB, error) {
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

// OpenThrough is OpenFile on a failing disk: vfs is the name that faultvfs gives it, "" is the system's own.
func OpenThrough(ctx context.Context, path string, schema database.Schema, vfs string) (*database.DB, error) {
	return sqlite.OpenThrough(ctx, path, schema, vfs)
}
