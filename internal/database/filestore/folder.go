package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"urna/internal/database"
)

// Folder keeps files in a folder.
type Folder struct {
	path  string
	syncs database.Sharing
}

// InFolder returns the store of a folder.
func InFolder(path string) *Folder { return &Folder{path: path} }

// Make makes the folder where it does not exist, and puts its own name on disk: a file is not safe in a folder that a
// power cut takes away.
func (f *Folder) Make() error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return fmt.Errorf("filestore: make the folder: %w", err)
	}
	return syncFolder(filepath.Dir(f.path))
}

// Sync puts the folder's names on disk. Files that arrive at the same time share the syncs.
func (f *Folder) Sync() error {
	return f.syncs.Do(func() error { return syncFolder(f.path) })
}

func syncFolder(path string) error {
	if err := database.SyncFolder(path); err != nil {
		return fmt.Errorf("filestore: sync the folder: %w", err)
	}
	return nil
}

// Path returns the path of a file.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, name) }

// Keep gives the file its name.
func (f *Folder) Keep(_ context.Context, path string, file *os.File, name string) error {
	// Before the sync, which so puts the file and its name on disk at once.
	err := os.Link(path, f.Path(name))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(path, f.Path(name)) // a file system without links
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("filestore: name a file: %w", err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("filestore: sync a file: %w", err)
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.remove(path)
}

// Link gives the file a second name.
func (f *Folder) Link(_ context.Context, name, second string) error {
	if err := os.Link(f.Path(name), f.Path(second)); err != nil {
		return fmt.Errorf("filestore: give a file a second name: %w", err)
	}
	return f.Sync()
}

// Open opens the file.
func (f *Folder) Open(_ context.Context, name string) (File, error) { return os.Open(f.Path(name)) }

// Names returns the names in the folder, without other folders.
func (f *Folder) Names(context.Context) (names []string, err error) {
	entries, err := os.ReadDir(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("filestore: read the folder: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Remove removes the name.
func (f *Folder) Remove(_ context.Context, name string) error { return f.remove(f.Path(name)) }

func (f *Folder) remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("filestore: remove a file: %w", err)
	}
	return nil
}
