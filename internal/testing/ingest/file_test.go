package ingest

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

const (
	lists   = 20
	nobodys = 77 // a poll number that no participant has
	// Of a thousand lines this one claims the GUID of an earlier line, and that one is invalid.
	duplicateAt, unknownAt = 999, 499
)

// A ballotFile is a CSV file of random ballots and what must come out of it.
type ballotFile struct {
	path       string
	offsets    []int64 // where each of the equal parts begins, and the end
	lines      int64
	unknown    int64
	duplicates int64
	votes      [lists + 1]int64 // by poll number
}

// writeFile writes a file of so many lines, which parts must divide. A duplicate has its first line's
// poll number, so that the votes are the same in whatever order the parts are accepted.
func writeFile(t *testing.T, lines int64, parts int) *ballotFile {
	t.Helper()
	f := &ballotFile{path: filepath.Join(t.TempDir(), "ballots.csv"), lines: lines}
	file, err := os.Create(f.path)
	if err != nil {
		t.Fatal(err)
	}
	buffered := bufio.NewWriterSize(file, 1<<20)
	seed, random := rand.Uint64(), rand.New(rand.NewPCG(1, 1))
	var offset int64
	for i := range lines {
		if i%(lines/int64(parts)) == 0 {
			f.offsets = append(f.offsets, offset)
		}
		guid, poll := ballot(seed, i)
		switch i % 1000 {
		case duplicateAt:
			// Of the same thousand or an earlier one; never a duplicate, never invalid.
			guid, poll = ballot(seed, 1000*random.Int64N(i/1000+1)+random.Int64N(unknownAt))
			f.duplicates++
		case unknownAt:
			poll = nobodys
			f.unknown++
		default:
			f.votes[poll]++
		}
		n, err := fmt.Fprintf(buffered, "%s,%d\n", guid, poll)
		if err != nil {
			t.Fatal(err)
		}
		offset += int64(n)
	}
	f.offsets = append(f.offsets, offset)
	if err := buffered.Flush(); err != nil {
		t.Fatal(err)
	}
	// Nothing of making the file is to be left for the disk to do while others are measured.
	if err := file.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

// ballot returns the random ballot of a number.
func ballot(seed uint64, number int64) (guid string, poll int) {
	random := rand.NewPCG(seed, uint64(number))
	high, low := random.Uint64(), random.Uint64()
	// As version 4 UUIDs are marked.
	high, low = high&^0xf000|0x4000, low&^(3<<62)|2<<62
	poll = 1 + int(random.Uint64()%lists)
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&(1<<48-1)), poll
}
