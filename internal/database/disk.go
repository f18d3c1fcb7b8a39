package database

import (
	"errors"
	"os"
	"syscall"
)

// DiskSpace returns the size of the file system of a folder and how much of it this process may still fill, in bytes. The
// error is the system's own.
func DiskSpace(folder string) (size, free int64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, 0, err
	}
	unit := int64(s.Bsize) //nolint:unconvert // another type on other systems
	return int64(s.Blocks) * unit, int64(s.Bavail) * unit, nil
}

// SyncFolder puts a folder's list of files on disk, so that a file made or removed in it is so after a power cut too.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
