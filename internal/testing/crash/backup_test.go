package crash

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// TestBackup_KilledWritesAndRestoresLeaveAllOrNothing kills urna backup and urna restore at random moments: a file or a
// folder with the target's name is whole, and a folder that was to be replaced is there, old or new.
func TestBackup_KilledWritesAndRestoresLeaveAllOrNothing(t *testing.T) {
	binary := program.Build(t)
	there := t.TempDir()
	folder, file, target := filepath.Join(there, "data"), filepath.Join(there, "backup.tar"), filepath.Join(there, "restored")
	apptest.NewPoll(t, folder, 3000, func(d *elections.Draft) {
		d.StartsAt, d.OpenNow = time.Now().Add(time.Hour), false
		d.EndsAt = d.StartsAt.Add(time.Hour)
	})
	orphans := filepath.Join(folder, "spool", "orphans")
	if err := os.MkdirAll(orphans, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(orphans, "large.csv"), []byte(strings.Repeat("a file of evidence\n", 1<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (took time.Duration) {
		t.Helper()
		began := time.Now()
		if out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return time.Since(began)
	}
	kill := func(longest time.Duration, args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), binary, args...)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(longest + longest/4))
		_ = command.Process.Kill() // it may have ended
		_ = command.Wait()
	}
	exists := func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	}
	longest := run("backup", file, "--data", folder)
	killed := 0
	for range max(4, *rounds/10) {
		_ = os.Remove(file)
		kill(longest, "backup", file, "--data", folder)
		if !exists(file) {
			killed++
			run("backup", file, "--data", folder) // beside what the killed one left
		}
		run("restore", file, "--check")
	}
	if left, err := filepath.Glob(filepath.Join(folder, "backup-*")); err != nil || len(left) > 1 {
		t.Errorf("want the copies that killed programs left removed by the next backup, found %v, %v", left, err)
	}
	longest = run("restore", file, "--data", target)
	run("verify", "--data", target)
	for n := range max(4, *rounds/10) {
		args := []string{"restore", file, "--data", target}
		if n%2 == 0 {
			args = append(args, "--replace")
		} else if err := os.RemoveAll(target); err != nil {
			t.Fatal(err)
		}
		kill(longest, args...)
		switch {
		case exists(target):
			run("verify", "--data", target)
		case n%2 == 0:
			t.Fatal("want the folder that was to be replaced there, old or new")
		default:
			killed++
			run("restore", file, "--data", target)
		}
		former, _ := filepath.Glob(target + ".replaced-*")
		for _, path := range former {
			run("verify", "--data", path)
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	run("restore", file, "--data", target, "--replace")
	if left, err := filepath.Glob(target + ".restoring-*"); err != nil || len(left) > 0 {
		t.Errorf("want what killed restorations left removed by the next one, found %v, %v", left, err)
	}
	if killed == 0 {
		t.Error("want some killed in time")
	}
}
