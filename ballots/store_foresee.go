package ballots

import (
	"bytes"
	"context"
	"slices"

	"urna/internal/database"
)

// Foresight says what would come of a batch if it were accepted now: it goes through the batch's chunks in
// their order, as Append does, and stores nothing. The zero value begins one.
type Foresight struct {
	Outcome

	// Repeated are, of the duplicates, the lines whose GUID an earlier line of the same batch claims.
	Repeated int64
	// The first lines of each sort, in the order of lines.
	ValidLines, InvalidLines, DuplicateLines []ForeseenLine

	last   GUID // of the chunk before
	begun  bool
	sample int
}

// ForeseenLine is a line with, for a duplicate, the batch that holds its GUID; 0 is the line's own.
type ForeseenLine struct {
	Line

	HeldBy int64
}

// NewForesight begins a foresight that keeps that many first lines of each sort.
func NewForesight(sample int) *Foresight { return &Foresight{sample: sample} }

// Add goes through the next chunk. tx only needs to read; chunks may be read from different snapshots.
func (f *Foresight) Add(ctx context.Context, tx *database.Tx, c *Chunk) error {
	const nobody = 0 // a batch id that no rival has
	rivals, err := queryRivals(ctx, tx.SQL(), selectRivals, c.records, len(c.records), c.slate.ElectionID, nobody)
	if err != nil {
		return err
	}
	slices.SortFunc(rivals, func(a, b rival) int { return bytes.Compare(a.GUID[:], b.GUID[:]) })
	for i := 0; i < len(c.records); i += recordSize {
		guid := GUID(c.records[i : i+16])
		line := c.at(i)
		held := len(rivals) > 0 && rivals[0].GUID == guid
		repeats := i == 0 && f.begun && f.last == guid // the GUID's first line was the chunk before's
		switch {
		case repeats:
			f.repeat(line)
		case held:
			f.Duplicates++
			f.keep(&f.DuplicateLines, ForeseenLine{line, rivals[0].batchID})
		case c.slate.knows(line.PollNumber):
			f.Valid++
			f.keep(&f.ValidLines, ForeseenLine{Line: line})
		default:
			f.Invalid++
			f.keep(&f.InvalidLines, ForeseenLine{Line: line})
		}
		if held {
			rivals = rivals[1:]
		}
		f.last, f.begun = guid, true
	}
	for _, l := range c.duplicates {
		f.repeat(l.Line)
	}
	return nil
}

func (f *Foresight) repeat(l Line) {
	f.Duplicates++
	f.Repeated++
	f.keep(&f.DuplicateLines, ForeseenLine{Line: l})
}

// keep puts a line among the first of its sort, if it is one of them.
func (f *Foresight) keep(first *[]ForeseenLine, l ForeseenLine) {
	kept := *first
	if len(kept) == f.sample {
		if f.sample == 0 || l.Number > kept[len(kept)-1].Number {
			return
		}
		kept = kept[:len(kept)-1]
	}
	at, _ := slices.BinarySearchFunc(kept, l, func(a, b ForeseenLine) int { return int(a.Number - b.Number) })
	*first = slices.Insert(kept, at, l)
}
