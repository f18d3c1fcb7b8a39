package ingest

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"urna/internal/testing/program"
)

var (
	measuring = flag.Bool("measure", false, "measure, where the tests only look whether the counts are exact")
	lines     = flag.Int64("lines", 1_000_000, "ballots to measure with, a multiple of 10,000")
	pairs     = flag.Int("pairs", 3, "how often each side is measured, in turns")
	beside    = flag.Bool("import", true, "measure sqlite3's import of the same lines too")
	single    = flag.Int("batches", 10_000, "batches of one line to measure with")
	many      = flag.Bool("officials", false, "measure fifty batches from ten officials at once too")
)

const (
	tinyLines   = 10_000
	manyBatches = 50
	tenAtOnce   = 10
)

func TestIngest_CountsAreExact(t *testing.T) {
	binary := program.Build(t)
	f := writeFile(t, tinyLines, manyBatches)
	for name, c := range map[string]struct{ officials, parts int }{
		"one file":     {1, 1},
		"many batches": {2, manyBatches},
	} {
		t.Run(name, func(t *testing.T) {
			m := measure(t, binary, f, c.officials, c.parts)
			if m.elapsed <= 0 || m.reads == 0 || m.p99 <= 0 {
				t.Errorf("want everything measured, got %+v", m)
			}
		})
	}
}

// TestIngest_BesideImport measures where it is told to; else it only sees that both sides can be run.
func TestIngest_BesideImport(t *testing.T) {
	sqlite3, err := exec.LookPath("sqlite3")
	if *measuring && *beside && err != nil {
		t.Fatal("this compares Urna with SQLite's own import, which is not on this machine; on Debian: apt-get install sqlite3")
	}
	size, rounds := *lines, *pairs
	if !*measuring {
		size, rounds = tinyLines, 1
	}
	if size < 1 || size%tinyLines != 0 || rounds < 1 {
		t.Fatalf("want a multiple of %d lines, and at least one pair", tinyLines)
	}
	binary := program.Build(t)
	f := writeFile(t, size, manyBatches)
	table := newTable(t.Output(), size)
	var ratios []float64
	for range rounds {
		m := measure(t, binary, f, 1, 1)
		table.program("urna, one file", m)
		if sqlite3 != "" && *beside {
			imported := importFile(t, sqlite3, f)
			table.row("sqlite3 .import", imported, "", "", "")
			ratios = append(ratios, float64(imported)/float64(m.elapsed))
		}
		if *many {
			table.program(fmt.Sprintf("urna, %d batches, %d officials", manyBatches, tenAtOnce), measure(t, binary, f, tenAtOnce, manyBatches))
		}
	}
	table.end(t, ratios)
}

// importFile lets sqlite3 import the file into a table of its own with the same key, and returns how
// long it took. Its duplicates are refused one by one, as they would be by hand.
func importFile(t *testing.T, sqlite3 string, f *ballotFile) time.Duration {
	t.Helper()
	database := filepath.Join(t.TempDir(), "import.db")
	script := "PRAGMA journal_mode = WAL;\nPRAGMA synchronous = FULL;\n" +
		"CREATE TABLE ballots (guid TEXT PRIMARY KEY, poll_number INTEGER NOT NULL) WITHOUT ROWID;\n" +
		".mode csv\n.import '" + f.path + "' ballots\n"
	command := exec.CommandContext(t.Context(), sqlite3, database)
	command.Stdin = strings.NewReader(script)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	start := time.Now()
	err := command.Run()
	elapsed := time.Since(start)
	// It ends with a failure because of the duplicates; what it imported says whether it worked.
	output, countErr := exec.CommandContext(t.Context(), sqlite3, database, "SELECT count(*) FROM ballots").CombinedOutput()
	if want := strconv.FormatInt(f.lines-f.duplicates, 10); countErr != nil || strings.TrimSpace(string(output)) != want {
		t.Fatalf("want %s lines imported, got %s (%v, %v): %.2000s", want, output, err, countErr, &complaints)
	}
	return elapsed
}

// A table prints what was measured, row by row.
type table struct {
	to    *tabwriter.Writer
	lines int64
}

func newTable(to io.Writer, lines int64) *table {
	w := &table{to: tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight), lines: lines}
	fmt.Fprintf(to, "%d lines, one in a thousand a duplicate, one for an unknown poll number\n", lines)
	fmt.Fprintln(w.to, "\tseconds\tlines/s\tballots/s\tpeak memory\tp99 of reading results\treads\t")
	return w
}

// program prints a run of the program; of its lines, the duplicates are no ballots.
func (w *table) program(name string, m measurement) {
	peak := "unknown"
	if m.peak > 0 {
		peak = fmt.Sprintf("%.0f MiB", float64(m.peak)/(1<<20))
	}
	w.row(name, m.elapsed, peak, fmt.Sprintf("%.1f ms", m.p99.Seconds()*1000), strconv.Itoa(m.reads))
}

func (w *table) row(name string, elapsed time.Duration, peak, p99, reads string) {
	ballots := w.lines - w.lines/1000
	fmt.Fprintf(w.to, "%s\t%.2f\t%.0f\t%.0f\t%s\t%s\t%s\t\n", name, elapsed.Seconds(),
		float64(w.lines)/elapsed.Seconds(), float64(ballots)/elapsed.Seconds(), peak, p99, reads)
}

// end prints the table and what the pairs say.
func (w *table) end(t *testing.T, ratios []float64) {
	t.Helper()
	must(t, w.to.Flush())
	if len(ratios) == 0 {
		return
	}
	slices.Sort(ratios)
	n := len(ratios)
	fmt.Fprintf(t.Output(), "urna is %.2f times as fast as the import (median of %d pairs; from %.2f to %.2f)\n",
		(ratios[(n-1)/2]+ratios[n/2])/2, n, ratios[0], ratios[n-1])
}
