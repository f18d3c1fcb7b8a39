package batch_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/internal/database"
)

const mebibyte = 1 << 20

// diskOf is a disk of 100 GiB with so many mebibytes free.
func diskOf(free *atomic.Int64) func(string) (int64, int64, error) {
	return func(string) (int64, int64, error) { return 100 << 30, free.Load() * mebibyte, nil }
}

func TestSpace_CountingLeavesHalfOfTheReserve(t *testing.T) {
	var free atomic.Int64
	free.Store(5000)
	h := open(t, t.TempDir(), batch.Options{DiskFree: diskOf(&free), RetryAfter: time.Millisecond})
	defer h.close(t)
	b := h.receive(t, string(random(10, 3)))
	free.Store(511) // half of the most that is reserved, a gibibyte, is 512
	h.start(t)
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(time.Millisecond) {
		now, err := h.batches.Batch(t.Context(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		if now.State == batch.Failed {
			break
		}
		if now.State == batch.Counted || time.Now().After(deadline) {
			t.Fatalf("want counting stopped, got %s", now.State)
		}
	}
	_, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID}, strings.NewReader(string(random(10, 3))))
	if !errors.Is(err, batch.ErrDiskReserve) {
		t.Errorf("want the upload refused, got %v", err)
	}
	free.Store(512)
	h.await(t, b.ID)
}

func TestSpace_TheReserveIsAPartOfTheDisk(t *testing.T) {
	for name, c := range map[string]struct {
		size, free, option int64 // mebibytes
		refused            bool
	}{
		"a small disk":           {100, 64, 0, true},
		"a small disk, 1 MiB on": {100, 65, 0, false},
		"5 % of a usual one":     {10_000, 500, 0, true},
		"and 1 MiB more":         {10_000, 501, 0, false},
		"1 GiB of a large one":   {1_000_000, 1024, 0, true},
		"1 GiB and 1 MiB":        {1_000_000, 1025, 0, false},
		"as the option says":     {1_000_000, 10, 10, true},
		"and more":               {1_000_000, 11, 10, false},
	} {
		disk := func(string) (int64, int64, error) { return c.size * mebibyte, c.free * mebibyte, nil }
		h := open(t, t.TempDir(), batch.Options{DiskFree: disk, DiskReserve: c.option * mebibyte})
		d := batch.Delivery{Actor: official, ElectionID: h.election.ID}
		if _, err := h.batches.CheckIn(t.Context(), d, strings.NewReader(string(random(1, 3)))); errors.Is(err, batch.ErrDiskReserve) != c.refused {
			t.Errorf("%s: want refused %v, got %v", name, c.refused, err)
		}
		h.close(t)
	}
}

// TestSpace_AnAccountThatEndsLeavesNothing disables an account while one of its files waits and others arrive.
func TestSpace_AnAccountThatEndsLeavesNothing(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.checkIn(t, string(random(10, 3)))
	d := batch.Delivery{Actor: official, ElectionID: h.election.ID}
	send := map[string]func(io.Reader) error{
		"to wait": func(body io.Reader) error { _, err := h.batches.CheckIn(t.Context(), d, body); return err },
		"to count": func(body io.Reader) error {
			_, err := h.batches.Receive(t.Context(), d, body)
			return err
		},
	}
	bodies, errs := map[string]*io.PipeWriter{}, map[string]chan error{}
	for name, fn := range send {
		body, arriving := io.Pipe()
		bodies[name], errs[name] = arriving, make(chan error, 1)
		go func() { errs[name] <- fn(body) }()
		if _, err := arriving.Write(random(1, 3)); err != nil {
			t.Fatal(err)
		}
	}
	end := func(tx *database.Tx) error { return h.batches.EndAccount(context.Background(), tx, official.ID) }
	if err := h.db.Write(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	for name, arriving := range bodies {
		_ = arriving.Close()
		if err := <-errs[name]; !errors.Is(err, batch.ErrAccountEnded) {
			t.Errorf("%s: want the arriving file refused, got %v", name, err)
		}
	}
	h.wantFiles(t, 0)
	if waiting, err := h.batches.Uploads(t.Context(), official.ID); err != nil || len(waiting) != 0 {
		t.Errorf("want no upload, got %v, %v", waiting, err)
	}
}
