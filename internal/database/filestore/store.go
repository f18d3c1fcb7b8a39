package filestore

import (
	"context"
	"io"
	"os"
)

// Store keeps files. Its methods may be called concurrently.
type Store interface {
	// Keep stores the file that was received at path, and is open for reading and writing, under a name, and removes it from
	// path. Content and name are on disk when it returns nil; else the caller removes both. A file that has the name already
	// stays as it is.
	Keep(ctx context.Context, path string, file *os.File, name string) error
	// Link gives a stored file a second name.
	Link(ctx context.Context, name, second string) error
	// Open opens a stored file for one goroutine. The error is fs.ErrNotExist if there is none.
	Open(ctx context.Context, name string) (File, error)
	// Names returns the names of all files, sorted.
	Names(ctx context.Context) ([]string, error)
	// Remove removes a name, if there is such a file, and the content with the last name.
	Remove(ctx context.Context, name string) error
}

// File is an open file. *os.File is one.
type File interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
}

// Size returns the size of an open file, whose place becomes its beginning.
func Size(f File) (int64, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	return size, err
}
