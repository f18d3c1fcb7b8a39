package datafolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// OpenToRead opens a data folder that exists, for a program that changes nothing in it. It may be on a read-only
// medium.
func OpenToRead(path string, now func() time.Time) (*Folder, error) {
	handle, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the data folder: %w", err)
	}
	f := &Folder{path: path, now: now, handle: handle}
	if f.opened, err = handle.Stat(); err == nil && !f.opened.IsDir() {
		err = fmt.Errorf("%s is a file: name a folder with --data", path)
	}
	if err != nil {
		return nil, errors.Join(err, handle.Close())
	}
	return f, nil
}

// InUse reports whether a server has the folder's lock, which a server of an earlier version has on a file alone. A
// server that starts at the same instant tries again.
func (f *Folder) InUse() (bool, error) {
	for _, path := range []string{f.path, f.Path(lockFile)} {
		handle, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("read the data folder: %w", err)
		}
		// On a file system without locks no server runs.
		locked := errors.Is(syscall.Flock(int(handle.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
		_ = handle.Close() // which ends the lock; only read
		if locked {
			return true, nil
		}
	}
	return false, nil
}
