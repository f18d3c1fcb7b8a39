package crash

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// watched runs a command of the program under strace and returns its exit code, what it printed and its calls, a call a line.
func watched(t *testing.T, strace []string, binary string, args ...string) (code int, out string, calls []string) {
	t.Helper()
	tool, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test watches the program's system calls with strace, which is not on this machine; on Debian: apt-get install strace")
	}
	file := filepath.Join(t.TempDir(), "calls")
	all := append([]string{"-f", "-y", "-s", "0", "-o", file}, strace...)
	command := exec.CommandContext(t.Context(), tool, append(append(all, binary), args...)...)
	printed, err := command.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	seen, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(printed), strings.Split(string(seen), "\n")
}

// event is a call that writes to a file, syncs it, or gives it another name.
type event struct {
	call string // write, sync or name
	path string // of a name the new one
}

var (
	callBegun = regexp.MustCompile(`^(\d+) +(\w+)\((.*)`)
	callEnded = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)`)
	ofFile    = regexp.MustCompile(`^\d+<([^>]*)>`)
	newName   = regexp.MustCompile(`, "([^"]*)"(?:, \w+)?\) += 0`)
)

// events reads calls in the strictest order: a write counts from its end, a sync and a name from their beginnings. Calls that
// failed are left out.
func events(calls []string) (found []event) {
	begun := map[string]string{} // by thread
	for _, line := range calls {
		if m := callBegun.FindStringSubmatch(line); m != nil {
			rest, unfinished := strings.CutSuffix(m[3], " <unfinished ...>")
			if begun[m[1]] = rest; unfinished && !strings.Contains(m[2], "sync") {
				continue
			}
			found = appendEvent(found, m[2], rest, unfinished)
		} else if m := callEnded.FindStringSubmatch(line); m != nil && !strings.Contains(m[2], "sync") {
			found = appendEvent(found, m[2], begun[m[1]]+m[3], false)
		}
	}
	return found
}

func appendEvent(to []event, call, rest string, unfinished bool) []event {
	if !unfinished && regexp.MustCompile(`= -1 `).MatchString(rest) {
		return to
	}
	file, name := ofFile.FindStringSubmatch(rest), newName.FindStringSubmatch(rest)
	switch {
	case strings.HasSuffix(call, "sync") && file != nil:
		return append(to, event{"sync", file[1]})
	case (call == "write" || call == "pwrite64" || call == "ftruncate") && file != nil:
		return append(to, event{"write", file[1]})
	case (strings.HasPrefix(call, "link") || strings.HasPrefix(call, "rename")) && name != nil:
		return append(to, event{"name", name[1]})
	}
	return to
}

const callsOfFiles = "trace=write,pwrite64,ftruncate,fsync,fdatasync,link,linkat,rename,renameat,renameat2"

// named returns the events before and after the target got its name.
func named(t *testing.T, all []event, target string) (before, after []event) {
	t.Helper()
	for i, e := range all {
		if e.call == "name" && e.path == target {
			return all[:i], all[i+1:]
		}
	}
	t.Fatalf("want %s to get its name by a link or by another name, found %v", target, all)
	return nil, nil
}

// synced reports whether the last event of a path is a sync, and whether it was written to.
func synced(all []event, path string) (safe, written bool) {
	for _, e := range all {
		if e.path == path {
			safe, written = e.call == "sync", written || e.call == "write"
		}
	}
	return safe, written
}

