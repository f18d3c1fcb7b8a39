package batch

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"urna/ballots"
	"urna/internal/database"
)

// The ends of the names in the spool folder. Nothing that has any other name is ever deleted there.
const (
	acceptedEnd = ".csv"    // of files that may have been accepted: batches have them
	uploadEnd   = ".upload" // of files that wait to be confirmed; a confirmation gives them another name
	partEnd     = ".part"   // of files that are still arriving, or are only compared
)

// spool is the folder that keeps every accepted file as it was uploaded.
type spool struct {
	folder  string
	presort *presortCache     // what was sorted while it arrived
	names   *database.Sharing // syncs of the folder
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
	parts  []part // of a file of several polling stations; nil if it is a batch as a whole
}

// receive streams a file into the folder, checking its form with check, hashing and, where the machine has room
// for it, sorting it as it passes. The arrival refuses bytes for which there is no space. The file's name gets the end
// once the whole file is there. When receive returns without an error the file is synced; otherwise nothing of it is
// left.
func (s spool) receive(a *arrival, body io.Reader, check checker, end string) (f spooledFile, err error) {
	id := rand.Text()
	f.name = id + end
	part := id + partEnd
	file, err := os.OpenFile(s.path(part), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return spooledFile{}, explainDiskFull(fmt.Errorf("batch: spool: %w", err))
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			err = explainDiskFull(errors.Join(err, s.remove(part), s.remove(f.name)))
			f = spooledFile{}
		}
	}()
	hash := sha256.New()
	counted := &countingWriter{}
	sorting := s.presort.newPresorter(f.name)
	kept := &spoilableWriter{to: io.MultiWriter(a, file, hash, counted)}
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
	// Before the sync, which so puts the file and its name on disk at once.
	if err := os.Rename(s.path(part), s.path(f.name)); err != nil {
		return f, fmt.Errorf("batch: name spool file: %w", err)
	}
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

// sync puts the folder's names on disk. Files that arrive at the same time share the syncs.
func (s spool) sync() error {
	return s.names.Do(func() error { return syncFolder(s.folder) })
}

func syncFolder(name string) error {
	if err := database.SyncFolder(name); err != nil {
		return fmt.Errorf("batch: sync folder: %w", err)
	}
	return nil
}

func (s spool) path(name string) string { return filepath.Join(s.folder, name) }

func (s spool) open(name string) (*os.File, error) { return os.Open(s.path(name)) }

// remove deletes a file that was certainly not accepted.
func (s spool) remove(name string) error {
	s.presort.discard(name)
	if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("batch: remove spool file: %w", err)
	}
	return nil
}

// accept gives the file of an upload a second name, under which a batch can have it, and puts that name on disk. The
// first name can be deleted then whatever the database knows. Earlier versions gave uploads the names of accepted
// files; these keep them.
func (s spool) accept(upload string) (name string, err error) {
	if strings.HasSuffix(upload, acceptedEnd) {
		return upload, nil
	}
	name = rand.Text() + acceptedEnd
	if err := os.Link(s.path(upload), s.path(name)); err != nil {
		return "", explainDiskFull(fmt.Errorf("batch: name accepted file: %w", err))
	}
	if err := s.sync(); err != nil {
		return "", errors.Join(err, s.remove(name))
	}
	return name, nil
}

// drop deletes the file of an upload that no longer waits. A file that may have been accepted becomes an orphan.
func (s spool) drop(name string) error {
	if !strings.HasSuffix(name, acceptedEnd) {
		return s.remove(name)
	}
	s.presort.discard(name)
	err := s.orphan(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
