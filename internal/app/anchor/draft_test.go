package anchor

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// TestCreate_BelongsToTheOwnerOfTheFolder creates an anchor as the superuser in a folder of another user.
func TestCreate_BelongsToTheOwnerOfTheFolder(t *testing.T) {
	if os.Geteuid() != superuser {
		t.Skip("NOT RUN AS ROOT: the owner of an anchor that a command of the superuser makes is not tested")
	}
	folder := t.TempDir()
	const owner = 4711
	if err := os.Chown(folder, owner, owner); err != nil {
		t.Fatal(err)
	}
	f, err := create(filepath.Join(folder, Name), slot{folder: newIdentity(), number: 1, state: state(1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.handle.Close() }()
	info, err := f.handle.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if found, ok := info.Sys().(*syscall.Stat_t); !ok || found.Uid != owner || found.Gid != owner {
		t.Errorf("want the file of user %s, got %+v", strconv.Itoa(owner), info.Sys())
	}
}

// TestSweep_DraftsOfKilledPrograms keeps the draft that another program is about to use.
func TestSweep_DraftsOfKilledPrograms(t *testing.T) {
	a, _, _ := anchored(t)
	path := a.file.handle.Name()
	left, used := path+draftEnd+"1", path+draftEnd+"2"
	for _, name := range []string{left, used, path + ".other"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	handle, err := os.Open(used)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = handle.Close() }()
	if err := syscall.Flock(int(handle.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Settings{Path: path, DB: a.db, Log: a.log, Now: nil})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.file.handle.Close() }()
	for name, want := range map[string]bool{left: false, used: true, path + ".other": true, path: true} {
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s: want it there: %v, got %v", name, want, err)
		}
	}
}
