package ballots

import (
	"encoding/binary"
	"slices"

	"urna/internal/database"
)

// recordSize is the length of a packed ballot: 16 bytes of GUID, ten digits of its line's number and five
// of its poll number. Read as one number the digits are the ledger's claim.
const recordSize = 16 + claimDigits

// MaxChunkLines is the most lines that a chunk can have.
const MaxChunkLines = database.MaxRows

// claimDigits is the length of a claim, and pollNumbers what a line's number is multiplied by in it.
const (
	claimDigits = 10 + 5
	pollNumbers = MaxPollNumber + 1
)

// Slate tells which poll numbers are known where a batch belongs.
type Slate struct {
	ElectionID     int64
	ConstituencyID int64
	StationID      int64 // 0 where the constituency has no polling stations
	Candidacies    int   // poll numbers 1 to Candidacies are known
	BlankBallots   bool  // and 0 is a blank ballot
}

// Knows reports whether a poll number is one of the ballot paper.
func (e Slate) Knows(pollNumber int32) bool {
	if pollNumber == 0 {
		return e.BlankBallots
	}
	return int(pollNumber) <= e.Candidacies
}

// Chunk is a run of a batch's lines in the order of GUIDs, packed for the ledger.
type Chunk struct {
	slate      Slate
	lines      int64
	records    []byte        // one record for each distinct GUID, in the order of GUIDs
	ballots    int           // records
	votes      []int64       // by poll number, as if no GUID were taken yet
	invalid    []InvalidLine // ballots with unknown poll numbers, as if no GUID were taken yet
	duplicates []InvalidLine // lines that lost to an earlier line of the same bundle
}

// Lines returns the number of lines in the chunk.
func (c *Chunk) Lines() int64 { return c.lines }

// Source is a batch among others: its id and where it belongs.
type Source struct {
	BatchID int64
	Slate   Slate
}

// Bundle is a run of the lines of several batches of an election, in the order of GUIDs, packed for the
// ledger.
type Bundle struct {
	sources []Source
	chunks  []*Chunk // by the place of the source; nil for one that has no lines in it
	records []byte   // where there are several sources: all their records, in the order of GUIDs
	last    entry    // taken
}

// bundled is the length of a record in a bundle: a ballot's, and ten digits of its batch.
const bundled = recordSize + batchDigits

const batchDigits = 10

// Lines returns the number of lines of the source at a place in the bundle.
func (b *Bundle) Lines(place int) int64 {
	if b.chunks[place] == nil {
		return 0
	}
	return b.chunks[place].lines
}

// Only returns the chunk of a bundle that has one source.
func (b *Bundle) Only() *Chunk { return b.chunks[0] }

// NextChunk packs the next lines of a sorted batch, at most so many, and never more than MaxChunkLines; nil at
// its end.
func (s *Sorted) NextChunk(e Slate, most int) (*Chunk, error) {
	b, err := s.NextBundle([]Source{{Slate: e}}, most)
	if err != nil || b == nil {
		return nil, err
	}
	return b.chunks[0], nil
}

// NextBundle packs the next lines of the batches that were merged, which are the sources in their order: at
// most so many lines, and never more than MaxChunkLines; nil at the end of all of them.
func (s *Sorted) NextBundle(sources []Source, most int) (*Bundle, error) {
	most = min(most, MaxChunkLines)
	var b *Bundle
	for range most {
		next, place, ok, err := s.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		first := b == nil || next.high != b.last.high || next.low != b.last.low
		if b == nil {
			b = &Bundle{sources: sources, chunks: make([]*Chunk, len(sources))}
			if len(sources) > 1 {
				b.records = make([]byte, 0, bundled*min(int64(most), s.lines-s.given+1))
			}
		}
		if b.chunks[place] == nil {
			share := min(int64(most), s.lines-s.given+1) / int64(len(sources))
			e := sources[place].Slate
			b.chunks[place] = &Chunk{
				slate: e, votes: make([]int64, e.Candidacies+1), records: make([]byte, 0, recordSize*(share+share/16+1)),
			}
		}
		c := b.chunks[place]
		c.collect(next, first)
		if first && len(sources) > 1 {
			b.records = append(b.records, c.records[len(c.records)-recordSize:]...)
			b.records = appendDigits(b.records, uint64(sources[place].BatchID), batchDigits)
		}
		b.last = next
	}
	return b, nil
}

// collect packs a line that is the first of the bundle to claim its GUID, and notes one that is not.
func (c *Chunk) collect(e entry, first bool) {
	if first {
		c.add(e)
	} else {
		c.duplicates = append(c.duplicates, InvalidLine{Line: e.line(), Reason: DuplicateBallot})
	}
	c.lines++
}

// appendDigits writes a number in so many decimal digits.
func appendDigits(b []byte, n uint64, digits int) []byte {
	at := len(b)
	for range digits {
		b = append(b, '0')
	}
	for i := at + digits - 1; n > 0; i-- {
		b[i] = '0' + byte(n%10)
		n /= 10
	}
	return b
}

// add packs a line that is the first of the bundle to claim its GUID.
func (c *Chunk) add(e entry) {
	c.records = binary.BigEndian.AppendUint64(c.records, e.high)
	c.records = binary.BigEndian.AppendUint64(c.records, e.low)
	c.records = appendDigits(c.records, uint64(e.number)*pollNumbers+uint64(e.pollNumber), claimDigits)
	c.ballots++
	if c.slate.Knows(e.pollNumber) {
		c.votes[e.pollNumber]++
		return
	}
	c.invalid = append(c.invalid, InvalidLine{Line: e.line(), Reason: UnknownPollNumber})
}

// find returns the line of the record with a GUID, which must be in the chunk.
func (c *Chunk) find(g GUID) Line {
	low, high := 0, c.ballots
	for low < high {
		middle := int(uint(low+high) >> 1)
		if slices.Compare(c.records[middle*recordSize:middle*recordSize+16], g[:]) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return c.at(low * recordSize)
}

// at returns the line of the record that begins at an offset.
func (c *Chunk) at(offset int) Line {
	var claim int64
	for _, digit := range c.records[offset+16 : offset+recordSize] {
		claim = 10*claim + int64(digit-'0')
	}
	return claimed(GUID(c.records[offset:offset+16]), claim)
}

// claimed returns the line that a claim of the ledger encodes.
func claimed(g GUID, claim int64) Line {
	return Line{Number: claim / pollNumbers, GUID: g, PollNumber: int32(claim % pollNumbers)}
}

// claim returns what the ledger keeps of a line.
func (l Line) claim() int64 { return l.Number*pollNumbers + int64(l.PollNumber) }
