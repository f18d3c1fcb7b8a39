package ballots

import (
	"urna/internal/messages"
	"urna/internal/problem"
)

// MaxPollNumber is the largest poll number a line may carry.
const MaxPollNumber = 99_999

// Reason says why a line does not count.
type Reason string

// The reasons.
const (
	// DuplicateBallot is a line whose GUID an earlier line holds.
	DuplicateBallot Reason = "duplicate-ballot"
	// UnknownPollNumber is a ballot whose poll number no candidacy of its constituency has.
	UnknownPollNumber Reason = "unknown-poll-number"
)

// Line is one line of a batch: a claim to a GUID.
type Line struct {
	Number     int64 // in the file, from 1
	GUID       GUID
	PollNumber int32 // 0 to MaxPollNumber
}

// InvalidLine is a line that does not count, with the reason.
type InvalidLine struct {
	Line
	Reason Reason
}

// Tally is the state of the count in one constituency.
type Tally struct {
	ConstituencyID int64
	// Votes are the valid ballots by poll number, of batches and online; 0 is blank. While voting goes on,
	// those cast online move by ten of the constituency or more at once.
	Votes map[int]int64
	// Online is how many of Votes were cast online.
	Online int64
	// Invalid are ballots with an unknown poll number.
	Invalid int64
	// Duplicates are lines, not ballots.
	Duplicates int64
}

// Valid returns the ballots with a known poll number and the blank ones.
func (t Tally) Valid() int64 {
	var n int64
	for _, v := range t.Votes {
		n += v
	}
	return n
}

// Cast returns valid + invalid.
func (t Tally) Cast() int64 { return t.Valid() + t.Invalid }

// ErrUnknownBatch is returned for a batch id that does not exist, or is not the caller's to see.
var ErrUnknownBatch = problem.New(problem.NotFound, "unknown-batch", messages.RefusalUnknownBatch())
