package ballots

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// entry is a line that waits for the ledger: its GUID as a big-endian number, its number in the file
// and its poll number.
type entry struct {
	high, low  uint64
	number     uint32
	pollNumber int32
}

// entrySize is an entry's length in a spilled run.
const entrySize = 8 + 8 + 4 + 4

func (e entry) guid() (g GUID) {
	binary.BigEndian.PutUint64(g[0:8], e.high)
	binary.BigEndian.PutUint64(g[8:16], e.low)
	return g
}

func (e entry) line() Line {
	return Line{Number: int64(e.number), GUID: e.guid(), PollNumber: e.pollNumber}
}

func (e entry) appendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, e.high)
	b = binary.BigEndian.AppendUint64(b, e.low)
	b = binary.BigEndian.AppendUint32(b, e.number)
	return binary.BigEndian.AppendUint32(b, uint32(e.pollNumber))
}

func readEntry(b []byte) entry {
	return entry{
		high: binary.BigEndian.Uint64(b), low: binary.BigEndian.Uint64(b[8:]),
		number: binary.BigEndian.Uint32(b[16:]), pollNumber: int32(binary.BigEndian.Uint32(b[20:])),
	}
}

// compareEntries orders by GUID, then by line.
func compareEntries(a, b entry) int {
	if c := cmp.Compare(a.high, b.high); c != 0 {
		return c
	}
	if c := cmp.Compare(a.low, b.low); c != 0 {
		return c
	}
	return cmp.Compare(a.number, b.number)
}

// sortEntries orders entries by GUID and then by line: one pass by the GUID's first 16 bits, which
// spreads random GUIDs into small buckets, and a comparison sort within each bucket, which stays n log n
// for GUIDs that are not random. It returns the sorted entries and room of the same size for the next
// call, one of them in the memory of scratch.
func sortEntries(entries, scratch []entry) (sorted, room []entry) {
	const buckets = 1 << 16
	if len(entries) < buckets/4 {
		slices.SortFunc(entries, compareEntries)
		return entries, scratch
	}
	var ends [buckets]uint32
	for i := range entries {
		ends[entries[i].high>>48]++
	}
	var at uint32
	for i, n := range ends {
		ends[i] = at
		at += n
	}
	scratch = slices.Grow(scratch[:0], len(entries))[:len(entries)]
	for i := range entries {
		bucket := &ends[entries[i].high>>48]
		scratch[*bucket] = entries[i]
		*bucket++
	}
	start := uint32(0)
	for _, end := range ends {
		sortBucket(scratch[start:end])
		start = end
	}
	return scratch, entries
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
