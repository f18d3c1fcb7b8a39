package batch_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"urna/ballots/batch"
	"urna/internal/problem"
)

var update = flag.Bool("update", false, "write the expected answers to the hostile files again")

// corpus returns the hostile files. Beside each NAME.csv lies NAME.want: a first line saying what the
// file is, and then what Urna must answer.
func corpus(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "hostile", "*.csv"))
	if err != nil || len(files) < 100 {
		tb.Fatalf("want the corpus, got %d files, %v", len(files), err)
	}
	return files
}

func TestReceive_AnswersEachHostileFileAsWritten(t *testing.T) {
	for _, name := range corpus(t) {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".csv"), func(t *testing.T) {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			wantFile := strings.TrimSuffix(name, ".csv") + ".want"
			want, err := os.ReadFile(wantFile)
			if err != nil {
				t.Fatal(err)
			}
			about, wanted, _ := strings.Cut(string(want), "\n")
			if !strings.HasPrefix(about, "# ") {
				t.Fatalf("%s: want a first line that says what the file is, got %q", wantFile, about)
			}
			got := answer(t, string(content))
			if *update {
				if err := os.WriteFile(wantFile, []byte(about+"\n"+got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(wanted, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", about, diff)
			}
		})
	}
}

// answer uploads a file to an env of its own and writes down all that comes of it: the refusal and
// where the file breaks the form, or the count with the lines that do not count; and what a strict
// delivery would say. A refused file must leave nothing.
func answer(t *testing.T, content string) string {
	t.Helper()
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	var says strings.Builder
	b, err := h.deliver(strings.NewReader(content))
	if f, refused := errors.AsType[*problem.Error](err); refused {
		h.leftNothing(t)
		fmt.Fprintln(&says, "refused:", f.Message)
		for _, field := range f.Fields {
			fmt.Fprintf(&says, "  %s: %s\n", field.Name, field.Message)
		}
	} else if err != nil {
		t.Fatal(err)
	} else {
		h.tell(t, &says, h.await(t, b.ID))
	}
	strict := "accepted"
	if err := batch.CheckEPMSFormat(strings.NewReader(content)); err != nil {
		strict = "refused: " + err.Error()
	}
	fmt.Fprintln(&says, "strict:", strict)
	return says.String()
}

// tell writes what came of an accepted file.
func (h *env) tell(t *testing.T, w io.Writer, b batch.Batch) {
	t.Helper()
	fmt.Fprintf(w, "accepted: %d lines = %d valid + %d invalid + %d duplicates\n", b.Lines, b.Valid, b.Invalid, b.Duplicates)
	votes := h.tally(t).Votes
	for _, pollNumber := range slices.Sorted(maps.Keys(votes)) {
		if n := votes[pollNumber]; n > 0 {
			fmt.Fprintf(w, "  poll number %d: %d\n", pollNumber, n)
		}
	}
	lines, _, err := h.batches.InvalidLines(t.Context(), official, b.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		fmt.Fprintf(w, "  line %d: %s, %d: %s\n", line.Number, line.GUID, line.PollNumber, line.Reason)
	}
}

func (h *env) deliver(body io.Reader) (batch.Batch, error) {
	return h.batches.Receive(context.Background(),
		batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "ballots.csv"}, body)
}

// leftNothing checks that an env has no batches and no files.
func (h *env) leftNothing(t *testing.T) {
	t.Helper()
	h.wantFiles(t, 0)
	if all, err := h.batches.Batches(t.Context(), batch.Filter{}); err != nil || len(all) != 0 {
		t.Errorf("want no batches, got %v, %v", all, err)
	}
}

// stream repeats a text until so many bytes are given; nothing of it is kept.
type stream struct {
	begin, repeat string
	bytes         int
	at            int
}

// Read gives the next bytes.
func (s *stream) Read(p []byte) (n int, err error) {
	if s.at == s.bytes {
		return 0, io.EOF
	}
	p = p[:min(len(p), s.bytes-s.at)]
	for n < len(p) {
		var piece string
		if at := s.at + n; at < len(s.begin) {
			piece = s.begin[at:]
		} else {
			piece = s.repeat[(at-len(s.begin))%len(s.repeat):]
		}
		n += copy(p[n:], piece)
	}
	s.at += n
	return n, nil
}

func TestReceive_AnswersHugeFilesInBoundedMemory(t *testing.T) {
	const (
		megabyte = 1 << 20
		gigabyte = 1 << 30
		good     = "5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1"
	)
	tooLong := "The line is longer than a ballot can be."
	for name, c := range map[string]struct {
		file        stream
		field, says string
		problems    int64
	}{
		"a line of a gigabyte":          {stream{repeat: strings.Repeat("0123456789abcdef", 4096), bytes: gigabyte}, "line 1", tooLong, 1},
		"a second line of a gigabyte":   {stream{begin: good + "\n", repeat: good, bytes: gigabyte / 8}, "line 2", tooLong, 1},
		"a header of a gigabyte":        {stream{begin: "guid,", repeat: "poll ", bytes: gigabyte / 8}, "line 1", tooLong, 1},
		"a million columns":             {stream{begin: good, repeat: ",1", bytes: len(good) + 2_000_000}, "line 1", tooLong, 1},
		"a million empty columns":       {stream{repeat: strings.Repeat(",", 4096), bytes: 1_000_000}, "line 1", tooLong, 1},
		"an open quotation mark":        {stream{begin: `"`, repeat: good, bytes: 64 * megabyte}, "line 1", tooLong, 1},
		"no newline":                    {stream{repeat: good + ";", bytes: 64 * megabyte}, "line 1", tooLong, 1},
		"carriage returns alone":        {stream{repeat: good + "\r", bytes: 64 * megabyte}, "line 1", "old Macs", 1},
		"NUL bytes":                     {stream{repeat: strings.Repeat("\x00", 4096), bytes: 64 * megabyte}, "file", "not a text file", 1},
		"NUL bytes after a ballot":      {stream{begin: good + "\n", repeat: strings.Repeat("\x00", 4096), bytes: 64 * megabyte}, "line 2", "do not belong", 1},
		"nothing but line ends":         {stream{repeat: strings.Repeat("\n", 4096), bytes: 8 * megabyte}, "file", "no ballots", 1},
		"a million lines of one letter": {stream{repeat: "x\n", bytes: 2_000_000}, "line 1", "two values", 1_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			defer h.close(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := h.deliver(&c.file)
			runtime.ReadMemStats(&after)
			f, _ := errors.AsType[*problem.Error](err)
			if !errors.Is(err, batch.ErrMalformedFile) || f.Fields[0].Name != c.field || !strings.Contains(f.Fields[0].Message.String(), c.says) {
				t.Fatalf("want %s: …%s…, got %v", c.field, c.says, err)
			}
			if f.Extra["problems"] != c.problems || int64(len(f.Fields)) != min(c.problems, 20) {
				t.Errorf("want %d problems and the first of them named, got %v and %d", c.problems, f.Extra, len(f.Fields))
			}
			if c.file.at != c.file.bytes {
				t.Errorf("want the file read to its end, so that the client hears the answer; got %d bytes", c.file.at)
			}
			// All that was ever allocated, given back or not.
			if used := after.TotalAlloc - before.TotalAlloc; used > 4*megabyte {
				t.Errorf("want it answered within 4 MiB, got %d bytes allocated", used)
			}
			h.leftNothing(t)
		})
	}
}
