//go:build !linux

package anchor

import "os"

// syncData puts a file on disk.
func syncData(file *os.File) error { return file.Sync() }
