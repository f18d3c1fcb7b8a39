package batch_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"urna/internal/faultvfs"
)

// TestPowerCut_AnswersAreKept plays the scenario once and then opens what a power cut would have left: with
// nothing of what was not synced, at every moment where that makes a difference, and with an arbitrary part of
// it, after any act of the disk. Every answer that was given by then is kept, and the count is exact.
//
// The uploaded files themselves are written by this program and not by SQLite. That each is on disk, with its
// name, before its row is, internal/crashtest sees from the system's own calls.
func TestPowerCut_AnswersAreKept(t *testing.T) { //nolint:tparallel // it silences the log of the whole process
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
	cut := func(t *testing.T, moment int, random *rand.Rand) {
		t.Helper()
		left := filepath.Join(t.TempDir(), strconv.Itoa(moment))
		if err := os.CopyFS(filepath.Join(left, "spool"), os.DirFS(filepath.Join(path, "spool"))); err != nil {
			t.Fatal(err)
		}
		if err := s.disk.PowerCut(moment, random, left); err != nil {
			t.Fatal(err)
		}
		s.check(t, left, moment, false)
		if t.Failed() {
			t.Fatalf("the power was cut after act %d", moment)
		}
	}
	t.Run("nothing of what was not synced", func(t *testing.T) { // it changes with a sync only
		t.Parallel()
		moments := slices.DeleteFunc(s.disk.Moments(faultvfs.Sync), func(m int) bool { return m < from })
		if len(moments) < 15 {
			t.Errorf("want a sync for each answer and each chunk at least, found %d", len(moments))
		}
		for _, moment := range append(moments, s.disk.Moment()) {
			cut(t, moment, nil)
		}
	})
	t.Run("a part of what was not synced", func(t *testing.T) {
		t.Parallel()
		// Some of the moments in each run, others each time.
		const step = 40
		seed := rand.Uint64()
		t.Logf("drawn from %d", seed)
		for moment := from + int(seed%step); moment <= s.disk.Moment(); moment += step {
			cut(t, moment, rand.New(rand.NewPCG(uint64(moment), seed)))
		}
	})
}
