package batch_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPowerCut_AnswersAreKept plays the scenario once and then opens what a power cut would have left: with
// nothing of what was not synced, at every moment where that makes a difference, and with an arbitrary part of
// it, after any act of the disk. Every answer that was given by then is kept, and the count is exact.
//
// The uploaded files themselves are written by this program and not by SQLite. That each is on disk, with its
// name, before its row is, internal/testing/crash sees from the system's own calls.
func TestPowerCut_AnswersAreKept(t *testing.T) {
	quiet(t)
	s := &scenario{disk: failing(t)}
	path := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	s.h = openThrough(t, path, s.disk.VFS, shortWaits())
	from := s.disk.Moment()
	s.h.start(t)
	s.play(t)
	s.end()
	if s.refused != 0 || len(s.answered) != 6 {
		t.Fatalf("want everything accepted on a good disk, got %+v", s.answered)
	}
	// A sync for each answer and each chunk at least.
	s.disk.EachPowerCut(t, from, 15, 40, func(t *testing.T, left string, moment int) {
		t.Helper()
		if err := os.CopyFS(filepath.Join(left, "spool"), os.DirFS(filepath.Join(path, "spool"))); err != nil {
			t.Fatal(err)
		}
		s.check(t, left, moment, false)
	})
}
