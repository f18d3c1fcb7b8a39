package ballots

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"urna/internal/database"
)

// DryRun says what would come of a batch if it were accepted now: it goes through the batch's chunks in
// their order, as Append does, and stores nothing. The zero value begins one.
type DryRun struct {
	Outcome

	// Repeated are, of the duplicates, the lines whose GUID an earlier line of the same batch claims.
	Repeated int64
	// The first lines of each sort, in the order of lines.
	ValidLines, InvalidLines, DuplicateLines []DryRunLine

	// Each, if it is not nil, is called with each line and what would become of it.
	Each func(Line, Outcome)

	last   GUID // of the chunk before
	begun  bool
	sample int
}

// DryRunLine is a line with, for a duplicate, the batch that holds its GUID; 0 is the line's own.
type DryRunLine struct {
	Line

	HeldBy int64
}

// NewDryRun begins a dry run that keeps that many first lines of each sort.
func NewDryRun(sample int) *DryRun { return &DryRun{sample: sample} }

// Add goes through the next chunk. tx only needs to read; chunks may be read from different snapshots.
func (d *DryRun) Add(ctx context.Context, tx *database.Tx, c *Chunk) error {
	const noBatch = 0 // a batch id that no rival has
	records, err := tx.Rows(ctx, ballotRecords, c.records)
	if err != nil {
		return fmt.Errorf("ballots: find claims: %w", err)
	}
	rivals, err := queryRivals(ctx, records, selectRivals, c.slate.ElectionID, noBatch)
	if err != nil {
		return err
	}
	slices.SortFunc(rivals, func(a, b rival) int { return bytes.Compare(a.GUID[:], b.GUID[:]) })
	for i := 0; i < len(c.records); i += recordSize {
		guid := GUID(c.records[i : i+16])
		line := c.at(i)
		held := len(rivals) > 0 && rivals[0].GUID == guid
		repeats := i == 0 && d.begun && d.last == guid // the GUID's first line was the chunk before's
		switch {
		case repeats:
			d.repeat(line)
		case held:
			d.count(line, Outcome{Duplicates: 1})
			d.keep(&d.DuplicateLines, DryRunLine{line, rivals[0].batchID})
		case c.slate.Knows(line.PollNumber):
			d.count(line, Outcome{Valid: 1})
			d.keep(&d.ValidLines, DryRunLine{Line: line})
		default:
			d.count(line, Outcome{Invalid: 1})
			d.keep(&d.InvalidLines, DryRunLine{Line: line})
		}
		if held {
			rivals = rivals[1:]
		}
		d.last, d.begun = guid, true
	}
	for _, l := range c.duplicates {
		d.repeat(l.Line)
	}
	return nil
}

// count adds what would become of a line.
func (d *DryRun) count(l Line, o Outcome) {
	d.Valid, d.Invalid, d.Duplicates = d.Valid+o.Valid, d.Invalid+o.Invalid, d.Duplicates+o.Duplicates
	if d.Each != nil {
		d.Each(l, o)
	}
}

func (d *DryRun) repeat(l Line) {
	d.count(l, Outcome{Duplicates: 1})
	d.Repeated++
	d.keep(&d.DuplicateLines, DryRunLine{Line: l})
}

// keep puts a line among the first of its sort, if it is one of them.
func (d *DryRun) keep(first *[]DryRunLine, l DryRunLine) {
	kept := *first
	if len(kept) == d.sample {
		if d.sample == 0 || l.Number > kept[len(kept)-1].Number {
			return
		}
		kept = kept[:len(kept)-1]
	}
	at, _ := slices.BinarySearchFunc(kept, l, func(a, b DryRunLine) int { return int(a.Number - b.Number) })
	*first = slices.Insert(kept, at, l)
}
