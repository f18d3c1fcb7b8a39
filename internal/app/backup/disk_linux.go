package backup

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropCache makes the next reads of a synced file come from the disk, and frees the memory that the system keeps it in.
func dropCache(file *os.File) { _ = unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED) } // a wish

// flush has the disk write what the system still holds of a file, and waits for it. A sync would also commit the file
// system's journal, which the syncs of votes wait for. It keeps nothing safe: a sync follows at the end.
func flush(file *os.File) error {
	const all = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	if unix.SyncFileRange(int(file.Fd()), 0, 0, all) == nil {
		return nil
	}
	return file.Sync() // on a system without such a call; or it says what went wrong
}
