//go:build !linux

package restore

import "errors"

// exchange exchanges the names of two folders in one step, which this system cannot.
func exchange(string, string) error {
	return errors.New("this system cannot exchange two folders in one step: rename the old folder, and restore without --replace")
}
