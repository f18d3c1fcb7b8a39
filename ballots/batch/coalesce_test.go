package batch_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// faults keeps the log's errors, for wantNoFault.
type faults struct {
	mutex sync.Mutex
	log   bytes.Buffer
}

// Write keeps.
func (f *faults) Write(p []byte) (int, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.log.Write(p)
}

func watchFaults(t *testing.T) *faults {
	t.Helper()
	f, before := &faults{}, slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelWarn})))
	t.Cleanup(func() { slog.SetDefault(before) })
	return f
}

func (f *faults) wantNone(t *testing.T) {
	t.Helper()
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.log.Len() > 0 {
		t.Errorf("want no fault, got %s", f.log.String())
	}
}

// TestGroup_EqualsPlainModel lets many batches wait that claim each other's GUIDs, so that several are
// counted in one walk through the ledger, stops in the middle of that again and again, lets more arrive in
// between, and compares everything with the plain counting of one batch after another.
func TestGroup_EqualsPlainModel(t *testing.T) {
	faults := watchFaults(t)
	together := 0
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 5))
			m := model{held: map[ballots.GUID]bool{}, tally: ballots.Tally{ConstituencyID: 1, Votes: map[int]int64{}}}
			var wanted atomic.Int64 // lines per transaction, as the votes would have it
			var left atomic.Int64   // commits after which the writer waits to be stopped
			enough := make(chan struct{}, 1)
			var h *env
			options := batch.Options{
				ChunkLines: 20 + random.IntN(100), RunLines: 10 + random.IntN(200), Workers: 1 + random.IntN(3),
				WantedLines: func() int { return int(wanted.Load()) },
				OnCommit: func(int64) {
					wanted.Store(1 + (wanted.Load()*7+3)%90)
					if left.Add(-1) == 0 {
						enough <- struct{}{}
						<-h.batches.Stopping()
					}
				},
			}
			path := t.TempDir()
			h = open(t, path, options)
			for range 6 {
				for range 1 + random.IntN(8) {
					lines := make([]ballots.Line, 1+random.IntN(150))
					var file strings.Builder
					for i := range lines {
						lines[i] = ballots.Line{Number: int64(i + 1), GUID: guid(random.IntN(1_500)), PollNumber: int32(random.IntN(6))}
						fmt.Fprintf(&file, "%s,%d\n", lines[i].GUID, lines[i].PollNumber)
					}
					m.add(lines, 3)
					h.receive(t, file.String())
				}
				left.Store(1 + random.Int64N(4))
				h.start(t)
				h.untilEnough(t, enough)
				left.Store(0)
				h.close(t)
				select {
				case <-enough: // it was the last transaction
				default:
				}
				h = open(t, path, options)
				if h.inHand(t) > 1 {
					together++
				}
				if r := h.recount(t); len(r.Differences) != 0 {
					t.Errorf("want the tallies to equal the ledger in the middle too, got %v", r.Differences)
				}
			}
			h.start(t)
			defer h.close(t)
			h.compare(t, m)
		})
	}
	if together < 5 {
		t.Errorf("want batches that were counted together to be stopped in the middle, got %d such stops", together)
	}
	faults.wantNone(t)
}

// untilEnough waits until the writer says that it was enough, or all is counted.
func (h *env) untilEnough(t *testing.T, enough <-chan struct{}) {
	t.Helper()
	for waiting := 1; waiting > 0; {
		select {
		case <-enough:
			return
		case <-time.After(time.Millisecond):
		}
		waiting = h.inHand(t)
		queued, err := h.batches.Batches(t.Context(), batch.Filter{State: batch.Queued})
		if err != nil {
			t.Fatal(err)
		}
		waiting += len(queued)
	}
}

// inHand returns how many batches are counted in part.
func (h *env) inHand(t *testing.T) int {
	t.Helper()
	found, err := h.batches.Batches(t.Context(), batch.Filter{State: batch.Processing})
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// TestGroup_FaultIsTheBatchsOwn lets the machine refuse a ballot of the second of three batches that wait
// together: the first is counted, the second says so, and the third waits behind it.
func TestGroup_FaultIsTheBatchsOwn(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	execute := func(statement string) {
		t.Helper()
		err := h.db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), statement)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	execute(databasetest.Trigger("refuse", "BEFORE INSERT ON ballots", "NEW.batch_id = 2", databasetest.Refuse("the disk is full")))
	for i := range 3 {
		h.receive(t, fmt.Sprintf("%s,1\n%s,2\n", guid(0), guid(i+1)))
	}
	h.start(t)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		b, err := h.batches.Batch(t.Context(), 2)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the second batch failed, got %+v, %v", b, err)
		}
		if b.State == batch.Failed {
			break
		}
	}
	if b := h.await(t, 1); b.Valid != 2 || b.Failure != "" {
		t.Errorf("want the first batch counted, got %+v", b)
	}
	if b, err := h.batches.Batch(t.Context(), 3); err != nil || b.State != batch.Queued {
		t.Errorf("want the third batch to wait, got %+v, %v", b, err)
	}
	execute(databasetest.DropTrigger("refuse"))
	for id := int64(2); id <= 3; id++ {
		if b := h.await(t, id); b.Valid != 1 || b.Duplicates != 1 || b.Failure != "" {
			t.Errorf("batch %d: want one ballot and one duplicate, got %+v", id, b)
		}
	}
}

