package online

import (
	"bufio"
	"errors"
	"os"
	"testing"

	"urna/internal/database"
)

// TestSpool_AFullDiskIsToldSo writes keys to the system's device that is always full, more than are held back and
// fewer: the refusal tells of the disk, and not that something went wrong.
func TestSpool_AFullDiskIsToldSo(t *testing.T) {
	for name, keys := range map[string]int{"while the roll is read": 5000, "at its end": 1} {
		t.Run(name, func(t *testing.T) {
			full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			p, err := newSpool(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = errors.Join(full.Close(), p.close()) })
			p.writer.Reset(bufio.NewWriterSize(full, 1))
			var failed error
			for range keys {
				failed = errors.Join(failed, p.add(&Key{PersonalID: "voter", GUID: newGUID().String()}))
			}
			failed = errors.Join(failed, p.finish())
			if !errors.Is(failed, database.ErrDiskFull) {
				t.Errorf("want the full disk told, got %v", failed)
			}
		})
	}
}
