package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"urna/internal/app/anchor"
	"urna/internal/app/datafolder"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/sealed"
)

// partEnd ends the names of files that are not finished.
const partEnd = ".part"

// Source is an open data folder.
type Source struct {
	DB      *database.DB
	Folder  string // its path
	Scratch string // the folder for the temporary copy of the database; "" is the data folder
	Version string // of the program
	Now     func() time.Time
	// Unerased returns the elections whose groups of votes a close will erase from the database that is read.
	Unerased func(ctx context.Context, on database.Querier, now time.Time) ([]int64, error)
	// Space refuses to take so many bytes more in a folder; nil never refuses.
	Space func(folder string, bytes int64) error
}

// MustEncryptError is returned for an unencrypted backup while elections have groups of votes that their close will
// erase from the folder: it cannot erase them from a backup.
type MustEncryptError struct{ Elections []int64 }

// Error names the elections and the remedy.
func (e *MustEncryptError) Error() string {
	ids := make([]string, 0, len(e.Elections))
	for _, id := range e.Elections {
		ids = append(ids, strconv.FormatInt(id, 10))
	}
	return fmt.Sprintf("people vote online in election %s, and the close that erases the order of the votes cannot reach a backup: "+
		"encrypt it to a recipient (--to age1…) whose identity is not on this machine", strings.Join(ids, ", "))
}

// ErrExists is returned if the target exists already.
var ErrExists = errors.New("the file exists already; a backup never replaces a file")

// ErrInside is returned for a target within the data folder.
var ErrInside = errors.New("the backup would be inside the data folder and be lost with it: name another place, best on another disk")

// Make writes a backup to the file at target, which must not exist, encrypted if there are recipients. The folder may
// be in use. The file appears under its name when it was read back and compared. Errors: MustEncryptError, ErrExists,
// ErrInside, database.ErrDiskFull, and those of the file system.
func Make(ctx context.Context, s Source, target string, to sealed.Recipients) (m Manifest, err error) {
	if err := s.check(ctx, target, to); err != nil {
		return m, err
	}
	w, err := newWriter(target, to)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, w.end()) }()
	m = Manifest{Format: format, Made: s.Now().UTC().Truncate(time.Second), Version: s.Version}
	// The anchor comes before the database: the copy is never behind it then.
	kept, err := os.ReadFile(filepath.Join(s.Folder, anchor.Name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	if err := s.addDatabase(ctx, w, &m, to); err != nil {
		return m, err
	}
	if kept != nil {
		if err := w.add(anchor.Name, kept); err != nil {
			return m, err
		}
	}
	names, err := list(s.Folder)
	if err != nil {
		return m, err
	}
	for _, name := range names {
		err := w.addFile(ctx, name, filepath.Join(s.Folder, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) { // such as an upload that was discarded meanwhile
			continue
		}
		if err != nil {
			return m, err
		}
	}
	return w.finish(ctx, m)
}

// check refuses a backup before anything is written.
func (s Source) check(ctx context.Context, target string, to sealed.Recipients) error {
	if _, err := os.Lstat(target); err == nil {
		return fmt.Errorf("%s: %w", target, ErrExists)
	}
	if inside, err := Inside(s.Folder, target); err != nil || inside {
		if err == nil {
			err = ErrInside
		}
		return fmt.Errorf("%s: %w", target, err)
	}
	return s.mayWrite(ctx, s.DB.Pool(), to)
}

// mayWrite returns a MustEncryptError if a database has groups of votes that a close will erase and there are no recipients.
func (s Source) mayWrite(ctx context.Context, on database.Querier, to sealed.Recipients) error {
	if !to.IsZero() {
		return nil
	}
	open, err := s.Unerased(ctx, on, s.Now())
	if err == nil && len(open) > 0 {
		err = &MustEncryptError{open}
	}
	return err
}

// Inside reports whether a path is within a folder.
func Inside(folder, path string) (bool, error) {
	folder, err := filepath.Abs(folder)
	if err == nil {
		folder, err = filepath.EvalSymlinks(folder)
	}
	if err != nil {
		return false, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return false, err
	}
	for { // the nearest folder that exists decides
		found, err := filepath.EvalSymlinks(path)
		if err == nil {
			path = found
			break
		}
		if above := filepath.Dir(path); above == path || !errors.Is(err, fs.ErrNotExist) {
			return false, err
		} else {
			path = above
		}
	}
	relative, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(relative), nil
}

// addDatabase copies the database, looks for damage in the copy, and adds it.
func (s Source) addDatabase(ctx context.Context, w *writer, m *Manifest, to sealed.Recipients) (err error) {
	scratch := s.Scratch
	if scratch == "" {
		scratch = s.Folder
	}
	if err := Sweep(scratch); err != nil {
		return err
	}
	if err := s.space(scratch, filepath.Dir(w.target)); err != nil {
		return err
	}
	temp, err := newCopyFile(scratch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, temp.remove()) }()
	err = temp.flushed(func() (err error) {
		m.Schema, err = s.DB.Copy(ctx, temp.path, func(copied database.Querier) error {
			if err := s.mayWrite(ctx, copied, to); err != nil { // an election may have opened meanwhile
				return err
			}
			m.Head, m.Events, err = audit.NewReader(copied).Head(ctx)
			return err
		})
		return err
	})
	if err != nil {
		return err
	}
	return w.addFile(ctx, datafolder.Database, temp.path)
}

// space asks for the disk that the copy and the archive need.
func (s Source) space(scratch, target string) error {
	if s.Space == nil {
		return nil
	}
	info, err := os.Stat(filepath.Join(s.Folder, datafolder.Database))
	if err != nil {
		return err
	}
	files := info.Size()
	names, err := list(s.Folder)
	if err != nil {
		return err
	}
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(s.Folder, filepath.FromSlash(name))); err == nil {
			files += info.Size()
		}
	}
	if err := s.Space(scratch, info.Size()); err != nil {
		return err
	}
	return s.Space(target, files)
}
