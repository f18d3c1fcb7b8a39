package batch_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

// guid returns the nth GUID of the tests.
func guid(n int) ballots.GUID {
	g, ok := ballots.ParseGUID(fmt.Appendf(nil, "00000000-0000-4000-8000-%012x", n+1))
	if !ok {
		panic(n)
	}
	return g
}

func TestCount_EveryLineIsExplained(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	first := h.receive(t, fmt.Sprintf("%s,1\n%s,2\n%s,9\n%s,3\n%s,0\n", guid(1), guid(2), guid(3), guid(1), guid(4)))
	second := h.await(t, h.receive(t, fmt.Sprintf("%s,3\n%s,1\n%s,3\n", guid(2), guid(5), guid(3))).ID)
	first = h.await(t, first.ID)

	sums := func(b batch.Batch) [4]int64 { return [4]int64{b.Lines, b.Valid, b.Invalid, b.Duplicates} }
	if want := [4]int64{5, 2, 2, 1}; sums(first) != want {
		t.Errorf("first batch: want lines, valid, invalid, duplicates %v, got %v", want, sums(first))
	}
	if want := [4]int64{3, 1, 0, 2}; sums(second) != want {
		t.Errorf("second batch: want %v, got %v", want, sums(second))
	}
	want := ballots.Tally{ConstituencyID: 1, Votes: map[int]int64{1: 2, 2: 1}, Invalid: 2, Duplicates: 3}
	if diff := cmp.Diff(want, h.tally(t)); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
	lines, _, err := h.batches.InvalidLines(t.Context(), official, first.ID, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	wantLines := []ballots.InvalidLine{
		{Line: ballots.Line{Number: 3, GUID: guid(3), PollNumber: 9}, Reason: ballots.UnknownPollNumber},
		{Line: ballots.Line{Number: 4, GUID: guid(1), PollNumber: 3}, Reason: ballots.DuplicateBallot},
		{Line: ballots.Line{Number: 5, GUID: guid(4), PollNumber: 0}, Reason: ballots.UnknownPollNumber},
	}
	if diff := cmp.Diff(wantLines, lines); diff != "" {
		t.Errorf("lines that do not count (-want +got):\n%s", diff)
	}
}

// model is the plain, obvious counting of batches.
type model struct {
	held    map[ballots.GUID]bool
	tally   ballots.Tally
	batches []batch.Batch
	invalid [][]ballots.InvalidLine
}

func (m *model) add(lines []ballots.Line, polls int32) {
	var b batch.Batch
	var invalid []ballots.InvalidLine
	for _, l := range lines {
		b.Lines++
		switch {
		case m.held[l.GUID]:
			b.Duplicates++
			invalid = append(invalid, ballots.InvalidLine{Line: l, Reason: ballots.DuplicateBallot})
		case l.PollNumber == 0 || l.PollNumber > polls:
			b.Invalid++
			invalid = append(invalid, ballots.InvalidLine{Line: l, Reason: ballots.UnknownPollNumber})
		default:
			b.Valid++
			m.tally.Votes[int(l.PollNumber)]++
		}
		m.held[l.GUID] = true
	}
	m.tally.Invalid += b.Invalid
	m.tally.Duplicates += b.Duplicates
	m.batches = append(m.batches, b)
	m.invalid = append(m.invalid, invalid)
}

// TestCount_EqualsPlainModel uploads batches with many duplicates, in chunks of a few lines and of many,
// stops and starts the service in between, and compares everything with the model.
func TestCount_EqualsPlainModel(t *testing.T) {
	for _, c := range []struct{ batches, lines, guids, chunk int }{
		{12, 40, 200, 7},
		{6, 500, 1_000, 64},
		{3, 60_000, 90_000, 25_000}, // large enough for the bucket sort
	} {
		t.Run(fmt.Sprintf("%d batches of %d lines", c.batches, c.lines), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(c.lines), 1))
			path := t.TempDir()
			m := model{held: map[ballots.GUID]bool{}, tally: ballots.Tally{ConstituencyID: 1, Votes: map[int]int64{}}}
			h := open(t, path, batch.Options{ChunkLines: c.chunk})
			h.start(t)
			for i := range c.batches {
				var file strings.Builder
				lines := make([]ballots.Line, c.lines)
				for j := range lines {
					lines[j] = ballots.Line{Number: int64(j + 1), GUID: guid(random.IntN(c.guids)), PollNumber: int32(random.IntN(6))}
					fmt.Fprintf(&file, "%s,%d\n", lines[j].GUID, lines[j].PollNumber)
				}
				m.add(lines, 3)
				h.receive(t, file.String())
				if i%3 == 2 { // whatever is in hand
					h.close(t)
					h = open(t, path, batch.Options{ChunkLines: c.chunk})
					h.start(t)
				}
			}
			defer h.close(t)
			h.compare(t, m)
		})
	}
}

