package countersign

import (
	"runtime"
	"testing"
	"time"

	"urna/internal/audit"
	"urna/internal/testing/databasetest"
)

// BenchmarkLog measures the tree over a million events: the first reading with the memory that stays, and what requests
// cost after that.
func BenchmarkLog(b *testing.B) {
	db := databasetest.Open(b)
	const events = 1_000_000
	fill(b, db, 1, events)
	s, err := New(db, &audit.Log{}, make([]byte, 32), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	before := heap()
	begun := time.Now()
	if _, err := s.Head(b.Context()); err != nil {
		b.Fatal(err)
	}
	first, kept := time.Since(begun), heap()-before
	b.Run("checkpoint", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Head(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(first.Seconds(), "s-first")
		b.ReportMetric(float64(kept)/1024, "KiB-kept")
	})
	b.Run("signed again", func(b *testing.B) {
		for b.Loop() {
			s.current = false
			if _, err := s.Head(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("consistency", func(b *testing.B) {
		for i := int64(1); b.Loop(); i++ {
			later := events - i*7919%1000
			if _, err := s.Consistency(b.Context(), i*104729%later, later); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// heap returns the bytes of live objects.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
