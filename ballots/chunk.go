package ballots

import (
	"encoding/binary"
	"slices"
)

// recordSize is the length of a packed ballot: 16 bytes of GUID, ten digits of its line's number and five
// of its poll number. Read as one number the digits are the ledger's claim.
const recordSize = 16 + claimDigits

// MaxChunkLines is the most lines that a chunk can have.
const MaxChunkLines = 1_000_000

// claimDigits is the length of a claim, and pollNumbers what a line's number is multiplied by in it.
const (
	claimDigits = 10 + 5
	pollNumbers = MaxPollNumber + 1
)

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

// Chunk is a run of a batch's lines in the order of GUIDs, packed for the ledger.
type Chunk struct {
	electorate Electorate
	lines      int64
	records    []byte        // one record for each distinct GUID, in the order of GUIDs
	ballots    int           // records
	votes      []int64       // by poll number, as if no GUID were taken yet
	invalid    []InvalidLine // ballots with unknown poll numbers, as if no GUID were taken yet
	duplicates []InvalidLine // lines that lost to an earlier line of this very chunk
	last       entry         // taken
}

// Lines returns the number of lines in the chunk.
func (c *Chunk) Lines() int64 { return c.lines }

// NextChunk packs the next lines of a sorted batch, at most so many, and never more than MaxChunkLines; nil at
// its end.
func (s *Sorted) NextChunk(e Electorate, most int) (*Chunk, error) {
	chunks, err := s.NextChunks([]Electorate{e}, most)
	if err != nil || chunks == nil {
		return nil, err
	}
	return chunks[0], nil
}

// NextChunks packs the next lines of several batches that were merged, at most so many together, and never
// more than MaxChunkLines: a chunk for each batch at its place, nil for one that has no lines among them.
// Each batch has its electorate. At the end of all of them there are no chunks.
func (s *Sorted) NextChunks(electorates []Electorate, most int) ([]*Chunk, error) {
	most = min(most, MaxChunkLines)
	var chunks []*Chunk
	for range most {
		next, batch, ok, err := s.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if chunks == nil {
			chunks = make([]*Chunk, len(electorates))
		}
		c := chunks[batch]
		if c == nil {
			share := min(int64(most), s.lines-s.given+1) / int64(len(electorates))
			c = &Chunk{
				electorate: electorates[batch], votes: make([]int64, electorates[batch].Candidacies+1),
				records: make([]byte, 0, recordSize*(share+share/16+1)),
			}
			chunks[batch] = c
		}
		c.take(next)
	}
	return chunks, nil
}

// take packs a line, which comes after those that were taken before.
func (c *Chunk) take(e entry) {
	if c.lines > 0 && e.high == c.last.high && e.low == c.last.low {
		c.duplicates = append(c.duplicates, InvalidLine{Line: e.line(), Reason: DuplicateBallot})
	} else {
		c.add(e)
	}
	c.lines++
	c.last = e
}

// add packs a line that is the first of the chunk to claim its GUID.
func (c *Chunk) add(e entry) {
	c.records = binary.BigEndian.AppendUint64(c.records, e.high)
	c.records = binary.BigEndian.AppendUint64(c.records, e.low)
	var digits [claimDigits]byte
	claim := uint64(e.number)*pollNumbers + uint64(e.pollNumber)
	for i := claimDigits - 1; i >= 0; i-- {
		digits[i] = '0' + byte(claim%10)
		claim /= 10
	}
	c.records = append(c.records, digits[:]...)
	c.ballots++
	if c.electorate.knows(e.pollNumber) {
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

// claimed returns the line that a claim of the ledger stands for.
func claimed(g GUID, claim int64) Line {
	return Line{Number: claim / pollNumbers, GUID: g, PollNumber: int32(claim % pollNumbers)}
}

// claim returns what the ledger keeps of a line.
func (l Line) claim() int64 { return l.Number*pollNumbers + int64(l.PollNumber) }
