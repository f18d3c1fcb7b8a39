package database_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"urna/internal/database"
)

// TestSharing_OneActForAllThatWait has ten callers come while an act runs: they share one further act, which begins after
// the first, and its error.
func TestSharing_OneActForAllThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s database.Sharing
		var callers sync.WaitGroup
		var begun int
		release, failed := make(chan struct{}), errors.New("failed")
		act := func() error {
			begun++
			if begun == 1 {
				<-release
				return nil
			}
			return failed
		}
		callers.Go(func() {
			if err := s.Do(act); err != nil {
				t.Errorf("want the first act's own result, got %v", err)
			}
		})
		synctest.Wait()
		for range 10 {
			callers.Go(func() {
				if err := s.Do(act); !errors.Is(err, failed) {
					t.Errorf("want the error of the act that was shared, got %v", err)
				}
			})
		}
		synctest.Wait()
		if begun != 1 {
			t.Errorf("want no act beside another, got %d", begun)
		}
		close(release)
		callers.Wait()
		if begun != 2 {
			t.Errorf("want one act for the ten, got %d in all", begun)
		}
	})
}

// TestSharing_EachActBeginsAfterTheCall has many callers write before they call, and wants the act to cover each
// write.
func TestSharing_EachActBeginsAfterTheCall(t *testing.T) {
	var s database.Sharing
	var written, covered atomic.Int64
	act := func() error {
		covered.Store(written.Load())
		return nil
	}
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for range 2000 {
				mine := written.Add(1)
				if err := s.Do(act); err != nil || covered.Load() < mine {
					t.Errorf("want %d covered, got %d, %v", mine, covered.Load(), err)
				}
			}
		})
	}
	callers.Wait()
}
