package batch_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/ballots"
	"urna/ballots/batch"
)

// checkIn uploads a file that waits to be confirmed.
func (h *env) checkIn(tb testing.TB, content string) batch.Upload {
	tb.Helper()
	u, err := h.batches.CheckIn(tb.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "box.csv"}, strings.NewReader(content))
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

// compared waits until an upload's dry run is there.
func (h *env) compared(tb testing.TB, id int64) batch.Upload {
	tb.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		u, err := h.batches.Upload(tb.Context(), official.ID, id)
		if err != nil {
			tb.Fatal(err)
		}
		if u.DryRun != nil {
			return u
		}
	}
	tb.Fatalf("upload %d was not compared in time", id)
	return batch.Upload{}
}

// TestDryRun_ForetellsWhatCountingDoes compares dry runs, in chunks and runs of any length, with what then
// becomes of the same files: the figures, and the first lines of each sort.
func TestDryRun_ForetellsWhatCountingDoes(t *testing.T) {
	for _, c := range []struct{ batches, lines, guids, chunk, run int }{
		{10, 30, 60, 1, 4}, {8, 60, 200, 7, 1000}, {4, 3_000, 4_000, 500, 900},
	} {
		t.Run(fmt.Sprintf("chunks of %d", c.chunk), func(t *testing.T) {
			source := rand.New(rand.NewPCG(uint64(c.lines), 2))
			h := open(t, t.TempDir(), batch.Options{ChunkLines: c.chunk, RunLines: c.run})
			defer h.close(t)
			h.start(t)
			for range c.batches {
				var file strings.Builder
				for range c.lines {
					fmt.Fprintf(&file, "%s,%d\n", guid(source.IntN(c.guids)), source.IntN(6))
				}
				alive := 0
				d := batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "box.csv"}
				got, err := h.batches.DryRun(t.Context(), d, strings.NewReader(file.String()), func() { alive++ })
				if err != nil {
					t.Fatal(err)
				}
				if alive == 0 {
					t.Error("want a sign of life")
				}
				inBackground := h.compared(t, h.checkIn(t, file.String()).ID)
				counted := h.await(t, h.receive(t, file.String()).ID)
				for _, dry := range []batch.DryRun{got, *inBackground.DryRun} {
					h.wantForetold(t, counted, dry)
				}
			}
		})
	}
}

