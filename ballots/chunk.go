package ballots

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// recordSize is the length of a packed ballot: 16 bytes of GUID and five digits of poll number.
const recordSize = 16 + 5

// entry is a line on its way into a chunk: its GUID as a big-endian number, its place in the chunk and
// its poll number.
type entry struct {
	high, low  uint64
	place      uint32
	pollNumber int32
}

func compareEntries(a, b entry) int {
	if c := cmp.Compare(a.high, b.high); c != 0 {
		return c
	}
	if c := cmp.Compare(a.low, b.low); c != 0 {
		return c
	}
	return cmp.Compare(a.place, b.place)
}

func (e entry) guid() (g GUID) {
	binary.BigEndian.PutUint64(g[0:8], e.high)
	binary.BigEndian.PutUint64(g[8:16], e.low)
	return g
}

// Electorate tells which poll numbers are known where a batch belongs.
type Electorate struct {
	ElectionID     int64
	ConstituencyID int64
	Candidacies    int  // poll numbers 1 to Candidacies are known
	BlankBallots   bool // and 0 is a blank ballot
}

func (e Electorate) knows(pollNumber int32) bool {
	if pollNumber == 0 {
		return e.BlankBallots
	}
	return int(pollNumber) <= e.Candidacies
}

// Builder collects consecutive lines of a batch. Its memory is used again after Reset.
type Builder struct {
	electorate Electorate
	firstLine  int64
	entries    []entry
	scratch    []entry
}

// NewBuilder returns a builder with room for the given number of lines, at most 2^32.
func NewBuilder(e Electorate, capacity int) *Builder {
	return &Builder{electorate: e, entries: make([]entry, 0, capacity)}
}

// Reset empties the builder; firstLine is the number of the next line in its file.
func (b *Builder) Reset(firstLine int64) {
	b.firstLine, b.entries = firstLine, b.entries[:0]
}

// Add appends the next line.
func (b *Builder) Add(g GUID, pollNumber int32) {
	b.entries = append(b.entries, entry{
		high: binary.BigEndian.Uint64(g[0:8]), low: binary.BigEndian.Uint64(g[8:16]),
		place: uint32(len(b.entries)), pollNumber: pollNumber,
	})
}

// Len returns the number of lines added since Reset.
func (b *Builder) Len() int { return len(b.entries) }

// Chunk is a run of lines, sorted by GUID and packed for the ledger. It does not share memory with the
// builder that made it.
type Chunk struct {
	electorate Electorate
	lines      int64
	records    []byte        // one record for each distinct GUID, in the order of GUIDs
	places     []uint32      // the record's line within the chunk
	firstLine  int64         // the line number of place 0
	votes      []int64       // by poll number, as if no GUID were taken yet
	invalid    []InvalidLine // ballots with unknown poll numbers, as if no GUID were taken yet
	duplicates []InvalidLine // lines that lost to an earlier line of this very chunk
}

// Lines returns the number of lines in the chunk.
func (c *Chunk) Lines() int64 { return c.lines }

// Chunk sorts what was added and packs it.
func (b *Builder) Chunk() *Chunk {
	b.sort()
	c := &Chunk{
		electorate: b.electorate, lines: int64(len(b.entries)), firstLine: b.firstLine,
		records: make([]byte, 0, recordSize*len(b.entries)), places: make([]uint32, 0, len(b.entries)),
		votes: make([]int64, b.electorate.Candidacies+1),
	}
	for i, e := range b.entries {
		if i > 0 && e.high == b.entries[i-1].high && e.low == b.entries[i-1].low {
			c.duplicates = append(c.duplicates, InvalidLine{Line: c.line(e), Reason: DuplicateBallot})
			continue
		}
		c.add(e)
	}
	return c
}

func (c *Chunk) line(e entry) Line {
	return Line{Number: c.firstLine + int64(e.place), GUID: e.guid(), PollNumber: e.pollNumber}
}

// add packs a line that is the first of the chunk to claim its GUID.
func (c *Chunk) add(e entry) {
	c.records = binary.BigEndian.AppendUint64(c.records, e.high)
	c.records = binary.BigEndian.AppendUint64(c.records, e.low)
	n := uint32(e.pollNumber)
	c.records = append(c.records, '0'+byte(n/10000), '0'+byte(n/1000%10), '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
	c.places = append(c.places, e.place)
	if c.electorate.knows(e.pollNumber) {
		c.votes[e.pollNumber]++
		return
	}
	c.invalid = append(c.invalid, InvalidLine{Line: c.line(e), Reason: UnknownPollNumber})
}

// find returns the line of the record with a GUID, which must be in the chunk.
func (c *Chunk) find(g GUID) Line {
	low, high := 0, len(c.places)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if slices.Compare(c.records[middle*recordSize:middle*recordSize+16], g[:]) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	var pollNumber int32
	for _, digit := range c.records[low*recordSize+16 : (low+1)*recordSize] {
		pollNumber = 10*pollNumber + int32(digit-'0')
	}
	return Line{Number: c.firstLine + int64(c.places[low]), GUID: g, PollNumber: pollNumber}
}

// sort orders the entries by GUID and then by line: one pass by the GUID's first 16 bits, which spreads
// random GUIDs into small buckets, and a comparison sort within each bucket, which stays n log n for
// GUIDs that are not random.
func (b *Builder) sort() {
	const buckets = 1 << 16
	if len(b.entries) < buckets/4 {
		slices.SortFunc(b.entries, compareEntries)
		return
	}
	var ends [buckets]uint32
	for i := range b.entries {
		ends[b.entries[i].high>>48]++
	}
	var at uint32
	for i, n := range ends {
		ends[i] = at
		at += n
	}
	b.scratch = slices.Grow(b.scratch[:0], len(b.entries))[:len(b.entries)]
	for i := range b.entries {
		bucket := &ends[b.entries[i].high>>48]
		b.scratch[*bucket] = b.entries[i]
		*bucket++
	}
	b.entries, b.scratch = b.scratch, b.entries
	start := uint32(0)
	for _, end := range ends {
		sortBucket(b.entries[start:end])
		start = end
	}
}

// sortBucket sorts a few entries by insertion, many with the library.
func sortBucket(s []entry) {
	const few = 24
	if len(s) > few {
		slices.SortFunc(s, compareEntries)
		return
	}
	for i := 1; i < len(s); i++ {
		for j := i; j > 0 && compareEntries(s[j], s[j-1]) < 0; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
}
