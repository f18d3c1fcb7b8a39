package batch_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/internal/audit"
	"urna/internal/testing/clock"
)

// settle waits until a batch has come to rest.
func (h *env) settle(t *testing.T, id int64) batch.Batch {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		b, err := h.batches.Batch(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if b.Settled() {
			return b
		}
	}
	t.Fatalf("batch %d did not come to rest", id)
	return batch.Batch{}
}

// TestRetraction_EqualsUploadingWhatStands plays random uploads, retractions, restorations and restarts,
// and compares every step's end with the plain counting of the batches that stand, in their order.
func TestRetraction_EqualsUploadingWhatStands(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 9))
			options := batch.Options{ChunkLines: 1 + random.IntN(40), RunLines: 1 + random.IntN(60)}
			path := t.TempDir()
			h := open(t, path, options)
			h.start(t)
			var uploads [][]ballots.Line
			standing := map[int64]bool{}
			for range 40 {
				switch act := random.IntN(10); {
				case act < 3 || len(uploads) == 0:
					lines := make([]ballots.Line, 1+random.IntN(60))
					var file strings.Builder
					for i := range lines {
						lines[i] = ballots.Line{Number: int64(i + 1), GUID: guid(random.IntN(50)), PollNumber: int32(random.IntN(6))}
						fmt.Fprintf(&file, "%s,%d\n", lines[i].GUID, lines[i].PollNumber)
					}
					b := h.receive(t, file.String())
					uploads = append(uploads, lines)
					standing[b.ID] = true
				case act < 9:
					id := 1 + random.Int64N(int64(len(uploads)))
					h.settle(t, id)
					move := h.batches.Restore
					if standing[id] {
						move = h.batches.Retract
					}
					if _, err := move(t.Context(), official, id, "a test"); err != nil {
						t.Fatal(err)
					}
					standing[id] = !standing[id]
				default: // whatever is in hand
					h.close(t)
					h = open(t, path, options)
					h.start(t)
				}
				h.equalsFiles(t) // at any chunk
			}
			defer h.close(t)
			h.compareStanding(t, uploads, standing)
		})
	}
}

// compareStanding compares the ledger with the plain counting of the batches that stand.
func (h *env) compareStanding(t *testing.T, uploads [][]ballots.Line, standing map[int64]bool) {
	t.Helper()
	m := model{held: map[ballots.GUID]bool{}, tally: ballots.Tally{ConstituencyID: 1, Votes: map[int]int64{}}}
	for i, lines := range uploads {
		id := int64(i + 1)
		if !standing[id] {
			lines = nil
		}
		m.add(lines, 3)
		got, want := h.settle(t, id), m.batches[i]
		if got.Valid != want.Valid || got.Invalid != want.Invalid || got.Duplicates != want.Duplicates || (got.State == batch.Counted) != standing[id] {
			t.Errorf("batch %d: want %+v standing %v, got %+v", id, want, standing[id], got)
		}
		invalid, _, err := h.batches.InvalidLines(t.Context(), official, id, 0, 1_000)
		if err != nil || !slices.Equal(m.invalid[i], invalid) {
			t.Errorf("batch %d: lines that do not count differ: %s, %v", id, cmp.Diff(m.invalid[i], invalid), err)
		}
	}
	if len(m.held) == 0 {
		m.tally = ballots.Tally{} // of no line; rows that went back to nothing are gone
	}
	if diff := cmp.Diff(m.tally, h.tally(t)); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
	if r := h.recount(t); len(r.Differences) != 0 || r.Ballots != int64(len(m.held)) {
		t.Errorf("want a recount of %d ballots without differences, got %+v", len(m.held), r)
	}
	h.equalsFiles(t)
}

// equalsFiles compares ledger and lines that do not count with the files, at whatever chunk the count is.
func (h *env) equalsFiles(t *testing.T) {
	t.Helper()
	if n, differences := h.compareFiles(t, filepath.Join(h.path, "spool")); len(differences) != 0 || len(n.Skipped) != 0 {
		t.Errorf("want the ledger to follow from the files, got %+v, %q", n, differences)
	}
}

// TestRetract_AClockInDoubtHasEndedNothing retracts a batch after an end at which nothing closed, because the time is
// in doubt, and again once the time is confirmed.
func TestRetract_AClockInDoubtHasEndedNothing(t *testing.T) {
	now, transitions := clock.At(time.Now()), clock.At(time.Now())
	h := open(t, t.TempDir(), batch.Options{Now: now.Now, Transitions: transitions.Now})
	defer h.close(t)
	h.start(t)
	want := func(when string, late int) {
		t.Helper()
		b := h.await(t, h.receive(t, guid(late).String()+",1\n").ID)
		if _, err := h.batches.Retract(t.Context(), official, b.ID, "uploaded for another town"); err != nil {
			t.Fatal(err)
		}
		h.settle(t, b.ID)
		var n int
		const query = `SELECT sum(retractions_after_end) FROM batches`
		if err := h.db.Pool().QueryRowContext(t.Context(), query).Scan(&n); err != nil || n != late {
			t.Errorf("%s: want %d retractions after the end, got %d, %v", when, late, n, err)
		}
	}
	now.Move(2 * time.Hour)
	want("in doubt", 0)
	transitions.Move(2 * time.Hour)
	want("confirmed", 1)
}

