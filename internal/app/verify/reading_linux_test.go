package verify_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/app/verify"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// verified makes all checks of a folder and returns their report.
func verified(t *testing.T, path string, o verify.Options) *verify.Report {
	t.Helper()
	folder, err := app.OpenForReading(t.Context(), path, app.ReadOptions{Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Folder(t.Context(), folder, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	return report
}

// content returns the names, modes, times and hashes of all in a folder.
func content(t *testing.T, path string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %s %s", path, info.Mode(), info.ModTime())
		if info.Mode().IsRegular() {
			bytes, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %x", sha256.Sum256(bytes))
		}
		found = append(found, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// leaveLog makes a folder look as after a kill: its database has a log beside it.
func leaveLog(t *testing.T, from, to string) {
	t.Helper()
	e := apptest.Open(t, from, &clock.Clock{})
	err := e.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO participants (name, short_name, kind, color, created_at) VALUES ('In the log', '', 'party', '', 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(to, "urna.db-wal")); err != nil || info.Size() == 0 {
		t.Fatalf("want a log left over, got %v, %v", info, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFolder_ChangesNothing verifies folders in all states in which they are found: nothing in them changes, and no
// file appears, not for a moment that is left behind.
func TestFolder_ChangesNothing(t *testing.T) {
	for _, c := range []struct {
		name     string
		folder   func(t *testing.T) string
		readOnly bool
	}{
		{"closed", closedFolder, false},
		{"closed, on a read-only medium", closedFolder, true},
		{"after a kill", killedFolder, false},
		{"after a kill, on a read-only medium", killedFolder, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.folder(t)
			if c.readOnly {
				lock(t, path)
			}
			before := content(t, path)
			scratch := t.TempDir()
			folder, err := app.OpenForReading(t.Context(), path, app.ReadOptions{Scratch: scratch})
			if err != nil {
				t.Fatal(err)
			}
			report, err := verify.Folder(t.Context(), folder, verify.Options{})
			if err != nil || len(report.Differences) > 0 || len(report.Checks) < 3 {
				t.Errorf("want no difference, got %+v, %v", report, err)
			}
			if during := content(t, path); !slices.Equal(before, during) {
				t.Errorf("want the folder as it was while it is open:\n%s\ngot\n%s", strings.Join(before, "\n"), strings.Join(during, "\n"))
			}
			if err := folder.Close(); err != nil {
				t.Error(err)
			}
			if after := content(t, path); !slices.Equal(before, after) {
				t.Errorf("want the folder as it was:\n%s\ngot\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
			}
			if left := content(t, scratch); len(left) != 1 {
				t.Errorf("want nothing left in the scratch folder, got %q", left)
			}
		})
	}
}

func closedFolder(t *testing.T) string {
	t.Helper()
	path := t.TempDir()
	if err := apptest.Open(t, path, &clock.Clock{}).Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func killedFolder(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "killed")
	leaveLog(t, t.TempDir(), path)
	return path
}

// lock takes the permission to write from a folder and all in it, until the test ends. For root, who needs no
// permission, it mounts the folder read-only.
func lock(t *testing.T, path string) {
	t.Helper()
	change := func(folder, file fs.FileMode) {
		_ = filepath.WalkDir(path, func(path string, entry fs.DirEntry, _ error) error {
			if entry.IsDir() {
				return os.Chmod(path, folder)
			}
			return os.Chmod(path, file)
		})
	}
	change(0o500, 0o400)
	t.Cleanup(func() { change(0o700, 0o600) })
	if os.Geteuid() != 0 {
		return
	}
	if err := syscall.Mount(path, path, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("root writes everywhere, and may not mount here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(path, 0); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mount("", path, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("root writes everywhere, and may not mount here: %v", err)
	}
	if err := os.WriteFile(filepath.Join(path, "new"), nil, 0o600); err == nil {
		t.Fatal("want nothing to be writable here")
	}
}

// TestFolder_ReadsALogLeftOver has the last change in the log alone.
func TestFolder_ReadsALogLeftOver(t *testing.T) {
	folder, err := app.OpenForReading(t.Context(), killedFolder(t), app.ReadOptions{Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Close() }()
	all, err := folder.Participants.All(t.Context())
	if err != nil || len(all) != 1 {
		t.Errorf("want the participant of the log, got %v, %v", all, err)
	}
}

// TestFolder_InUseIsReadBesideTheServer writes after the folder was opened for reading, which sees it.
func TestFolder_InUseIsReadBesideTheServer(t *testing.T) {
	e := apptest.New(t)
	for i := range 2 {
		err := e.DB.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO participants (name, short_name, kind, color, created_at) VALUES ($1, '', 'party', '', 0)`, strconv.Itoa(i))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		scratch := t.TempDir()
		folder, err := app.OpenForReading(t.Context(), e.Path, app.ReadOptions{Scratch: scratch})
		if err != nil {
			t.Fatal(err)
		}
		all, err := folder.Participants.All(t.Context())
		if err != nil || len(all) != i+1 {
			t.Errorf("want %d participants, got %v, %v", i+1, all, err)
		}
		if _, err := verify.Folder(t.Context(), folder, verify.Options{}); err != nil {
			t.Error(err)
		}
		if err := folder.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(e.Path, "urna.db-wal")); err != nil {
			t.Errorf("want the server's log left alone, got %v", err)
		}
	}
}

// TestFolder_WrittenMeanwhileIsNoAnswer opens a closed folder that a program writes before the checks end.
func TestFolder_WrittenMeanwhileIsNoAnswer(t *testing.T) {
	path := closedFolder(t)
	folder, err := app.OpenForReading(t.Context(), path, app.ReadOptions{Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Close() }()
	e := apptest.Open(t, path, &clock.Clock{})
	e.AddAccount(t, "Ada", auth.Administrator)
	if _, err := verify.Folder(t.Context(), folder, verify.Options{}); !errors.Is(err, app.ErrChangedMeanwhile) {
		t.Errorf("want %v, got %v", app.ErrChangedMeanwhile, err)
	}
}
