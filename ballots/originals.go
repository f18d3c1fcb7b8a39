package ballots

import (
	"errors"
	"math"
	"sort"
)

// OriginalBatch is an accepted batch as its row describes it.
type OriginalBatch struct {
	ID        int64
	Slate     Slate
	State     string
	Processed int64 // lines that are in the count
	// FirstLine is the number of its first line, in a file of several batches; 0 is a file of its own.
	FirstLine int64
}

// Originals are the lines of an election's files. They are added batch by batch, in the order of acceptance, and
// compared once with the ledger. Memory is bounded by the length of a sorter's run; the rest is in files without a name
// in the folder, 24 bytes a line.
type Originals struct {
	electionID int64
	shows      bool
	folder     string
	runLines   int
	sorter     *Sorter
	batches    []*original
}

// original is one batch of Originals.
type original struct {
	OriginalBatch
	Outcome // by the files

	base, last int64 // numbers of lines: those before it, and up to its own last one
	lines      int64
	seen       int64           // lines that were compared
	votes      map[int32]int64 // valid ballots by poll number, by the files
}

// maxOrdinal is the most lines that the files of an election can have, blank ones included.
const maxOrdinal = math.MaxUint32

// NewOriginals returns originals of an election without a batch. shows says that its counts by participant may be
// shown. runLines is for tests; 0 is DefaultRunLines.
func NewOriginals(electionID int64, shows bool, folder string, runLines int) *Originals {
	return &Originals{electionID: electionID, shows: shows, folder: folder, runLines: runLines, sorter: NewSorter(folder, runLines)}
}

// Begin begins the next batch in the order of acceptance. A batch none of whose lines is in the count needs no lines.
func (o *Originals) Begin(b OriginalBatch) {
	next := &original{OriginalBatch: b, votes: map[int32]int64{}}
	if n := len(o.batches); n > 0 {
		next.base = o.batches[n-1].last
		next.last = next.base
	}
	next.base -= max(b.FirstLine-1, 0) // numbers before it take no room among all
	o.batches = append(o.batches, next)
}

// Add adds the next line of the batch that was begun.
func (o *Originals) Add(l Line) error {
	b := o.batches[len(o.batches)-1]
	// The number among all lines of the election orders claims as acceptance did.
	l.Number += b.base
	if l.Number > maxOrdinal {
		return errors.New("ballots: the files of the election have too many lines to compare them with the ledger")
	}
	b.last = l.Number
	b.lines++
	return o.sorter.Add(l)
}

// Lines returns how many lines were added to the batch that was begun last.
func (o *Originals) Lines() int64 { return o.batches[len(o.batches)-1].lines }

// Close frees the disk space. It may be called more than once.
func (o *Originals) Close() error { return o.sorter.Close() }

// batchOf returns the batch of a line by its number among all.
func (o *Originals) batchOf(ordinal int64) *original {
	return o.batches[sort.Search(len(o.batches), func(i int) bool { return o.batches[i].last >= ordinal })]
}

// counts reports whether the line at a place of the batch's own sorted order is in the count. Chunks go in, and out, in
// that order.
func (b *original) counts(place int64) bool {
	switch b.State {
	case "counted":
		return true
	case "retracted":
		return false
	case "retracting":
		return place >= b.lines-b.Processed
	default:
		return place < b.Processed
	}
}

// SecondCount returns the count of the files. It is complete once they were compared with the ledger. sums are the
// election's batches; the result has them with the sums of the files.
func (o *Originals) SecondCount(sums []BatchSum) *SecondCount {
	s := &SecondCount{Tallies: map[int64]Tally{}, Stations: map[int64]Tally{}, Batches: sums}
	byID := map[int64]*original{}
	for _, b := range o.batches {
		byID[b.ID] = b
	}
	for i := range sums {
		sum := &sums[i]
		sum.Valid, sum.Invalid, sum.Duplicates = 0, 0, 0
		b := byID[sum.ID]
		if b == nil || b.seen == 0 {
			continue
		}
		sum.Valid, sum.Invalid, sum.Duplicates = b.Valid, b.Invalid, b.Duplicates
		s.Ballots += b.Valid + b.Invalid
		s.AddToStation(sum.ConstituencyID, sum.StationID, func(t *Tally) {
			t.Invalid += b.Invalid
			t.Duplicates += b.Duplicates
			for pollNumber, n := range b.votes {
				t.Votes[int(pollNumber)] += n
			}
		})
	}
	return s
}
