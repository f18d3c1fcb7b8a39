package ballots

import (
	"encoding/binary"
	"slices"
)

// recordSize is the length of a packed ballot: 16 bytes of GUID and five digits of poll number.
const recordSize = 16 + 5

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
	numbers    []uint32      // the record's line number in the file
	votes      []int64       // by poll number, as if no GUID were taken yet
	invalid    []InvalidLine // ballots with unknown poll numbers, as if no GUID were taken yet
	duplicates []InvalidLine // lines that lost to an earlier line of this very chunk
}

// Lines returns the number of lines in the chunk.
func (c *Chunk) Lines() int64 { return c.lines }

// NextChunk packs the next lines of a sorted batch, at most so many; nil at its end.
func (s *Sorted) NextChunk(e Electorate, most int) (*Chunk, error) {
	c := &Chunk{electorate: e, votes: make([]int64, e.Candidacies+1)}
	var before entry
	for c.lines < int64(most) {
		next, ok, err := s.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		switch {
		case c.lines == 0:
			capacity := int(min(int64(most), s.lines-s.given+1))
			c.records, c.numbers = make([]byte, 0, recordSize*capacity), make([]uint32, 0, capacity)
			c.add(next)
		case next.high == before.high && next.low == before.low:
			c.duplicates = append(c.duplicates, InvalidLine{Line: next.line(), Reason: DuplicateBallot})
		default:
			c.add(next)
		}
		c.lines++
		before = next
	}
	if c.lines == 0 {
		return nil, nil //nolint:nilnil // the end of the batch
	}
	return c, nil
}

// add packs a line that is the first of the chunk to claim its GUID.
func (c *Chunk) add(e entry) {
	c.records = binary.BigEndian.AppendUint64(c.records, e.high)
	c.records = binary.BigEndian.AppendUint64(c.records, e.low)
	n := uint32(e.pollNumber)
	c.records = append(c.records, '0'+byte(n/10000), '0'+byte(n/1000%10), '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
	c.numbers = append(c.numbers, e.number)
	if c.electorate.knows(e.pollNumber) {
		c.votes[e.pollNumber]++
		return
	}
	c.invalid = append(c.invalid, InvalidLine{Line: e.line(), Reason: UnknownPollNumber})
}

// find returns the line of the record with a GUID, which must be in the chunk.
func (c *Chunk) find(g GUID) Line {
	low, high := 0, len(c.numbers)
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
	return Line{Number: int64(c.numbers[low]), GUID: g, PollNumber: pollNumber}
}
