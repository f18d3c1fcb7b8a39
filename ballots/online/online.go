package online

import (
	"time"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
)

// The bounds of what a voter presents, in characters.
const (
	maxPersonalID = 100
	maxGUID       = 100
	maxCandidate  = 200
)

// Voter is one line of a roll: who is to get a key, and where they vote. Name, Email and Address travel along to
// the key that is shown, and are not stored.
type Voter struct {
	Line         int64  // in the roll's file, from 1, for messages
	PersonalID   string // 1 to 100 characters; blanks around it do not count
	Constituency string // by name; "" where the election has just one
	Name         string
	Email        string
	Address      Postal
	// Problem is a sentence that says why the line could not be read, none if it could. Such a line refuses
	// the roll; its other fields do not count.
	Problem messages.Message
}

// Key is a voter's one-time key, as it is shown once.
type Key struct {
	PersonalID     string
	GUID           string // 8-4-4-4-12 lower-case hexadecimal digits
	ConstituencyID int64
	Name           string
	Email          string
	Address        Postal
}

// Roll is a set of keys that were issued together.
type Roll struct {
	ID         int64
	ElectionID int64
	State      RollState
	Keys       int64 // as issued
	ChangedAt  time.Time
	SealedTo   []string // recipients of age; none if the keys were not sealed
}

// RollState is where a roll is.
type RollState string

// The states of a roll. Only the keys of an issued roll can vote.
const (
	RollIssuing     RollState = "issuing"
	RollIssued      RollState = "issued"
	RollWithdrawing RollState = "withdrawing"
	RollWithdrawn   RollState = "withdrawn" // its unused keys are gone
)

// Progress tells how far Issue is.
type Progress struct {
	Read   int64 // lines of the roll that were read and checked
	Issued int64 // keys that were stored, none of them worth anything before the last
}

// Credentials are what a voter presents.
type Credentials struct {
	PersonalID string
	GUID       string // in any common form of a UUID; blanks and dashes inside do not count
	// Origin is the address that the request came from, for the limit on wrong keys; it is kept in
	// memory only. "" is not limited by address.
	Origin string
}

// Vote is a vote as it arrives.
type Vote struct {
	Credentials

	// Candidate is a participant's name in the key's constituency (compared without regard to case and
	// surrounding blanks), or a poll number in digits; "0" is a blank ballot. Digits that are one candidate's
	// name and another one's poll number are ErrUnknownCandidate.
	Candidate string
	// ByNumber tells that Candidate is a poll number and no name, whatever anybody is called.
	ByNumber bool
}

// Paper is the ballot paper that a key opens.
type Paper struct {
	Election     *elections.Election
	Constituency *elections.Constituency
}

// What this package refuses. The codes of those that Cast returns are the voting contract's.
var (
	// ErrMalformedVote is returned where a field is missing or too long.
	ErrMalformedVote = problem.New(problem.Malformed, "malformed-vote",
		messages.RefusalMalformedVote())
	// ErrInvalidKey is returned where the personal id, the GUID or both are wrong.
	ErrInvalidKey = problem.New(problem.Forbidden, "invalid-key", messages.RefusalInvalidKey())
	// ErrKeyUsed is returned for a key that has voted.
	ErrKeyUsed = problem.New(problem.Conflict, "key-used", messages.RefusalKeyUsed())
	// ErrVotingClosed is returned before the start and after the end, and where the election takes no
	// votes online.
	ErrVotingClosed = problem.New(problem.Conflict, "voting-closed", messages.RefusalVotingClosed())
	// ErrUnknownCandidate is returned if the key's constituency has no such candidate, or two of
	// the same name do; the key stays unused.
	ErrUnknownCandidate = problem.New(problem.Invalid, "unknown-candidate",
		messages.RefusalUnknownCandidate())
	// ErrTooManyTries is returned after many wrong keys, instead of ErrInvalidKey; its Extra holds
	// "retry_after", in seconds. A right key is never turned away.
	ErrTooManyTries = problem.New(problem.TooMany, "too-many-requests", messages.RefusalTooManyWrongKeys())
	// ErrOverloaded is returned where more votes wait than the server holds, or it is being stopped; its Extra
	// holds "retry_after", in seconds; the key stays unused.
	ErrOverloaded = problem.New(problem.Busy, "overloaded",
		messages.RefusalOverloaded())

	// ErrTakesNoKeys is returned for new keys after an election's end, or where it takes no votes online.
	ErrTakesNoKeys = problem.New(problem.Conflict, "election-takes-no-keys",
		messages.RefusalElectionTakesNoKeys())
	// ErrKeysOpenedMeanwhile is returned for keys that were asked for before the opening and are ready after it, if they
	// need an approval by then.
	ErrKeysOpenedMeanwhile = problem.New(problem.Conflict, "opened-meanwhile", messages.RefusalKeysOpenedMeanwhile())
	// ErrSealedToOthers is returned for keys that are to be sealed to other recipients than those of the election.
	ErrSealedToOthers = problem.New(problem.Conflict, "sealed-to-others", messages.RefusalSealedToOthers())
	// ErrSealingChanged is returned for keys that were sealed to other recipients than the election wants by then.
	ErrSealingChanged = problem.New(problem.Conflict, "sealing-changed", messages.RefusalSealingChanged())
	// ErrIssueUnderWay is returned while keys are being issued already, here or by a command.
	ErrIssueUnderWay = problem.New(problem.Conflict, "issue-under-way",
		messages.RefusalIssueUnderWay())
	// ErrMalformedRoll is returned for a roll that is refused whole; its Fields are the first 20 problems,
	// named "line N", and its Extra holds "problems", the number of all.
	ErrMalformedRoll = problem.New(problem.Invalid, "malformed-roll", messages.RefusalMalformedRoll())
	// ErrUnknownVoter is returned for a personal id that has no key in the election.
	ErrUnknownVoter = problem.New(problem.NotFound, "unknown-voter", messages.RefusalUnknownVoter())
	// ErrUsedKeyStays is returned for a key that has voted and can therefore not be replaced or revoked.
	ErrUsedKeyStays = problem.New(problem.Conflict, "key-used",
		messages.RefusalKeyUsedStays())
	// ErrDeadKey is returned for a list of keys with one that cannot vote in the election.
	ErrDeadKey = problem.New(problem.Invalid, "dead-key", messages.RefusalDeadKey())
	// ErrUnknownRoll is returned for a roll that does not exist or is not issued.
	ErrUnknownRoll = problem.New(problem.NotFound, "unknown-roll", messages.RefusalUnknownRoll())
)
