package restore

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// exchange exchanges the names of two folders in one step.
func exchange(one, other string) error {
	if err := unix.Renameat2(unix.AT_FDCWD, one, unix.AT_FDCWD, other, unix.RENAME_EXCHANGE); err != nil {
		return fmt.Errorf("exchange %s and %s (this file system may not be able to; rename the old folder and restore without --replace): %w", one, other, err)
	}
	return nil
}
