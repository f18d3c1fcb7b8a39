package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
)

// Build returns the path of the program, built from the present sources. Under the race detector the program is built
// with it too, and then ends with a failure if it saw a race. All test processes share one file for each of the two:
// the go command links it again only if a source has changed. The test gets a link of its own, which stays as it is if
// another process builds other sources.
func Build(t *testing.T) string {
	t.Helper()
	shared, err := build()
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "urna")
	if err := locked(shared, func() error { return link(shared, own) }); err != nil {
		t.Fatal(err)
	}
	return own
}

// build brings the shared file up to date, once in a process, and returns its path.
var build = sync.OnceValues(func() (shared string, err error) {
	if shared, err = sharedFile(); err != nil {
		return "", err
	}
	args := []string{"build", "-tags", "nomsgpack", "-ldflags", "-s -w", "-o", shared}
	if underRaceDetector() {
		args = append(args, "-race")
	}
	return shared, locked(shared, func() error {
		if output, err := exec.CommandContext(context.Background(), "go", append(args, "urna")...).CombinedOutput(); err != nil {
			return fmt.Errorf("build the program: %w\n%s", err, output)
		}
		return nil
	})
})

// sharedFile returns the path of the program that is built from this copy of the sources, in the user's cache.
func sharedFile() (string, error) {
	module, err := exec.CommandContext(context.Background(), "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(module)
	name := "urna"
	if underRaceDetector() {
		name = "urna-race"
	}
	folder := filepath.Join(cache, "urna-tests", hex.EncodeToString(sum[:8]))
	return filepath.Join(folder, name), os.MkdirAll(folder, 0o700)
}

// locked calls fn while no other process has the lock of the shared file.
func locked(shared string, fn func() error) error {
	file, err := os.OpenFile(shared+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // ends the lock
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	return fn()
}

// link gives a file a second name, or copies it to another file system.
func link(from, to string) error {
	if err := os.Link(from, to); err == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// underRaceDetector reports whether this very test was built with -race.
func underRaceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}
