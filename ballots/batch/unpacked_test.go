package batch_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"urna/ballots/batch"
)

// packed compresses what it reads from content.
func packed(tb testing.TB, content io.Reader) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.Copy(w, content); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// TestUnpacked_SameBallotsAreTheSameFile uploads a file plain and compressed.
func TestUnpacked_SameBallotsAreTheSameFile(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	content := string(random(5_000, 3))
	sum := sha256.Sum256([]byte(content))
	b, err := h.deliver(iotest.OneByteReader(bytes.NewReader(packed(t, strings.NewReader(content)))))
	if err != nil {
		t.Fatal(err)
	}
	if b.SHA256 != hex.EncodeToString(sum[:]) || b.Bytes != int64(len(content)) || b.Lines != 5_000 {
		t.Errorf("want the hash, size and lines of the content, got %+v", b)
	}
	if _, err := h.deliver(strings.NewReader(content)); !errors.Is(err, batch.ErrSameFile) {
		t.Errorf("want the plain file known, got %v", err)
	}
	if got := h.await(t, b.ID); got.Valid != 5_000 {
		t.Errorf("want all ballots counted, got %+v", got)
	}
}

// TestUnpacked_RefusesBombs sends a gigabyte in a megabyte, and ballots over the limit.
func TestUnpacked_RefusesBombs(t *testing.T) {
	const megabyte = 1 << 20
	var counting strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&counting, "%s,1\n", guid(i))
	}
	ballots := packed(t, strings.NewReader(counting.String()))
	// Gzip files behind one another are one; to compress a gigabyte would only cost the test its time.
	for name, c := range map[string]struct {
		body []byte
		most int64
		want error
		says string
	}{
		"a gigabyte of line ends":           {bytes.Repeat(packed(t, &stream{repeat: strings.Repeat("\n", 4096), bytes: 16 * megabyte}), 64), 4 << 30, batch.ErrCompression, "more than 100 times"},
		"a gigabyte of one ballot":          {bytes.Repeat(packed(t, &stream{repeat: strings.Repeat(guid(1).String()+",1\n", 100), bytes: 16 * megabyte}), 16), 4 << 30, batch.ErrCompression, "more than 100 times"},
		"ballots over the limit":            {ballots, megabyte, batch.ErrTooLarge, "Unpacked"},
		"ballots that compress very well":   {ballots, 4 * megabyte, nil, ""},
		"ballots at the limit to the byte":  {ballots, int64(counting.Len()), nil, ""},
		"ballots one byte over the limit":   {ballots, int64(counting.Len()) - 1, batch.ErrTooLarge, "Unpacked"},
		"ballots without any limit of size": {ballots, 0, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{MaxBytes: c.most})
			defer h.close(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			body := bytes.NewReader(c.body)
			_, err := h.deliver(body)
			runtime.ReadMemStats(&after)
			if c.want == nil {
				if err != nil {
					t.Errorf("want it accepted, got %v", err)
				}
				return
			}
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("want %v …%s…, got %v", c.want, c.says, err)
			}
			if body.Len() != 0 {
				t.Errorf("want the rest read and discarded, so that the client gets the answer; %d bytes are left", body.Len())
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 64*megabyte { // sorting begins while a file arrives
				t.Errorf("want it refused within 64 MiB, got %d bytes allocated", used)
			}
			h.leftNothing(t)
		})
	}
}

// TestUnpacked_BrokenUploadIsNoDamagedFile tells a compressed file that is cut off from an upload that is.
func TestUnpacked_BrokenUploadIsNoDamagedFile(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	whole := packed(t, bytes.NewReader(random(20_000, 3)))
	broken := errors.New("connection reset")
	for _, bytes := range []int{0, 1, 2, 5, 1_000, len(whole) - 4} {
		_, err := h.deliver(&breakingReader{content: strings.NewReader(string(whole[:bytes])), err: broken})
		if !errors.Is(err, broken) {
			t.Errorf("broken off after %d bytes: want the stream's own error, got %v", bytes, err)
		}
	}
	if _, err := h.deliver(bytes.NewReader(whole[:1_000])); !errors.Is(err, batch.ErrCompression) {
		t.Errorf("want the damaged file named, got %v", err)
	}
	h.leftNothing(t)
}
