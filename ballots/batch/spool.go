package batch

import (
	"context"
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
	"urna/internal/database/filestore"
)

// The ends of the names in the spool folder. Nothing that has any other name is ever deleted there.
const (
	acceptedEnd = ".csv"    // of files that may have been accepted: batches have them
	uploadEnd   = ".upload" // of files that wait to be confirmed; a confirmation gives them another name
	partEnd     = ".part"   // of files that are still arriving, or are only compared
)

// spool keeps every accepted file as it was uploaded: in its folder, or in the database. Files arrive in the folder in either
// case.
type spool struct {
	folder  string
	files   filestore.Store
	stored  *filestore.Database // files, if the database keeps them; else nil
	presort *presortCache       // what was sorted while it arrived
}

// spoolFolder is the folder of accepted files in the database.
const spoolFolder = "spool"

// Stored returns the store of a database that keeps accepted files, for Options and Files.
func Stored(db *database.DB) *filestore.Database { return filestore.InDatabase(db, spoolFolder) }

// newSpool returns the spool of a folder and of the database, which is nil if the folder keeps the files.
func newSpool(folder string, stored *filestore.Database, runLines int) spool {
	s := spool{folder: folder, files: filestore.InFolder(folder), stored: stored, presort: newPresortCache(folder, runLines)}
	if stored != nil {
		s.files = stored
	}
	return s
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
// once the whole file is there. When receive returns without an error the file is on disk, unless it is only compared;
// otherwise nothing of it is left.
func (s spool) receive(ctx context.Context, a *arrival, body io.Reader, check checker, end string) (f spooledFile, err error) {
	id := rand.Text()
	f.name = id + end
	part := id + partEnd
	file, err := os.OpenFile(s.path(part), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return spooledFile{}, explainDiskFull(fmt.Errorf("batch: spool: %w", err))
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			err = explainDiskFull(errors.Join(err, s.removeArriving(part), s.remove(context.WithoutCancel(ctx), f.name)))
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
	if end == partEnd { // it is read once
		return f, nil
	}
	return f, s.files.Keep(ctx, s.path(part), file, f.name)
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

// make makes the folder where it does not exist.
func (s spool) make() error { return filestore.InFolder(s.folder).Make() }

func syncFolder(name string) error {
	if err := database.SyncFolder(name); err != nil {
		return fmt.Errorf("batch: sync folder: %w", err)
	}
	return nil
}

// path returns the path of a file that arrives, or that the folder keeps.
func (s spool) path(name string) string { return filepath.Join(s.folder, name) }

// open opens a file that was stored, or one that is only compared.
func (s spool) open(ctx context.Context, name string) (filestore.File, error) {
	if strings.HasSuffix(name, partEnd) {
		return os.Open(s.path(name))
	}
	return s.files.Open(ctx, name)
}

// remove deletes a file that was certainly not accepted.
func (s spool) remove(ctx context.Context, name string) error {
	s.presort.discard(name)
	if strings.HasSuffix(name, partEnd) {
		return s.removeArriving(name)
	}
	return s.files.Remove(ctx, name)
}

// removeArriving deletes a file of the folder that was never stored.
func (s spool) removeArriving(name string) error {
	if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("batch: remove spool file: %w", err)
	}
	return nil
}

// accept gives the file of an upload a second name, under which a batch can have it, and puts that name on disk. The
// first name can be deleted then whatever the database knows. Earlier versions gave uploads the names of accepted
// files; these keep them.
func (s spool) accept(ctx context.Context, upload string) (name string, err error) {
	if strings.HasSuffix(upload, acceptedEnd) {
		return upload, nil
	}
	name = rand.Text() + acceptedEnd
	if err := s.files.Link(ctx, upload, name); err != nil {
		return "", explainDiskFull(errors.Join(fmt.Errorf("batch: name accepted file: %w", err), s.remove(context.WithoutCancel(ctx), name)))
	}
	return name, nil
}

// drop deletes the file of an upload that no longer waits. A file that may have been accepted becomes an orphan. One in the
// database was not, if no row says so.
func (s spool) drop(ctx context.Context, name string) error {
	if s.stored != nil || !strings.HasSuffix(name, acceptedEnd) {
		return s.remove(ctx, name)
	}
	s.presort.discard(name)
	err := s.orphan(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
