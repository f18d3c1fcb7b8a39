package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ElectionPage is the public page of one election: the coming election, the turnout, or the results.
type ElectionPage struct {
	Page  Page
	ID    int64
	Title string
	// Amendments is the address of what was corrected after the opening; "" for nothing.
	Amendments string
	LiveURL    string // where the page listens for changes; "" where nothing will change
	Live       Live
}

// Live is the part of an election's page that changes while votes are counted.
type Live struct {
	Title     string
	State     kit.Mark
	Altered   bool             // the election was certified with other figures
	Marks     []kit.Mark       // rehearsal, provisional, certified
	Kind      messages.Message // such as "Parliamentary election"
	Starts    Moment
	Ends      Moment
	Until     *Moment // when batches begin to be late; nil for no such time
	Withdrawn *Withdrawal
	Round     *kit.Crumb // to the other round of the same election, or nil if there is none
	Changed   *Moment    // when the figures changed, as short as it can be
	Updated   *Moment    // the same, to the second
	Audit     *AuditHead
	Clock     messages.Message // that the opening or closing waits for an administrator, "" if it does not
	Vote      string           // address of the voting page, "" where there is no voting online now
	Keys      messages.Message // how many voter keys there are, "" if there are none or it is not public yet
	Waiting   messages.Message // batches that wait to be counted, "" for none
	Stations  *StationsSummary // nil without polling stations
	Figures   []kit.Figure     // how many took part
	Counted   []kit.Figure     // what their ballots are
	Outcome   *Outcome
	SeatBar   *SeatBar
	Seats     *Hemicycle // from HalfCircleFrom seats on
	Count     *Timeline  // how the count went
	Overall   *ResultTable
	Rest      *ResultTable // the participants without seats, where they are many
	Closest   *kit.Table   // the last seats that the fewest votes decided
	Parts     []Part
	PartsOpen bool // few enough parts to show them all
	// Map shows the constituencies on a map; nil without one. MapOutlines are its outlines, outside of the part that changes.
	Map         *MapFigure
	MapOutlines []MapOutline
	// Constituencies is the table of many constituencies, and ConstituenciesHref the page that searches and sorts it.
	Constituencies     *kit.Table
	ConstituenciesHref string
	Turnout            []TurnoutRow       // where no count by participant may be shown
	Standing           []StandingPart     // candidacies, if nothing is counted yet
	Reported           *ReportedTurnout   // turnout reports; nil if the election has none
	Rules              []messages.Message // the rules in sentences
	Downloads          []Link             // the results as files, where they are provisional
	Address            string             // of the page, to be passed on; "" if it is not known
	Wall               string             // address of the page for a screen in a hall, "" for none
	Certified          *CertifiedBox
	// Correction says that the certified result is being corrected, or was; nil if neither.
	Correction *CorrectionNotice
	Lots       []LotRow
}

// Withdrawal says since when and why an election is not held.
type Withdrawal struct {
	At     Moment
	Reason string
}

// The classes. Only a certified result is more than provisional.
const (
	OutcomeDecided     OutcomeClass = "decided"     // certified: a majority, or an elected candidate
	OutcomeOpen        OutcomeClass = "open"        // certified: no majority, a second round
	OutcomeTied        OutcomeClass = "tied"        // a tie is open
	OutcomeProvisional OutcomeClass = "provisional" // the count is running, or not certified
)
