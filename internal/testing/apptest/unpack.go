package apptest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"urna/internal/app"
)

// Unpack writes the files of a new data folder to a path that is missing or empty: making a folder takes longer than
// most tests, because everything in it is synced. The folders of one process have the same secrets.
func Unpack(tb testing.TB, path string) {
	tb.Helper()
	if entries, err := os.ReadDir(path); len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return
	}
	files, err := newFolder()
	for name, content := range files {
		if err == nil {
			err = errors.Join(os.MkdirAll(path, 0o700), os.WriteFile(filepath.Join(path, name), content, 0o600))
		}
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// newFolder makes a data folder once and returns the content of its files.
var newFolder = sync.OnceValues(func() (files map[string][]byte, err error) {
	path, err := os.MkdirTemp("", "urna-apptest-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(path)) }()
	a, err := app.Open(context.Background(), path, app.Options{Parts: app.Everything, Create: true, Lock: true})
	if err != nil {
		return nil, err
	}
	if err := a.Close(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			if files[entry.Name()], err = os.ReadFile(filepath.Join(path, entry.Name())); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
})
