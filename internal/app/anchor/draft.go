package anchor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// superuser is the user id that may open and give away every file.
const superuser = 0

// giveToOwnerOf makes the owner of a folder the owner of a file in it, if this program is the superuser's: a server
// that is another user's must be able to open what a command of the superuser made.
func giveToOwnerOf(folder string, f *os.File) error {
	if os.Geteuid() != superuser {
		return nil
	}
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return f.Chown(int(owner.Uid), int(owner.Gid))
	}
	return nil
}

// sweep removes the drafts of anchors that killed programs left beside the anchor. A draft in use is locked.
func sweep(path string) error {
	folder, prefix := filepath.Split(path + draftEnd)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), prefix) {
			continue
		}
		name := filepath.Join(folder, entry.Name())
		draft, err := os.Open(name)
		if err != nil {
			continue // another program has swept it, or it is another user's
		}
		if syscall.Flock(int(draft.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		errs = append(errs, draft.Close())
	}
	return errors.Join(errs...)
}
