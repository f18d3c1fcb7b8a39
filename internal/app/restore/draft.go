package restore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"urna/internal/database"
)

// draftEnd is the beginning of what the name of a folder in the making has after the target's.
const draftEnd = ".restoring-"

// draft is a data folder in the making. It is locked while it is in use.
type draft struct {
	path   string
	handle *os.File
	kept   bool
}

// newDraft makes a folder beside the target, and removes those that killed programs left there.
func newDraft(target string) (*draft, error) {
	above := filepath.Dir(target)
	if err := os.MkdirAll(above, 0o700); err != nil {
		return nil, err
	}
	if err := sweep(target); err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp(above, filepath.Base(target)+draftEnd+"*")
	if err != nil {
		return nil, err
	}
	d := &draft{path: path}
	if d.handle, err = os.Open(path); err == nil {
		err = d.lock()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return d, nil
}

// lock tells other restorations that the draft is in use.
func (d *draft) lock() error {
	return syscall.Flock(int(d.handle.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
}

// unlocked runs fn, which locks the folder itself.
func (d *draft) unlocked(fn func() error) error {
	if err := syscall.Flock(int(d.handle.Fd()), syscall.LOCK_UN); err != nil {
		return err
	}
	return errors.Join(fn(), d.lock())
}

// sweep removes the drafts beside a target that no program uses.
func sweep(target string) error {
	entries, err := os.ReadDir(filepath.Dir(target))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), filepath.Base(target)+draftEnd) {
			continue
		}
		path := filepath.Join(filepath.Dir(target), e.Name())
		handle, err := os.Open(path)
		if err != nil {
			return err
		}
		if syscall.Flock(int(handle.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			err = os.RemoveAll(path)
		}
		if err := errors.Join(err, handle.Close()); err != nil {
			return fmt.Errorf("remove what a killed restoration left: %w", err)
		}
	}
	return nil
}

// settle puts all that was made in the folder after the unpacking on disk.
func (d *draft) settle() error {
	return filepath.WalkDir(d.path, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return database.SyncFolder(path)
		case !e.Type().IsRegular():
			return nil
		}
		file, err := os.Open(path) //nolint:gosec // the folder was just made, and is locked
		if err != nil {
			return err
		}
		return errors.Join(file.Sync(), file.Close())
	})
}

// swap gives the folder the target's name. A former folder keeps its content under the name that is returned.
func (d *draft) swap(target string, replace bool, now time.Time) (replaced string, err error) {
	if !replace {
		if err := os.Rename(d.path, target); err != nil { // also over an empty folder
			return "", err
		}
		d.kept = true
		return "", database.SyncFolder(filepath.Dir(target))
	}
	replaced = target + ".replaced-" + now.UTC().Format("20060102T150405Z")
	if _, err := os.Lstat(replaced); err == nil {
		return "", fmt.Errorf("%s exists already; wait a second and try again", replaced)
	}
	if err := exchange(d.path, target); err != nil {
		return "", err
	}
	// The former folder is at the path of the draft now.
	d.kept = true
	if err := os.Rename(d.path, replaced); err != nil {
		return "", fmt.Errorf("the folder was restored; its former content is at %s: %w", d.path, err)
	}
	return replaced, database.SyncFolder(filepath.Dir(target))
}

// end removes the draft unless it became the target.
func (d *draft) end() error {
	err := d.handle.Close()
	if !d.kept {
		err = errors.Join(err, os.RemoveAll(d.path))
	}
	return err
}
