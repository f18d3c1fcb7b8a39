//go:build !linux

package timeguard

// synchronised always returns true: this system does not tell.
func synchronised() bool { return true }
