package backup

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// copyPrefix begins the names of temporary copies of the database.
const copyPrefix = "backup-"

// copyFile is a temporary copy of the database. It is locked while it is in use.
type copyFile struct {
	path   string
	locked *os.File
}

func newCopyFile(folder string) (*copyFile, error) {
	file, err := os.CreateTemp(folder, copyPrefix+"*"+partEnd)
	if err != nil {
		return nil, err
	}
	c := &copyFile{path: file.Name(), locked: file}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

// flushEvery is how often a copy that is being written goes to the disk. One large flush at its end would delay the
// syncs of votes.
const flushEvery = 100 * time.Millisecond

// flushed runs fn, which writes the copy, and puts on disk what it has written in the meantime.
func (c *copyFile) flushed(fn func() error) error {
	written, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(flushEvery)
		defer tick.Stop()
		for {
			select {
			case <-written:
				return
			case <-tick.C:
				_ = flush(c.locked) // fn's own sync at the end reports a fault
			}
		}
	}()
	err := fn()
	close(written)
	<-ended
	return err
}

// journalEnd ends the name of the journal that SQLite leaves beside a copy if the disk fails.
const journalEnd = "-journal"

// remove overwrites the copy, because it can have what a close erases, and removes it.
func (c *copyFile) remove() error {
	return errors.Join(overwrite(c.locked), removeJournal(c.path+journalEnd), os.Remove(c.path), c.locked.Close())
}

// removeJournal overwrites and removes a journal if there is one.
func removeJournal(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(overwrite(file), os.Remove(path), file.Close())
}

// overwrite writes zeros over a file, once, and puts them on disk in small pieces. A disk or a file system that writes
// elsewhere keeps the blocks.
func overwrite(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	zeros := make([]byte, flushBytes)
	for left := info.Size(); left > 0; left -= int64(len(zeros)) {
		if _, err := file.Write(zeros[:min(left, int64(len(zeros)))]); err != nil {
			return err
		}
		if err := flush(file); err != nil {
			return err
		}
	}
	return file.Sync()
}

// Sweep removes the copies that killed programs left in a folder. A copy in use is locked.
func Sweep(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), copyPrefix) {
			continue
		}
		path := filepath.Join(folder, e.Name())
		if of, ok := strings.CutSuffix(path, partEnd+journalEnd); ok {
			if _, err := os.Stat(of + partEnd); errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, removeJournal(path))
			}
			continue
		}
		if !strings.HasSuffix(path, partEnd) {
			continue
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
			continue
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			errs = append(errs, overwrite(file), removeJournal(path+journalEnd), os.Remove(path))
		}
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}
