package protocol

import (
	"strconv"
	"time"

	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
)

// State is the state of a station's protocol.
type State string

// The states.
const (
	Empty       State = "empty"        // nothing was entered; there is no row
	FirstEntry  State = "first-entry"  // one person has entered it
	SecondEntry State = "second-entry" // another person is typing it
	Different   State = "different"    // the two entries differ, and something is not settled
	Definitive  State = "definitive"   // it is in the count
	Waiting     State = "waiting"      // late: an administrator decides whether it is counted
	Retracted   State = "retracted"    // out of the count
	Reopened    State = "reopened"     // its entries do not count any more; it is typed again
)

// States returns all states.
func States() []State {
	return []State{Empty, FirstEntry, SecondEntry, Different, Definitive, Waiting, Retracted, Reopened}
}

// Complete reports whether both entries of the round are in and nothing of them is to be settled.
func (s State) Complete() bool { return s == Definitive || s == Waiting || s == Retracted }

// Person is who does or reads something.
type Person struct {
	audit.Actor

	Administrator bool
	// Observer reads what an administrator reads, and changes nothing.
	Observer bool
}

// Entry is what one person typed of a station's protocol.
type Entry struct {
	StationID int64
	// Numbers are the numbers as typed, by name: "fields.invalid", "votes.2". An empty text is no number.
	Numbers map[string]string
	// Explanations are of warnings, by the code of the check.
	Explanations map[string]string
	// LateReason is why it comes late, if it does; it may be left out.
	LateReason string
}

// Entered is the answer to an entry.
type Entered struct {
	Number      int // 1 or 2
	State       State
	Warnings    []Finding // of this entry
	Differences []string  // names of the numbers that differ from the other entry
}

// Draft is what a person has typed of a station's protocol so far.
type Draft struct {
	StationID    int64
	Numbers      map[string]string
	Explanations map[string]string
	SavedAt      time.Time
}

// Protocol is a station's protocol as a reader may see it.
type Protocol struct {
	ID             int64 // 0: nothing was entered
	ElectionID     int64
	ConstituencyID int64
	StationID      int64
	Round          int // from 1; one more with each reopening
	State          State
	Entries        []Typed // of this round, the first one first
	Typing         []Typing
	Differences    []string // names of the numbers that differ, also after they were settled
	Settlements    []Settlement
	// Values are what the protocol says, and Warnings and Explanations what was found and said about it; nil for a reader
	// who may not see them.
	Values       Values
	Warnings     []Finding
	Explanations []Explanation
	// Unexplained are the codes of warnings without an explanation; nil for a reader who may not see them.
	Unexplained  []string
	Reason       string // of the last retraction, restoration or reopening; "" for none
	DefinitiveAt *time.Time
	Late         *Late
	Scans        []Scan
}

// Typed is one entry of a protocol.
type Typed struct {
	Number   int // 1 or 2
	TypistID int64
	Typist   string // name
	At       time.Time
	Values   Values // nil for a reader who may not see them
}

// Typing is a person who is typing a protocol.
type Typing struct {
	AccountID int64
	Name      string
	Since     time.Time // when it was last saved
}

// Choice says which value a settlement took.
type Choice string

// The choices.
const (
	First  Choice = "first"  // entry
	Second Choice = "second" // entry
	Third  Choice = "third"  // value, which neither entry has
)

// Settlement is what was decided about a number that differs.
type Settlement struct {
	Name      string // of the number
	Value     *int64 // nil: the paper has none
	Choice    Choice
	SettlerID int64
	Settler   string // name
	At        time.Time
}

// Explanation is what a person says about a warning.
type Explanation struct {
	Code   string // of the check
	Text   string
	Author string // name
	At     time.Time
}

// Scan is a picture of a station's paper. Its file is kept by its SHA-256.
type Scan struct {
	ID        int64
	StationID int64
	SHA256    [32]byte
	Bytes     int64
	MediaType string // application/pdf, image/jpeg or image/png
	FileName  string
	Official  audit.Actor
	At        time.Time
}

// Coordinator is an official who settles what differs.
type Coordinator struct {
	ID             int64
	ElectionID     int64
	ConstituencyID int64 // 0: the whole election
	AccountID      int64
	Name           string
}

// What this package refuses, beside unknown elections and stations.
var (
	// ErrTakesNone is returned if the election or the station takes no protocols now.
	ErrTakesNone = problem.New(problem.Conflict, "takes-no-protocols", messages.RefusalTakesNoProtocols())
	// ErrSamePerson is returned for a second entry by the person of the first one.
	ErrSamePerson = problem.New(problem.Conflict, "same-person", messages.RefusalProtocolSamePerson())
	// ErrEntered is returned for an entry of a protocol that two people have entered.
	ErrEntered = problem.New(problem.Conflict, "protocol-entered", messages.RefusalProtocolEntered())
	// ErrHasBatches is returned for an entry of a station that has batches.
	ErrHasBatches = problem.New(problem.Conflict, "station-has-batches", messages.RefusalStationHasBatches())
	// ErrFindings is returned for an entry with errors; its Fields name them, with the codes of the checks.
	ErrFindings = problem.New(problem.Invalid, "protocol-errors", messages.RefusalProtocolErrors())
	// ErrUnknownProtocol is returned for a station of which nothing was entered.
	ErrUnknownProtocol = problem.New(problem.NotFound, "unknown-protocol", messages.RefusalUnknownProtocol())
	// ErrNotDifferent is returned for a settlement of a protocol, or of a number, in which nothing differs.
	ErrNotDifferent = problem.New(problem.Conflict, "protocol-not-different", messages.RefusalProtocolNotDifferent())
	// ErrNotShown is returned for a settlement or explanation before counts may be shown.
	ErrNotShown = problem.New(problem.Forbidden, "embargoed", messages.RefusalProtocolNotShown())
	// ErrNoCoordinator is returned to an official who may not settle.
	ErrNoCoordinator = problem.New(problem.Forbidden, "no-coordinator", messages.RefusalNoCoordinator())
	// ErrNotDefinitive is returned for the retraction of a protocol that is not in the count.
	ErrNotDefinitive = problem.New(problem.Conflict, "protocol-not-definitive", messages.RefusalProtocolNotDefinitive())
	// ErrOutsideCorrection is returned for the restoration of a protocol that the open correction did not move.
	ErrOutsideCorrection = problem.New(problem.Conflict, "protocol-outside-correction", messages.RefusalProtocolOutsideCorrection())
	// ErrNotRetracted is returned for the restoration of a protocol that is not retracted.
	ErrNotRetracted = problem.New(problem.Conflict, "protocol-not-retracted", messages.RefusalProtocolNotRetracted())
	// ErrNotReopenable is returned for the reopening of a protocol that waits for a decision or was reopened.
	ErrNotReopenable = problem.New(problem.Conflict, "protocol-not-reopenable", messages.RefusalProtocolNotReopenable())
	// ErrNotWaiting is returned for a decision about a protocol that does not wait for one.
	ErrNotWaiting = problem.New(problem.Conflict, "protocol-not-waiting", messages.RefusalProtocolNotWaiting())
	// ErrNotYourStation is returned for a station that the official's account does not enter.
	ErrNotYourStation = problem.New(problem.Forbidden, "not-your-place", messages.RefusalNotYourStation())
)

// ErrTooManyScans is returned for a scan of a station that has MostScans.
var ErrTooManyScans = problem.New(problem.Conflict, "too-many-scans", messages.RefusalTooManyScans(MostScans))

func stationSubject(id int64) string { return "station " + strconv.FormatInt(id, 10) }