// arriving begins an upload and returns when the service has its first line, with what sends the rest and what
// breaks it off. The rest is there when the batch is accepted.
func (h *env) arriving(t *testing.T) (rest, breakOff func()) {
	t.Helper()
	body, sender := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := h.batches.Receive(context.Background(),
			batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "slow.csv"}, body)
		_ = body.CloseWithError(io.ErrClosedPipe)
		done <- err
	}()
	if _, err := io.WriteString(sender, guid(1_000_000).String()+",1\n"); err != nil {
		t.Fatal(err)
	}
	rest = func() {
		t.Helper()
		_ = sender.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	breakOff = func() {
		t.Helper()
		_ = sender.CloseWithError(io.ErrUnexpectedEOF)
		if err := <-done; err == nil {
			t.Error("want an upload that was broken off refused")
		}
	}
	return rest, breakOff
}

// TestGroup_WaitsForUploads has a batch wait while another one is being uploaded, and wants both counted in one
// transaction; and it has one wait for an upload that never ends, not for ever.
func TestGroup_WaitsForUploads(t *testing.T) {
	t.Run("ok", func(t *testing.T) {
		var commits atomic.Int64
		h := open(t, t.TempDir(), batch.Options{MaxWaitPerLine: time.Hour, OnCommit: func(int64) { commits.Add(1) }})
		h.start(t)
		rest, _ := h.arriving(t)
		first := h.receive(t, guid(0).String()+",1\n")
		time.Sleep(50 * time.Millisecond) // it would be counted long ago
		if b, err := h.batches.Batch(t.Context(), first.ID); err != nil || b.State != batch.Queued {
			t.Errorf("want the batch to wait for the other, got %+v, %v", b, err)
		}
		handOut := h.batches.HoldDispatcher() // as on a busy machine
		rest()
		time.Sleep(50 * time.Millisecond) // the first would be counted alone
		handOut()
		for id := first.ID; id <= first.ID+1; id++ {
			if b := h.await(t, id); b.Valid != 1 {
				t.Errorf("want one ballot, got %+v", b)
			}
		}
		h.close(t) // the news of the last transaction comes after its commit
		const acceptances = 2
		if got := commits.Load(); got != acceptances+1 {
			t.Errorf("want both batches counted in one transaction, got %d", got-acceptances)
		}
	})
	t.Run("upload that never ends", func(t *testing.T) {
		h := open(t, t.TempDir(), batch.Options{MaxWaitPerLine: 20 * time.Millisecond})
		defer h.close(t)
		h.start(t)
		_, breakOff := h.arriving(t)
		defer breakOff()
		if b := h.await(t, h.receive(t, guid(0).String()+",1\n").ID); b.Valid != 1 {
			t.Errorf("want one ballot, got %+v", b)
		}
	})
}

// TestQueue_CountsWhatWasSortedOnArrival takes the file of a large batch away before it is counted: what was
// sorted while it arrived is enough, and nothing of that is left in the folder.
func TestQueue_CountsWhatWasSortedOnArrival(t *testing.T) {
	databasetest.NeedsSQLite(t, "accepted files are in the database")
	path := t.TempDir()
	h := open(t, path, batch.Options{RunLines: 7_000})
	defer h.close(t)
	b := h.receive(t, string(random(30_000, 3)))
	files, err := filepath.Glob(filepath.Join(path, "spool", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("want one spool file, got %v, %v", files, err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	h.start(t)
	if got := h.await(t, b.ID); got.Valid != 30_000 {
		t.Errorf("want 30,000 valid ballots, got %+v", got)
	}
}

// TestQueue_AsksForTheWantedLines counts in transactions of as many lines as are wanted each time.
func TestQueue_AsksForTheWantedLines(t *testing.T) {
	var commits, wanted atomic.Int64
	wanted.Store(10)
	h := open(t, t.TempDir(), batch.Options{
		ChunkLines: 50, WantedLines: func() int { return int(wanted.Load()) },
		OnCommit: func(int64) { commits.Add(1) },
	})
	h.start(t)
	count := func() { h.await(t, h.receive(t, string(random(100, 3))).ID) }
	const acceptance = 1
	count()
	for deadline := time.Now().Add(time.Minute); commits.Load() < acceptance+10; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) { // the news of the last transaction comes after its commit
			t.Fatalf("want 100 lines counted in 10 transactions, got %d", commits.Load()-acceptance)
		}
	}
	first := commits.Load()
	wanted.Store(1_000_000)
	count()
	h.close(t)
	if second := commits.Load() - first; first != acceptance+10 || second != acceptance+2 {
		t.Errorf("want 100 lines counted in 10 transactions, and then, of ChunkLines at most, in 2, got %d and %d", first-acceptance, second-acceptance)
	}
}
