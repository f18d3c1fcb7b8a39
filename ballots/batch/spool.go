package batch

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"urna/ballots"
	"urna/internal/database"
)

// spool is the folder that keeps every accepted file as it was uploaded.
type spool struct {
	folder  string
	presort *presortCache // what was sorted while it arrived
}

// checker reads a file to its end and hands its lines to take; without an error, all of them. It calls spoil
// as soon as it knows that it will refuse the file, however much of it is still to come.
type checker func(source io.Reader, take func(ballots.Line), spoil func()) (lines int64, err error)

// spooledFile is a file in the spool folder, checked, and on disk together with its name.
type spooledFile struct {
	name   string
	sha256 [sha256.Size]byte
	bytes  int64
	lines  int64
}

// receive streams a file into the folder, checking its form with check, hashing and, where the machine has room
// for it, sorting it as it passes. When it returns without an error the file is synced; otherwise nothing of it is left.
func (s spool) receive(body io.Reader, check checker) (f spooledFile, err error) {
	f.name = rand.Text() + ".csv"
	file, err := os.OpenFile(s.path(f.name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return spooledFile{}, explainDiskFull(fmt.Errorf("batch: spool: %w", err))
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			err = explainDiskFull(errors.Join(err, s.remove(f.name)))
			f = spooledFile{}
		}
	}()
	hash := sha256.New()
	counted := &countingWriter{}
	sorting := s.presort.newPresorter(f.name)
	kept := &spoilableWriter{to: io.MultiWriter(file, hash, counted)}
	take := func(l ballots.Line) {
		if !kept.spoiled {
			sorting.add(l)
		}
	}
	f.lines, err = check(io.TeeReader(body, kept), take, func() { kept.spoiled = true })
	good := err == nil
	var ending sync.WaitGroup // beside the sync
	ending.Go(func() { sorting.finish(good) })
	defer ending.Wait()
	if !good {
		return f, err
	}
	f.bytes = counted.n
	hash.Sum(f.sha256[:0])
	if err := file.Sync(); err != nil {
		return f, fmt.Errorf("batch: sync spool file: %w", err)
	}
	return f, s.sync()
}

// explainDiskFull says so where no space is left.
func explainDiskFull(err error) error {
	if database.IsDiskFull(err) {
		return errors.Join(database.ErrDiskFull, err)
	}
	return err
}

// spoilableWriter writes until it is spoiled and then discards: the rest of a file that will be refused is read for
// its problems and takes no disk space.
type spoilableWriter struct {
	to      io.Writer
	spoiled bool
}

// Write writes or discards.
func (k *spoilableWriter) Write(p []byte) (int, error) {
	if k.spoiled {
		return len(p), nil
	}
	return k.to.Write(p)
}

// countingWriter counts bytes.
type countingWriter struct{ n int64 }

// Write counts and never fails.
func (w *countingWriter) Write(p []byte) (int, error) {
	w.n += int64(len(p))
	return len(p), nil
}

// make makes the folder where it does not exist, and puts its own name on disk: a file is not safe in a
// folder that a power cut takes away.
func (s spool) make() error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("batch: make spool folder: %w", err)
	}
	return syncFolder(filepath.Dir(s.folder))
}

// sync puts the folder's names on disk.
func (s spool) sync() error { return syncFolder(s.folder) }

func syncFolder(name string) error {
	if err := database.SyncFolder(name); err != nil {
		return fmt.Errorf("batch: sync folder: %w", err)
	}
	return nil
}

func (s spool) path(name string) string { return filepath.Join(s.folder, name) }

func (s spool) open(name string) (*os.File, error) { return os.Open(s.path(name)) }

func (s spool) remove(name string) error {
	s.presort.discard(name)
	if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("batch: remove spool file: %w", err)
	}
	return nil
}

// sweep removes the files that keep does not name: what was being uploaded when the process ended.
func (s spool) sweep(keep map[string]bool) error {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return fmt.Errorf("batch: read spool folder: %w", err)
	}
	for _, e := range entries {
		if !keep[e.Name()] {
			if err := s.remove(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}
