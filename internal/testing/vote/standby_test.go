package vote

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/program"
)

var shipEvery = flag.Duration("every", time.Minute, "how often a backup is shipped to the standby")

// TestVote_Standby measures where it is told to what a second machine lacks that takes over with the newest of the backups
// that were shipped, after the first one was killed among votes; else it only sees that it takes over, that it has every vote
// before the newest backup, and that the report names the missing votes.
func TestVote_Standby(t *testing.T) {
	if !*measuring {
		*voters, *seconds, *rates = 2_000, 1, "500" // the first backup is made at once
	}
	s := newBesides(t)
	key, recipient := identity(t)
	shipped := t.TempDir()
	backups := exec.CommandContext(t.Context(), s.binary, "backup", shipped, "--data", s.data, "--every", shipEvery.String(), "--keep", "3", "--to", recipient)
	backups.Stderr = t.Output()
	if err := backups.Start(); err != nil {
		t.Fatal(err)
	}
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(shipped, "*.age"))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(found)
		return found
	}
	for deadline := time.Now().Add(time.Minute); len(files()) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("want a backup")
		}
	}
	s.vote(t, "while backups are shipped")
	s.server.Kill(t)
	_ = backups.Process.Kill() // it may have ended
	_ = backups.Wait()
	all := files()
	newest := all[len(all)-1]
	written, err := os.Stat(newest)
	if err != nil {
		t.Fatal(err)
	}
	age := time.Since(written.ModTime())

	began := time.Now()
	second := filepath.Join(t.TempDir(), "second")
	report := s.run(t, "restore", newest, "--data", second, "--identity", key, "--anchor", filepath.Join(s.data, "urna.anchor"))
	server := program.Serve(t, s.binary, second, "--accept-rollback", "The first machine failed.")
	took := time.Since(began)
	server.Stop(t)
	has := ballotsOf(t, second)
	fmt.Fprintf(t.Output(), "a backup every %v: the newest of %d was %v old at the kill; of %d votes that were answered %d are missing (%.1f seconds of them); the second machine answered %v after the restore began\n%s\n",
		*shipEvery, len(all), age.Round(time.Millisecond), s.sent, s.sent-has, float64(s.sent-has)/float64(s.sent)*float64(len(strings.Split(*rates, ",")))**seconds,
		took.Round(time.Millisecond), report)
	if has > s.sent {
		t.Errorf("want at most the %d votes that were answered, got %d", s.sent, has)
	}
	if has < s.sent && !strings.Contains(report, "online") {
		t.Errorf("want the votes that are missing in the report, got %s", report)
	}
	program.Verify(t, s.binary, second)
}

// ballotsOf counts the votes that a data folder has.
func ballotsOf(t *testing.T, data string) (n int) {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(data, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Pool().QueryRowContext(context.Background(), `SELECT count(*) FROM online_ballots`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
