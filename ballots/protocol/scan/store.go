package scan

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"urna/internal/database"
	"urna/internal/database/filestore"
	"urna/internal/messages"
	"urna/internal/problem"
)

// MaxBytes is the largest scan.
const MaxBytes = 20 << 20

// partEnd ends the names of files that are still arriving.
const partEnd = ".part"

// reserveEvery is after how many arrived bytes the reserve of the disk is asked again.
const reserveEvery = 256 << 10

// Refusals of scans.
var (
	// ErrType is returned for a file that is no PDF, JPEG or PNG.
	ErrType = problem.New(problem.Invalid, "scan-type", messages.RefusalScanType())
	// ErrTooLarge is returned for a file of more than MaxBytes.
	ErrTooLarge = problem.New(problem.TooLarge, "scan-too-large", messages.RefusalScanTooLarge(MaxBytes>>20))
	// ErrMissing is returned for a scan whose file is not in the folder, or is another one.
	ErrMissing = errors.New("scan: the file is missing or was changed")
)

// File is a stored file.
type File struct {
	SHA256    [sha256.Size]byte
	Bytes     int64
	MediaType string // application/pdf, image/jpeg or image/png
}

// Store has the files: in the folder, or in the database. Files arrive in the folder in either case.
type Store struct {
	Folder string
	Stored *filestore.Database // nil if the folder keeps the files
	// Space refuses to store so many more bytes; nil always allows it.
	Space func(bytes int64) error
}

// Stored returns the store of a database that keeps scans.
func Stored(db *database.DB) *filestore.Database { return filestore.InDatabase(db, "scans") }

func (s Store) files() filestore.Store {
	if s.Stored != nil {
		return s.Stored
	}
	return filestore.InFolder(s.Folder)
}

// Open makes the folder if it does not exist.
func (s Store) Open() error { return filestore.InFolder(s.Folder).Make() }

// RemoveParts deletes what arrived only in part. No program may receive scans meanwhile.
func (s Store) RemoveParts() error {
	parts, _ := filepath.Glob(filepath.Join(s.Folder, "*"+partEnd)) // the pattern is a good one
	for _, name := range parts {
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("scan: remove a part: %w", err)
		}
	}
	return nil
}

// Receive stores a file as it arrives. Refusals: ErrType, ErrTooLarge, those of Space, and database.ErrDiskFull; nothing is
// stored then. The same bytes are stored once.
func (s Store) Receive(ctx context.Context, body io.Reader) (f File, err error) {
	if err := s.space(1); err != nil {
		return f, err
	}
	start := bufio.NewReaderSize(body, headBytes)
	head, err := start.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return f, err
	}
	if f.MediaType = mediaType(head); f.MediaType == "" {
		return f, ErrType
	}
	part := filepath.Join(s.Folder, rand.Text()+partEnd)
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return f, explained(err)
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			f = File{}
		}
		if gone := os.Remove(part); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	hash := sha256.New()
	f.Bytes, err = io.Copy(io.MultiWriter(&reserved{space: s.space}, file, hash), io.LimitReader(start, MaxBytes+1))
	switch {
	case err != nil:
		return f, explained(err)
	case f.Bytes > MaxBytes:
		return f, ErrTooLarge
	}
	if err := checkWhole(file, f); err != nil {
		return f, err
	}
	hash.Sum(f.SHA256[:0])
	if err := file.Sync(); err != nil { // before it has its name, which says what its bytes are
		return f, explained(err)
	}
	// A file that has the name already has the same bytes, unless it was damaged: then it stays, for urna verify to find.
	return f, explained(s.files().Keep(ctx, part, file, name(f.SHA256)))
}

func (s Store) space(bytes int64) error {
	if s.Space == nil {
		return nil
	}
	return s.Space(bytes)
}

func name(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }

// Content returns a file and its size, after comparing its bytes with its hash. The caller closes it. The error is
// ErrMissing if it is not there or has other bytes.
func (s Store) Content(ctx context.Context, sum [sha256.Size]byte) (file filestore.File, size int64, err error) {
	file, err = s.files().Open(ctx, name(sum))
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, ErrMissing
	}
	if err != nil {
		return nil, 0, fmt.Errorf("scan: %w", err)
	}
	hash := sha256.New()
	_, err = io.Copy(hash, file)
	if err == nil {
		size, err = filestore.Size(file)
	}
	switch {
	case err != nil:
		err = fmt.Errorf("scan: read: %w", err)
	case [sha256.Size]byte(hash.Sum(nil)) != sum:
		err = ErrMissing
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, size, nil
}

// Names returns the names of all files that were stored whole.
func (s Store) Names(ctx context.Context) (names []string, err error) {
	names, err = s.files().Names(ctx)
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, partEnd) }), err
}

// explained names a full disk.
func explained(err error) error {
	if err == nil {
		return nil
	}
	if _, refused := errors.AsType[*problem.Error](err); refused {
		return err
	}
	if database.IsDiskFull(err) {
		return errors.Join(database.ErrDiskFull, err)
	}
	return fmt.Errorf("scan: store: %w", err)
}

// reserved asks for space while bytes pass.
type reserved struct {
	space func(bytes int64) error
	since int64
}

// Write asks, before the file is written to, whether there is space.
func (r *reserved) Write(p []byte) (int, error) {
	if r.since += int64(len(p)); r.since >= reserveEvery {
		if err := r.space(r.since); err != nil {
			return 0, err
		}
		r.since = 0
	}
	return len(p), nil
}