func (h *env) wantForetold(t *testing.T, counted batch.Batch, got batch.DryRun) {
	t.Helper()
	want := ballots.Outcome{Valid: counted.Valid, Invalid: counted.Invalid, Duplicates: counted.Duplicates}
	if got.Outcome != want || got.Lines != counted.Lines || got.Waiting != 0 || got.AsOf.IsZero() {
		t.Fatalf("want %+v of %d lines foretold, got %+v", want, counted.Lines, got)
	}
	lines, _, err := h.batches.InvalidLines(t.Context(), official, counted.ID, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	first := func(reason ballots.Reason) (first []ballots.Line) {
		for _, l := range lines {
			if l.Reason == reason && len(first) < 1000 {
				first = append(first, l.Line)
			}
		}
		return first
	}
	alone := func(lines []ballots.DryRunLine) (alone []ballots.Line) {
		for _, l := range lines {
			alone = append(alone, l.Line)
			if l.HeldBy >= counted.ID || l.HeldBy < 0 {
				t.Errorf("want line %d held by an earlier batch or line, got batch %d", l.Number, l.HeldBy)
			}
		}
		return alone
	}
	if diff := cmp.Diff(first(ballots.DuplicateBallot), alone(got.DuplicateLines)); diff != "" {
		t.Errorf("first duplicates (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(first(ballots.UnknownPollNumber), alone(got.InvalidLines)); diff != "" {
		t.Errorf("first unknown poll numbers (-want +got):\n%s", diff)
	}
	for _, l := range alone(got.ValidLines) {
		if slices.ContainsFunc(lines, func(other ballots.InvalidLine) bool { return other.Number == l.Number }) {
			t.Errorf("want line %d to count, and it does not", l.Number)
		}
	}
	if n := min(1000, int(counted.Valid)); len(got.ValidLines) != n {
		t.Errorf("want the first %d valid lines, got %d", n, len(got.ValidLines))
	}
}

// TestDryRun_SaysWhoHoldsAGUID tells duplicates of a batch from those within the file, also across chunks.
func TestDryRun_SaysWhoHoldsAGUID(t *testing.T) {
	for _, chunk := range []int{1, 2, 100} {
		h := open(t, t.TempDir(), batch.Options{ChunkLines: chunk})
		h.start(t)
		b := h.await(t, h.receive(t, guid(1).String()+",1\n").ID)
		u := h.compared(t, h.checkIn(t, fmt.Sprintf("%[1]s,1\n%[2]s,9\n%[2]s,1\n%[1]s,2\n%[3]s,3\n", guid(1), guid(2), guid(3))).ID)
		want := batch.DryRun{Lines: 5}
		want.Outcome, want.Repeated = ballots.Outcome{Valid: 1, Invalid: 1, Duplicates: 3}, 2
		line := func(n int64, g int, poll int32, heldBy int64) ballots.DryRunLine {
			return ballots.DryRunLine{Line: ballots.Line{Number: n, GUID: guid(g), PollNumber: poll}, HeldBy: heldBy}
		}
		want.ValidLines = []ballots.DryRunLine{line(5, 3, 3, 0)}
		want.InvalidLines = []ballots.DryRunLine{line(2, 2, 9, 0)}
		want.DuplicateLines = []ballots.DryRunLine{line(1, 1, 1, b.ID), line(3, 2, 1, 0), line(4, 1, 2, 0)}
		got := *u.DryRun
		if got.Outcome != want.Outcome || got.Repeated != want.Repeated || got.Lines != want.Lines ||
			!cmp.Equal(got.ValidLines, want.ValidLines) || !cmp.Equal(got.InvalidLines, want.InvalidLines) || !cmp.Equal(got.DuplicateLines, want.DuplicateLines) {
			t.Errorf("chunks of %d: want %+v, got %+v", chunk, want, got)
		}
		h.close(t)
	}
}

func TestDryRun_StoresNothing(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	d := batch.Delivery{Actor: official, ElectionID: h.election.ID}
	for _, content := range []string{guid(1).String() + ",1\n", "not a ballot\n"} {
		_, err := h.batches.DryRun(t.Context(), d, strings.NewReader(content), func() {})
		if refused := errors.Is(err, batch.ErrMalformedFile); refused != strings.HasPrefix(content, "not") {
			t.Errorf("%q: got %v", content, err)
		}
	}
	h.leftNothing(t)
	if uploads, err := h.batches.Uploads(t.Context(), official.ID); err != nil || len(uploads) != 0 {
		t.Errorf("want no uploads, got %v, %v", uploads, err)
	}
}

func TestConfirm_MakesOneBatchInTheOrderOfConfirmation(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	first := h.checkIn(t, guid(1).String()+",1\n")
	second := h.checkIn(t, guid(1).String()+",2\n"+guid(2).String()+",2\n")
	h.compared(t, second.ID)
	if all, err := h.batches.Batches(t.Context(), batch.Filter{}); err != nil || len(all) != 0 {
		t.Fatalf("want nothing accepted before the confirmation, got %v, %v", all, err)
	}
	other := official
	other.ID++
	if _, err := h.batches.Confirm(t.Context(), other, first.ID, 0); !errors.Is(err, batch.ErrUnknownUpload) {
		t.Errorf("want another official's confirmation refused, got %v", err)
	}

	// Many clicks at once on the later upload.
	type outcome struct {
		b   batch.Batch
		err error
	}
	clicks := make(chan outcome)
	for range 8 {
		go func() {
			b, err := h.batches.Confirm(t.Context(), official, second.ID, 0)
			clicks <- outcome{b, err}
		}()
	}
	for range 8 {
		if got := <-clicks; got.err != nil || got.b.ID != 1 {
			t.Errorf("want batch 1 from every click, got %+v", got)
		}
	}
	b, err := h.batches.Confirm(t.Context(), official, first.ID, 0)
	if err != nil || b.ID != 2 {
		t.Fatalf("want batch 2, got %+v, %v", b, err)
	}
	if got := h.await(t, 1); got.Valid != 2 {
		t.Errorf("want the upload that was confirmed first to hold its GUIDs, got %+v", got)
	}
	if got := h.await(t, 2); got.Duplicates != 1 {
		t.Errorf("want the one confirmed later to lose, got %+v", got)
	}
	if _, err := h.batches.Confirm(t.Context(), other, first.ID, 0); !errors.Is(err, batch.ErrUnknownUpload) {
		t.Errorf("want another official to learn nothing, got %v", err)
	}
}

// TestConfirm_AsksAboutTheSameFile lets another batch with the same content come between the page and the
// click.
func TestConfirm_AsksAboutTheSameFile(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	content := guid(1).String() + ",1\n"
	u := h.checkIn(t, content)
	if u = h.compared(t, u.ID); u.SameAs != 0 {
		t.Fatalf("want no such batch yet, got %d", u.SameAs)
	}
	h.await(t, h.receive(t, content).ID)
	if _, err := h.batches.Confirm(t.Context(), official, u.ID, 0); !errors.Is(err, batch.ErrSameFile) {
		t.Fatalf("want the question, got %v", err)
	}
	if u, err := h.batches.Upload(t.Context(), official.ID, u.ID); err != nil || u.SameAs != 1 {
		t.Errorf("want the upload to wait and to name batch 1, got %+v, %v", u, err)
	}
	b, err := h.batches.Confirm(t.Context(), official, u.ID, 1)
	if err != nil || h.await(t, b.ID).Duplicates != 1 {
		t.Errorf("want it counted as a duplicate, got %+v, %v", b, err)
	}
}

// TestUploads_WaitADay follows uploads that are never confirmed.
func TestUploads_WaitADay(t *testing.T) {
	path, now := t.TempDir(), time.Now()
	h := open(t, path, batch.Options{Now: func() time.Time { return now }})
	files := func(want int) {
		t.Helper()
		h.wantFiles(t, want)
	}
	h.start(t)
	u := h.checkIn(t, guid(1).String()+",1\n")
	again := h.checkIn(t, guid(1).String()+",1\n")
	files(1)
	if _, err := h.batches.Upload(t.Context(), official.ID, u.ID); !errors.Is(err, batch.ErrUnknownUpload) {
		t.Errorf("want one question about a file, got %v", err)
	}
	gone := h.checkIn(t, guid(2).String()+",1\n")
	if err := h.batches.Discard(t.Context(), official, gone.ID); err != nil {
		t.Error(err)
	}
	files(1)
	h.close(t)

	h = open(t, path, batch.Options{Now: func() time.Time { return now }})
	h.start(t)
	if got := h.compared(t, again.ID); got.DryRun.Valid != 1 {
		t.Errorf("want a restart to compute the dry run again, got %+v", got.DryRun)
	}
	h.close(t)

	now = now.Add(24*time.Hour + time.Second)
	h = open(t, path, batch.Options{Now: func() time.Time { return now }})
	defer h.close(t)
	if _, err := h.batches.Confirm(t.Context(), official, again.ID, 0); !errors.Is(err, batch.ErrUnknownUpload) {
		t.Errorf("want an expired upload refused, got %v", err)
	}
	files(1)
	h.start(t)
	files(0)
}

// TestDryRun_SaysWhatMayStillChangeIt compares a file while another one waits to be counted: the figures hold
// for the counted ones, and the dry run says how many batches come first.
func TestDryRun_SaysWhatMayStillChangeIt(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{}) // nothing is counted before the start
	content := guid(1).String() + ",1\n"
	waits := h.receive(t, content)
	d := batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "box.csv"}
	got, err := h.batches.DryRun(t.Context(), d, strings.NewReader(content), func() {})
	if err != nil || got.Waiting != 1 || got.Valid != 1 || got.SameAs != waits.ID {
		t.Errorf("want one batch waiting, which is the same file, got %+v, %v", got, err)
	}
	h.start(t)
	defer h.close(t)
	h.await(t, waits.ID)
	if got, err = h.batches.DryRun(t.Context(), d, strings.NewReader(content), func() {}); err != nil || got.Waiting != 0 || got.Duplicates != 1 {
		t.Errorf("want the ballot counted before, got %+v, %v", got, err)
	}
}
