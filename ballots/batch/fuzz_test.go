package batch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"urna/ballots/batch"
)

// FuzzReceive uploads any bytes at all. Whatever they are:
//   - a refused file leaves nothing behind, and the answer is the same however the bytes trickle in;
//   - an accepted file has as many lines as anybody counts in it, and each is valid, invalid or a duplicate;
//   - the same file once more has nothing but duplicates;
//   - what a strict delivery takes, any other takes as well, with the same lines.
func FuzzReceive(f *testing.F) {
	for _, name := range corpus(f) {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	// One env for all: what earlier inputs left in the ledger may only turn valid lines to duplicates.
	h := open(f, f.TempDir(), batch.Options{ChunkLines: 3, RunLines: 5})
	f.Cleanup(func() { h.close(f) })
	h.start(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		files := h.spooled(t)
		first, err := h.batches.Receive(context.Background(), h.anyDelivery(false), bytes.NewReader(content))
		strict := batch.CheckEPMSFormat(bytes.NewReader(content))
		if err != nil {
			h.wantRefused(t, content, err, strict, files)
			return
		}
		first = h.await(t, first.ID)
		if want := ballotLines(content); first.Lines != want {
			t.Errorf("want %d lines, got %d", want, first.Lines)
		}
		if first.Processed != first.Lines || first.Valid+first.Invalid+first.Duplicates != first.Lines {
			t.Errorf("want each line valid, invalid or a duplicate, got %+v", first)
		}
		again, err := h.batches.Receive(context.Background(), h.anyDelivery(strict == nil), iotest.OneByteReader(bytes.NewReader(content)))
		if err != nil {
			t.Fatalf("want the same file accepted again, got %v", err)
		}
		if again = h.await(t, again.ID); again.Lines != first.Lines || again.Duplicates != first.Lines || again.SHA256 != first.SHA256 {
			t.Errorf("want nothing but duplicates of %+v, got %+v", first, again)
		}
		if got := h.spooled(t); got != files+2 {
			t.Errorf("want two more files in the spool than %d, got %d", files, got)
		}
	})
}

// wantRefused checks what must hold of a file that was refused with err.
func (h *env) wantRefused(t *testing.T, content []byte, err, strict error, files int) {
	t.Helper()
	if !errors.Is(err, batch.ErrMalformedFile) && !errors.Is(err, batch.ErrCompression) {
		t.Fatalf("want the file refused for its form or accepted, got %v", err)
	}
	// Only the empty file differs: nothing to count is no fault in a strict delivery.
	if strict == nil && len(content) > 0 {
		t.Errorf("want a file in the EPMS form accepted, got %v", err)
	}
	_, trickled := h.batches.Receive(context.Background(), h.anyDelivery(false), iotest.OneByteReader(bytes.NewReader(content)))
	if trickled == nil || trickled.Error() != err.Error() {
		t.Errorf("want the same answer byte by byte: %v, got %v", err, trickled)
	}
	if got := h.spooled(t); got != files {
		t.Errorf("want %d files in the spool as before, got %d", files, got)
	}
}

func (h *env) anyDelivery(strict bool) batch.Delivery {
	return batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "ballots.csv", Again: true, EPMSFormat: strict}
}

func (h *env) spooled(t *testing.T) int {
	t.Helper()
	return len(h.accepted(t))
}

// ballotLines counts the ballots of a good file as a person would: the lines with something on them,
// without a first line that has no digits.
func ballotLines(content []byte) (n int64) {
	if r, err := gzip.NewReader(bytes.NewReader(content)); err == nil {
		if content, err = io.ReadAll(r); err != nil {
			return -1 // never accepted
		}
	}
	for i, line := range strings.Split(strings.TrimPrefix(string(content), "\xef\xbb\xbf"), "\n") {
		if strings.Trim(line, " \t\r") != "" && (i > 0 || strings.ContainsAny(line, "0123456789")) {
			n++
		}
	}
	return n
}
