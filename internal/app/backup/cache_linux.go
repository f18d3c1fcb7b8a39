package backup

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropCache makes the next reads of a synced file come from the disk, and frees the memory that the system keeps it in.
func dropCache(file *os.File) { _ = unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED) } // a wish