// aFolder makes a data folder with an election that begins later, and a file of evidence.
func aFolder(t *testing.T, folder string) {
	t.Helper()
	apptest.NewPoll(t, folder, 300, func(d *elections.Draft) {
		d.StartsAt, d.OpenNow = time.Now().Add(time.Hour), false
		d.EndsAt = d.StartsAt.Add(time.Hour)
	})
	path := filepath.Join(folder, "spool", "orphans", "1-lost.csv")
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("a file of evidence\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestBackup_IsOnDiskBeforeItHasItsName watches the real program: what a power cut leaves under the name of a backup or of a
// restored folder is whole, because every file and folder was synced after its last write and before that name, and the name
// was synced before the answer.
func TestBackup_IsOnDiskBeforeItHasItsName(t *testing.T) {
	binary, there := program.Build(t), t.TempDir()
	folder, file, target := filepath.Join(there, "data"), filepath.Join(there, "backup.tar"), filepath.Join(there, "restored")
	aFolder(t, folder)
	code, out, calls := watched(t, []string{"-e", callsOfFiles}, binary, "backup", file, "--data", folder)
	if code != 0 {
		t.Fatal(out)
	}
	before, after := named(t, events(calls), file)
	if safe, written := synced(before, file+".part"); !safe || !written {
		t.Errorf("want the backup written and then synced before it gets its name, got %v", before)
	}
	if safe, _ := synced(after, there); !safe {
		t.Errorf("want the name of the backup synced, got %v", after)
	}
	code, out, calls = watched(t, []string{"-e", callsOfFiles}, binary, "restore", file, "--data", target)
	if code != 0 {
		t.Fatal(out)
	}
	before, after = named(t, events(calls), target)
	if safe, _ := synced(after, there); !safe {
		t.Errorf("want the name of the folder synced, got %v", after)
	}
	draft, files := "", 0
	for _, e := range before {
		if path, _, ok := strings.Cut(strings.TrimPrefix(e.path, target), "/"); ok && strings.HasPrefix(path, ".restoring-") {
			draft = target + path
		}
	}
	err := filepath.WalkDir(target, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		safe, written := synced(before, draft+strings.TrimPrefix(path, target))
		if files++; !safe && (written || entry.IsDir()) {
			t.Errorf("want %s synced after its last write and before the folder gets its name", path)
		}
		return nil
	})
	if err != nil || files < 8 || draft == "" {
		t.Errorf("want the files of a data folder, found %d in %q, %v", files, draft, err)
	}
}

// TestBackup_SyscallsThatFail lets calls of the system fail in the middle of backups and restorations: nothing has the name of
// the target, nothing unfinished stays, and another try works.
func TestBackup_SyscallsThatFail(t *testing.T) {
	binary, there := program.Build(t), t.TempDir()
	folder, whole := filepath.Join(there, "data"), filepath.Join(there, "whole.tar")
	aFolder(t, folder)
	if out, err := exec.CommandContext(t.Context(), binary, "backup", whole, "--data", folder).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	for _, fault := range []struct{ inject, path string }{ // path: of calls on this file alone
		{"fsync,fdatasync:error=EIO", ""},
		{"pwrite64:error=ENOSPC", ""},
		{"pwrite64:error=EIO", ""},
		{"link,linkat,rename,renameat,renameat2:error=EIO", ""},
		{"write:error=ENOSPC", "target.part"},
		{"write:error=EIO", "target.part"},
	} {
		for _, act := range []string{"backup", "restore"} {
			target := filepath.Join(t.TempDir(), "target")
			args := []string{"backup", target, "--data", folder}
			if act == "restore" {
				args = []string{"restore", whole, "--data", target}
			}
			strace := []string{"-e", "inject=" + fault.inject}
			if fault.path != "" {
				strace = append(strace, "-P", filepath.Join(filepath.Dir(target), fault.path))
			}
			if fault.path != "" && act == "restore" {
				continue
			}
			code, out, _ := watched(t, strace, binary, args...)
			left, err := filepath.Glob(target + "*")
			unfinished, other := filepath.Glob(filepath.Join(folder, "backup-*"))
			if err := errors.Join(err, other); err != nil || code == 0 || len(left)+len(unfinished) > 0 {
				t.Errorf("%s, %v: want a refusal that leaves nothing, got %d, %v, %v, %v: %s", act, fault, code, left, unfinished, err, out)
				continue
			}
			if out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput(); err != nil {
				t.Errorf("%s after %v: want it possible again, got %v: %s", act, fault, err, out)
			}
		}
	}
}
