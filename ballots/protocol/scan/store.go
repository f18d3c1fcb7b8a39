package scan

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"urna/internal/database"
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

// Store is the folder.
type Store struct {
	Folder string
	// Space refuses to store so many more bytes; nil always allows it.
	Space func(bytes int64) error
}

// Open makes the folder if it does not exist, and deletes what arrived only in part.
func (s Store) Open() error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return fmt.Errorf("scan: make the folder: %w", err)
	}
	if err := database.SyncFolder(filepath.Dir(s.Folder)); err != nil {
		return fmt.Errorf("scan: sync the folder: %w", err)
	}
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
func (s Store) Receive(body io.Reader) (f File, err error) {
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
	if err := file.Sync(); err != nil {
		return f, explained(err)
	}
	return f, s.keep(part, f)
}

// keep gives a file its name. A file that has it already has the same bytes, unless it was damaged: then it stays, for urna
// verify to find.
func (s Store) keep(part string, f File) error {
	if err := os.Link(part, s.path(f.SHA256)); err != nil && !errors.Is(err, os.ErrExist) {
		return explained(err)
	}
	return explained(database.SyncFolder(s.Folder))
}

func (s Store) space(bytes int64) error {
	if s.Space == nil {
		return nil
	}
	return s.Space(bytes)
}

func (s Store) path(sum [sha256.Size]byte) string {
	return filepath.Join(s.Folder, hex.EncodeToString(sum[:]))
}

// Path returns the path of a file, after comparing its bytes with its hash. The error is ErrMissing if it is not there or
// has other bytes.
func (s Store) Path(sum [sha256.Size]byte) (string, error) {
	path := s.path(sum)
	return path, compare(path, sum)
}

// compare reads a file and compares its SHA-256.
func compare(path string, sum [sha256.Size]byte) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return ErrMissing
	}
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return fmt.Errorf("scan: read: %w", err)
	}
	if [sha256.Size]byte(hash.Sum(nil)) != sum {
		return ErrMissing
	}
	return nil
}

// Names returns the names of all files that were stored whole.
func (s Store) Names() (names []string, err error) {
	entries, err := os.ReadDir(s.Folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("scan: read the folder: %w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), partEnd) {
			names = append(names, e.Name())
		}
	}
	return names, nil
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
