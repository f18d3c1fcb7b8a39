package app_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"urna/internal/app"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// BenchmarkOpen measures how long a command waits for its data folder: for a new one, and for one that is there.
func BenchmarkOpen(b *testing.B) {
	open := func(b *testing.B, path string) {
		b.Helper()
		a, err := app.Open(b.Context(), path, apptest.Options(&clock.Clock{}))
		if err != nil {
			b.Fatal(err)
		}
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("new", func(b *testing.B) {
		folder := b.TempDir()
		for i := 0; b.Loop(); i++ {
			open(b, filepath.Join(folder, strconv.Itoa(i)))
		}
	})
	b.Run("there", func(b *testing.B) {
		folder := b.TempDir()
		open(b, folder)
		for b.Loop() {
			open(b, folder)
		}
	})
}
