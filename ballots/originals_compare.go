package ballots

import (
	"cmp"
	"fmt"
	"slices"
)

// shownLines is how many lines of a batch are named that differ in the same way.
const shownLines = 20

// duplicateMark is added to the poll number of a line in the sorter of the lines that do not count.
const duplicateMark = 1 << 20

// claimGroup is all that is known of one GUID.
type claimGroup struct {
	lines []entry // of the files, numbered among all
	kept  []entry // of the table of lines that do not count, likewise, with duplicateMark
	// The row of the ledger, if held.
	held           bool
	batchID, claim int64
}

// comparison compares the originals with the rows of the database, GUID by GUID.
type comparison struct {
	*Originals

	report func(Difference)
	told   map[string]int // by batch and kind of difference
	expect []entry        // the lines that do not count by the files; reused
}

// group compares all that is known of one GUID.
func (c *comparison) group(g *claimGroup) {
	c.expect = c.expect[:0]
	var holder *entry
	var of *original
	var before *original // the batch of the line before
	for i := range g.lines {
		e := &g.lines[i]
		b := c.batchOf(int64(e.number))
		counts := b.counts(b.seen)
		b.seen++
		first := b != before // a later line of the same file is never the next claim
		before = b
		switch {
		case !counts:
		case holder == nil && first:
			holder, of = e, b
			if b.Slate.Knows(e.pollNumber) {
				b.Valid++
				b.votes[e.pollNumber]++
				continue
			}
			b.Invalid++
			c.expect = append(c.expect, *e)
		default:
			b.Duplicates++
			marked := *e
			marked.pollNumber |= duplicateMark
			c.expect = append(c.expect, marked)
		}
	}
	c.holder(g, holder, of)
	if len(c.expect) > 0 || len(g.kept) > 0 {
		c.uncounted(g)
	}
}

// holder compares the line that holds the GUID by the files with the ledger's row.
func (c *comparison) holder(g *claimGroup, holder *entry, of *original) {
	if holder == nil && !g.held {
		return
	}
	const table = "ballots"
	if holder == nil {
		c.differs(table, g.batchID, g.claim/pollNumbers, "by no file this line holds a GUID, and the ledger says so")
		return
	}
	line := int64(holder.number) - of.base
	switch {
	case !g.held:
		c.differs(table, of.ID, line, "by its file this line holds a GUID, and the ledger has no ballot of it")
	case g.batchID != of.ID || g.claim/pollNumbers != line:
		c.differs(table, g.batchID, g.claim/pollNumbers, "the ledger says that this line holds a GUID; by the files "+
			fmt.Sprintf("line %d of batch %d does", line, of.ID))
	case int32(g.claim%pollNumbers) != holder.pollNumber && c.shows:
		c.differs(table, of.ID, line, "its vote differs from the file: "+
			fmt.Sprintf("poll number %d in the ledger, %d in the file", g.claim%pollNumbers, holder.pollNumber))
	case int32(g.claim%pollNumbers) != holder.pollNumber:
		c.differs(table, of.ID, line, "its vote differs from the file; how is told after the election has ended")
	}
}

// uncounted compares the lines that do not count. Both lists are in the order of lines.
func (c *comparison) uncounted(g *claimGroup) {
	want, kept := c.expect, g.kept
	for len(want) > 0 || len(kept) > 0 {
		var order int
		switch {
		case len(want) == 0:
			order = 1
		case len(kept) == 0:
			order = -1
		default:
			order = cmp.Compare(want[0].number, kept[0].number)
		}
		switch {
		case order < 0:
			c.uncountedLine(want[0], "by the files this line does not count, and it is not listed")
			want = want[1:]
		case order > 0:
			c.uncountedLine(kept[0], "this line is listed as one that does not count; by the files it is none with this GUID")
			kept = kept[1:]
		default:
			if want[0].pollNumber&duplicateMark != kept[0].pollNumber&duplicateMark {
				c.uncountedLine(want[0], "the reason why this line does not count is another one by the files")
			} else if want[0].pollNumber != kept[0].pollNumber {
				c.uncountedLine(want[0], "the poll number of this line that does not count is another one in the file")
			}
			want, kept = want[1:], kept[1:]
		}
	}
}

func (c *comparison) uncountedLine(e entry, what string) {
	b := c.batchOf(int64(e.number))
	c.differs("invalid_lines", b.ID, int64(e.number)-b.base, what)
}

// differs reports a line. Of many lines of a batch that differ in the same way only the first are named. what up to its
// first ":" or ";" is the way.
func (c *comparison) differs(table string, batchID, line int64, what string) {
	end := slices.IndexFunc([]byte(what), func(b byte) bool { return b == ':' || b == ';' })
	if end < 0 {
		end = len(what)
	}
	key := fmt.Sprintf("%s %d %s", table, batchID, what[:end])
	c.told[key]++
	d := Difference{Table: table, Row: fmt.Sprintf("batch %d, line %d", batchID, line), Place: Place(c.electionID, 0)}
	for _, b := range c.batches {
		if b.ID == batchID {
			d.Place = Place(b.Slate.ElectionID, b.Slate.ConstituencyID)
			break
		}
	}
	switch n := c.told[key]; {
	case n <= shownLines:
		d.Sentence = fmt.Sprintf("batch %d, line %d: %s", batchID, line, what)
	case n == shownLines+1:
		d.Sentence = fmt.Sprintf("batch %d: further lines differ from the file in the same way", batchID)
	default:
		return
	}
	c.report(d)
}
