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
