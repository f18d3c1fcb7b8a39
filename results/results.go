package results

import (
	"strconv"
	"time"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results/apportion"
)

// Fraction is a part of a whole in millionths, rounded half up; -1 if the whole is empty or unknown.
type Fraction int64

// NewFraction returns part/whole.
func NewFraction(part, whole int64) Fraction {
	if whole <= 0 {
		return -1
	}
	// Counts stay far below 2^43, so the product fits into 64 bits.
	return Fraction((part*2_000_000 + whole) / (2 * whole))
}

// Decimal returns the fraction as a decimal number with six places, "0.000000" if it is unknown.
func (f Fraction) Decimal() string {
	if f < 0 {
		return "0.000000"
	}
	return strconv.FormatFloat(float64(f)/1e6, 'f', 6, 64)
}

// InPercent returns the fraction as a percentage with two places, such as "60.65 %"; "–" if it is unknown.
func (f Fraction) InPercent() messages.Message {
	if f < 0 {
		return messages.Unknown()
	}
	hundredths := (int64(f) + 50) / 100
	return messages.Percentage(strconv.FormatInt(hundredths/100, 10) + "." + twoDigits(hundredths%100))
}

func twoDigits(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// Ballots are the sums of a constituency or an election.
type Ballots struct {
	Valid            int64
	Blank            int64
	Invalid          int64
	Duplicates       int64 // lines, not ballots
	Cast             int64 // valid + invalid
	Online           int64 // of those cast, the ones that came online
	RegisteredVoters int64 // 0 is unknown
}

// Turnout returns the ballots cast against the registered voters.
func (b Ballots) Turnout() Fraction { return NewFraction(b.Cast, b.RegisteredVoters) }

// Candidacy is a candidacy's result.
type Candidacy struct {
	elections.Candidacy
	Votes          int64
	Share          Fraction // of valid − blank
	Seats          int      // while a tie is open, those that are certain
	BelowThreshold bool
}

// Constituency is a constituency's result.
type Constituency struct {
	ID          int64
	Name        string
	Seats       int
	Ballots     Ballots
	Candidacies []Candidacy // by poll number
	// ThresholdVotes is the least number of votes that passes the threshold, or 0 if there is none.
	ThresholdVotes int64
	// Tie names the participants that tie for the last seats, or nil.
	Tie *Tie
	// Decided is the tie for which the rules for ties decided something, or nil. Tie or Settled is what they left.
	Decided *DecidedTie
	// Settled is the tie that a lot decided, with the lot, or nil.
	Settled *Tie
	Lot     *Lot
	// Unassigned seats have no holder: no list could take them, no vote was counted, the seats cannot be
	// allocated, or a second round decides. Seats given, SeatsTied and Unassigned always add up to Seats.
	Unassigned int
	// Stations are nil if the constituency has no polling stations.
	Stations *StationCounts
	// Turn says, in what the public sees, whether missing stations could still change the result.
	Turn Turn
	// Problem says why the seats cannot be allocated; zero if they can.
	Problem messages.Message
	// Allocation holds every step; nil in presidential elections and without votes.
	Allocation *apportion.Allocation
}

// SeatsTied returns the number of the constituency's seats that an open tie leaves undecided.
func (c *Constituency) SeatsTied() int {
	if c.Tie == nil || c.Tie.Places {
		return 0
	}
	return c.Tie.Seats
}

// Tie is what exact arithmetic, and then the rules for ties, leave undecided.
type Tie struct {
	Seats        int     // at stake
	Participants []int64 // ids
	// Places is set if not seats are at stake but places in the second round of a presidential election.
	Places bool
}

// DecidedTie is a tie, as exact arithmetic leaves it, for which the rules for ties decided something.
type DecidedTie struct {
	Tie
	Given []GivenSeat // by poll number
}

// GivenSeat is a seat, or a place in the second round, that a rule for ties gave.
type GivenSeat struct {
	ParticipantID int64
	Rule          elections.TieBreak
}

// Participant is a participant's sum over all constituencies.
type Participant struct {
	ID        int64
	Name      string
	ShortName string
	Color     string
	Votes     int64
	Share     Fraction
	Seats     int
}

// Results are an election's results at one moment.
type Results struct {
	Election       *elections.Election
	State          elections.State
	Provisional    bool      // not certified
	Altered        bool      // the election is certified, with other figures than these
	UpdatedAt      time.Time // of the last visible change
	Ballots        Ballots
	Constituencies []Constituency
	Participants   []Participant // by votes, most first
	Winner         int64         // participant id, or 0 if there is none
	SecondRound    []int64       // participant ids, or nil
	// MajorityBase is the number of votes of which an absolute majority is more than half; 0 for a
	// plurality.
	MajorityBase int64
	// Threshold is the one measured over the whole election, or nil.
	Threshold *Threshold
	// BatchesWaiting are accepted and not yet counted in full.
	BatchesWaiting int
	// LateBatchesWaiting are late, and wait for an administrator's decision.
	LateBatchesWaiting int
	// Lots are all that were recorded, oldest first, those that changed figures voided too.
	Lots []Lot
	// LotValues are those from which reproducible lots are drawn.
	LotValues []LotValue
	// Seed is the seed phrase of version 0.1.0, or nil.
	Seed *Seed
	// ThresholdTurn says whether missing stations could change which lists pass the threshold of the whole election.
	ThresholdTurn Turn
	// Stations are those of all constituencies that have any, else nil.
	Stations *StationCounts
	// Count is how the count went since the server's start, oldest first; nil where nothing has changed.
	Count []Point
}

// Turnout is what anyone may see of an election at any time from its opening on.
type Turnout struct {
	Election       *elections.Election
	State          elections.State
	UpdatedAt      time.Time // of the last visible change
	Ballots        Ballots   // Valid, Blank, Invalid and Duplicates are 0 while counts are embargoed
	Constituencies []ConstituencyTurnout
	BatchesWaiting int
	// LateBatchesWaiting is as in Results.
	LateBatchesWaiting int
	ShowsCount         bool
	Stations           *StationCounts // as in Results
	Count              []Point        // as in Results; while counts are embargoed, without votes by participant
}

// ConstituencyTurnout is one constituency's turnout.
type ConstituencyTurnout struct {
	ID      int64
	Name    string
	Ballots Ballots
	// Stations is as in Constituency. It is the same whether counts are shown or not.
	Stations *StationCounts
}

// ErrEmbargoed is returned to everyone while an election's rules show no counts by participant.
var ErrEmbargoed = problem.New(problem.Forbidden, "embargoed",
	messages.RefusalEmbargoed())