func (h *env) compare(t *testing.T, m model) {
	t.Helper()
	for i, want := range m.batches {
		got := h.await(t, int64(i+1))
		if got.Lines != want.Lines || got.Valid != want.Valid || got.Invalid != want.Invalid || got.Duplicates != want.Duplicates {
			t.Errorf("batch %d: want %+v, got %+v", i+1, want, got)
		}
		lines, _, err := h.batches.InvalidLines(t.Context(), official, int64(i+1), 0, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(m.invalid[i], lines) { // compared plainly: a difference of 60,000 lines takes long to draw
			t.Errorf("batch %d: want %d lines that do not count, got others (%d)", i+1, len(m.invalid[i]), len(lines))
		}
	}
	if diff := cmp.Diff(m.tally, h.tally(t)); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
	var held int
	err := h.db.Read(t.Context(), func(tx *database.Tx) error {
		return tx.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM ballots").Scan(&held)
	})
	if err != nil {
		t.Fatal(err)
	}
	if held != len(m.held) {
		t.Errorf("want %d ballots in the ledger, got %d", len(m.held), held)
	}
}

func TestQueue_AcceptedBatchSurvivesRestart(t *testing.T) {
	path := t.TempDir()
	h := open(t, path, batch.Options{})
	b := h.receive(t, string(random(50, 3))) // never started: the batch only waits
	h.close(t)

	h = open(t, path, batch.Options{})
	defer h.close(t)
	h.start(t)
	if got := h.await(t, b.ID); got.Valid != 50 {
		t.Errorf("want 50 valid ballots after the restart, got %d", got.Valid)
	}
}

func TestQueue_GoesOnFromLastChunk(t *testing.T) {
	const before = 4 // commits: the acceptance and some chunks
	path, enough, commits := t.TempDir(), make(chan struct{}), 0
	var h *env
	h = open(t, path, batch.Options{ChunkLines: 100, OnCommit: func(int64) {
		if commits++; commits == before { // in the writer; the rest is to be cut off
			close(enough)
			<-h.batches.Stopping()
		}
	}})
	b := h.receive(t, "guid;poll number\r\n"+strings.ReplaceAll(string(random(2_000, 3)), "\n", "\r\n"))
	h.start(t)
	<-enough
	h.close(t)

	h = open(t, path, batch.Options{ChunkLines: 100})
	defer h.close(t)
	half, err := h.batches.Batch(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if half.State != batch.Processing || half.Processed == 0 || half.Processed == half.Lines {
		t.Fatalf("want the batch in the middle, got %s with %d of %d lines", half.State, half.Processed, half.Lines)
	}
	h.start(t)
	if got := h.await(t, b.ID); got.Valid != 2_000 || got.Duplicates != 0 {
		t.Errorf("want 2000 valid ballots, got %+v", got)
	}
}

// TestQueue_WaitsForTheMachine takes a spool file away: the batch fails and says so, the later batch
// waits behind it, and both are counted when the file is back.
func TestQueue_WaitsForTheMachine(t *testing.T) {
	databasetest.NeedsSQLite(t, "accepted files are in the database")
	path := t.TempDir()
	h := open(t, path, batch.Options{})
	defer h.close(t)
	first := h.receive(t, guid(1).String()+",1\n")
	files, err := filepath.Glob(filepath.Join(path, "spool", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("want one spool file, got %v, %v", files, err)
	}
	if err := os.Rename(files[0], filepath.Join(path, "away")); err != nil {
		t.Fatal(err)
	}
	second := h.receive(t, guid(1).String()+",2\n")
	h.start(t)
	for {
		b, err := h.batches.Batch(t.Context(), first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if b.State == batch.Failed {
			if b.Failure == "" {
				t.Error("want a sentence about the failure")
			}
			break
		}
		time.Sleep(time.Millisecond)
	}
	if b, _ := h.batches.Batch(t.Context(), second.ID); b.State != batch.Queued {
		t.Errorf("want the later batch to wait, got %s", b.State)
	}
	if err := os.Rename(filepath.Join(path, "away"), files[0]); err != nil {
		t.Fatal(err)
	}
	h.await(t, first.ID)
	if b := h.await(t, second.ID); b.Duplicates != 1 {
		t.Errorf("want the earlier batch to hold the GUID, got %+v", b)
	}
}

// TestOrder_FirstAcceptedLineWins accepts many batches with the same GUID at the same time: whichever
// got the lowest id holds it.
func TestOrder_FirstAcceptedLineWins(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{Workers: 4})
	defer h.close(t)
	h.start(t)
	const clients = 24
	done := make(chan int64, clients)
	for i := range clients {
		go func() {
			b, err := h.batches.Receive(context.Background(), batch.Delivery{Actor: official, ElectionID: h.election.ID},
				strings.NewReader(fmt.Sprintf("%s,1\n%s,2\n", guid(0), guid(i+1))))
			if err != nil {
				t.Error(err)
			}
			done <- b.ID
		}()
	}
	for range clients {
		<-done
	}
	for id := int64(1); id <= clients; id++ {
		b := h.await(t, id)
		if want := min(id-1, 1); b.Duplicates != want {
			t.Errorf("batch %d: want %d duplicates, got %d", id, want, b.Duplicates)
		}
	}
}

// TestQueue_FailedChunkIsNotSkipped lets the machine refuse chunks for a while, with more of them ready
// behind: the batch goes on from the last committed one, wherever that was.
func TestQueue_FailedChunkIsNotSkipped(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{ChunkLines: 2})
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
	execute(databasetest.Trigger("refuse", "BEFORE INSERT ON ballots", "(SELECT count(*) FROM ballots) = 2", databasetest.Refuse("the disk is full")))
	b := h.receive(t, string(random(10, 3)))
	h.start(t)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		got, err := h.batches.Batch(t.Context(), b.ID)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the batch failed, got %+v, %v", got, err)
		}
		if got.State == batch.Failed {
			if got.Processed != 2 {
				t.Errorf("want one chunk of two lines counted, got %d lines", got.Processed)
			}
			break
		}
	}
	execute(databasetest.DropTrigger("refuse"))
	if got := h.await(t, b.ID); got.Valid != 10 || got.Failure != "" {
		t.Errorf("want all ten ballots and no failure any more, got %+v", got)
	}
}
