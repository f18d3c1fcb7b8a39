package database_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// TestWritePriority_GoesBeforeThoseThatWait has ten transactions wait for a long one, one of them to go first.
func TestWritePriority_GoesBeforeThoseThatWait(t *testing.T) {
	db := databasetest.Open(t)
	order, all := startLine(t, db, 10, 1)
	all.Wait()
	if (*order)[0] != "first" || len(*order) != 11 {
		t.Errorf("want the one that goes first before ten others, got %v", *order)
	}
}

// TestWritePriority_StarvesNobody has one ordinary transaction wait behind a hundred that go first.
func TestWritePriority_StarvesNobody(t *testing.T) {
	db := databasetest.Open(t)
	order, all := startLine(t, db, 1, 100)
	all.Wait()
	for i, name := range *order {
		if name == "other" {
			if i > 20 {
				t.Errorf("want the other's turn after some twenty, got it after %d", i)
			}
			return
		}
	}
	t.Error("want the other's turn")
}

// startLine holds the write lock, queues transactions behind it, and releases it. It returns the order in
// which they ran, complete once all is done.
func startLine(t *testing.T, db *database.DB, others, first int) (*[]string, *sync.WaitGroup) {
	t.Helper()
	held, release := make(chan struct{}), make(chan struct{})
	all, order := &sync.WaitGroup{}, &[]string{}
	all.Go(func() {
		err := db.Write(t.Context(), func(*database.Tx) error {
			close(held)
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	line := func(n int, name string, write func(context.Context, func(*database.Tx) error) error) {
		for range n {
			all.Go(func() {
				// The writer is one: appending needs no lock of its own.
				err := write(t.Context(), func(*database.Tx) error { *order = append(*order, name); return nil })
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	line(others, "other", db.Write)
	inLine(t, db, others)
	line(first, "first", db.WritePriority)
	inLine(t, db, others+first)
	close(release)
	return order, all
}

// inLine returns once so many transactions wait to write.
func inLine(t *testing.T, db *database.DB, want int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); db.Waiting() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want %d transactions in line, got %d", want, db.Waiting())
		}
	}
}

func TestWrite_GivesUpItsPlaceInTheLine(t *testing.T) {
	db := databasetest.Open(t)
	err := db.Write(t.Context(), func(*database.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := db.Write(ctx, func(*database.Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("want to wait no longer than the context, got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(*database.Tx) error { return nil }); err != nil {
		t.Errorf("want the line to move on, got %v", err)
	}
}
