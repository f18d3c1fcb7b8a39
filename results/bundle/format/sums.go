package format

// LeastSum is the least number of ballots that a published sum has, unless it has all ballots of its constituency or
// none.
const LeastSum = 10

// SumFigure describes one sum of ballots: of a batch, of a protocol, of the votes cast online in a constituency, or of
// several of these together. The sums of a constituency add up to its ballots.
type SumFigure struct {
	ID             int     `json:"id"` // from 1, in the order of the document
	ConstituencyID int64   `json:"constituency_id"`
	Batches        []int64 `json:"batches"`             // rising
	Protocols      []int64 `json:"protocols,omitempty"` // likewise, of polling stations
	Online         int64   `json:"online"`              // ballots that were cast online; they are valid
	Valid          int64   `json:"valid"`
	Invalid        int64   `json:"invalid"`
	Duplicates     int64   `json:"duplicates"` // lines, not ballots
}

// Ballots returns the number of ballots that the sum adds up.
func (s *SumFigure) Ballots() int64 { return s.Valid + s.Invalid }
