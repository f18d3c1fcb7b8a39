package backup

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestRetain_KeepsTheNewestAndOneOfEachDay makes a backup every six hours for ten days, beside other files.
func TestRetain_KeepsTheNewestAndOneOfEachDay(t *testing.T) {
	folder := t.TempDir()
	start := time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)
	for i := range 40 {
		name := FileName(start.Add(time.Duration(i)*6*time.Hour), i%2 == 0)
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	others := []string{"urna-notes.tar", "urna-20261101T030000Z.tar.gz", "other.tar.age", "urna-20251101T030000Z.tar.part"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Retain(Plan{Folder: folder, Keep: 5, KeepDays: 4}); err != nil {
		t.Fatal(err)
	}
	files, err := Files(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Made.Format("02T15"))
	}
	want := []string{"10T21", "10T15", "10T09", "10T03", "09T21", "08T21", "07T21"}
	if !slices.Equal(got, want) {
		t.Errorf("want %v, got %v", want, got)
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Errorf("want %s left alone, got %v", name, err)
		}
	}
}

// TestSweep_RemovesWhatNoProgramUses has copies of the database that killed programs left, with and without the journals of a
// disk that failed, and one that is in use.
func TestSweep_RemovesWhatNoProgramUses(t *testing.T) {
	folder := t.TempDir()
	used, err := newCopyFile(folder)
	if err != nil {
		t.Fatal(err)
	}
	kept := []string{filepath.Base(used.path), filepath.Base(used.path) + "-journal", "backup-notes.txt", "other.part"}
	for _, name := range append([]string{"backup-1.part", "backup-1.part-journal", "backup-2.part-journal"}, kept[1:]...) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("a vote"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Sweep(folder); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(kept)
	if !slices.Equal(got, kept) {
		t.Errorf("want %v left, got %v", kept, got)
	}
	if err := used.remove(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(used.path + "*"); err != nil || len(left) > 0 {
		t.Errorf("want the copy removed with its journal, found %v, %v", left, err)
	}
}
