package anchor

import (
	"os"
	"syscall"
)

// syncData puts a file's content on disk. Its size does not change, so that its times may wait.
func syncData(file *os.File) error {
	for {
		err := syscall.Fdatasync(int(file.Fd()))
		if err != syscall.EINTR {
			return err
		}
	}
}