func TestRetraction_RefusesAndRemembers(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	b := h.await(t, h.receive(t, guid(1).String()+",1\n").ID)
	if _, err := h.batches.Retract(t.Context(), official, b.ID, "  "); err == nil {
		t.Error("want a reason asked for")
	}
	if _, err := h.batches.Restore(t.Context(), official, b.ID, "x"); !errors.Is(err, batch.ErrNotRetracted) {
		t.Errorf("want a counted batch not restored, got %v", err)
	}
	if _, err := h.batches.Retract(t.Context(), official, 99, "x"); !errors.Is(err, ballots.ErrUnknownBatch) {
		t.Errorf("want an unknown batch refused, got %v", err)
	}
	if _, err := h.batches.Retract(t.Context(), official, b.ID, "uploaded for another town"); err != nil {
		t.Fatal(err)
	}
	got := h.settle(t, b.ID)
	if got.State != batch.Retracted || got.Reason != "uploaded for another town" || got.Lines != 1 || got.Valid != 0 {
		t.Errorf("want it out of the count, visible, with its reason, got %+v", got)
	}
	if _, err := h.batches.Retract(t.Context(), official, b.ID, "again"); !errors.Is(err, batch.ErrNotCounted) {
		t.Errorf("want a second retraction refused, got %v", err)
	}
	events, err := audit.NewReader(h.db.Pool()).Events(t.Context(), audit.Filter{Action: "batch-retracting"})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, "another town") {
		t.Errorf("want it on the record with its reason, got %+v, %v", events, err)
	}
	// The file is free to be uploaded again, as a batch of its own.
	if again := h.await(t, h.receive(t, guid(1).String()+",1\n").ID); again.Valid != 1 {
		t.Errorf("want the ballot counted from the new batch, got %+v", again)
	}
}

// TestRetraction_ManyAtOnce moves batches out of the count and back from several sides at once, so that the
// queue is looked at while others come to their ends: none may be handed out twice.
func TestRetraction_ManyAtOnce(t *testing.T) {
	var log strings.Builder
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	const batches, rounds = 8, 12
	var moving sync.WaitGroup
	for i := range batches {
		id := h.receive(t, fmt.Sprintf("%s,1\n%s,2\n", guid(i), guid(100+i))).ID
		moving.Go(func() {
			for range rounds {
				for _, move := range []func(context.Context, audit.Actor, int64, string) (batch.Batch, error){h.batches.Retract, h.batches.Restore} {
					h.settle(t, id)
					if _, err := move(t.Context(), official, id, "a test"); err != nil {
						t.Errorf("batch %d: %v", id, err)
						return
					}
				}
			}
		})
	}
	moving.Wait()
	for id := range int64(batches) {
		if b := h.settle(t, id+1); b.State != batch.Counted || b.Valid != 2 {
			t.Errorf("batch %d: want it back in the count, got %+v", id+1, b)
		}
	}
	if strings.Contains(log.String(), "ERROR") {
		t.Errorf("want no fault, got %s", log.String())
	}
	if r := h.recount(t); len(r.Differences) != 0 || r.Ballots != 2*batches {
		t.Errorf("want a recount without differences, got %+v", r)
	}
}

// TestRetraction_OfABatchThatWasJustCounted retracts a batch after its last commit, while the writer still holds it. It
// is handed out once; a second time would fail and hold up the batches behind it.
func TestRetraction_OfABatchThatWasJustCounted(t *testing.T) {
	var log strings.Builder
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	var h *env
	var once sync.Once
	asked := make(chan struct{})
	h = open(t, t.TempDir(), batch.Options{OnCommit: func(int64) {
		if b, err := h.batches.Batch(context.Background(), 1); err != nil || b.State != batch.Counted {
			return
		}
		once.Do(func() {
			defer close(asked)
			if _, err := h.batches.Retract(context.Background(), official, 1, "a test"); err != nil {
				t.Error(err)
			}
			for deadline := time.Now().Add(10 * time.Second); !h.batches.IsMoving(1) && time.Now().Before(deadline); {
				time.Sleep(time.Millisecond)
			}
		})
	}})
	defer h.close(t)
	h.start(t)
	h.receive(t, fmt.Sprintf("%s,1\n", guid(1)))
	<-asked
	if b := h.settle(t, 1); b.State != batch.Retracted {
		t.Fatalf("want it retracted, got %+v", b)
	}
	h.settle(t, h.receive(t, fmt.Sprintf("%s,1\n", guid(2))).ID)
	if strings.Contains(log.String(), "ERROR") {
		t.Errorf("want no fault, got %s", log.String())
	}
}
