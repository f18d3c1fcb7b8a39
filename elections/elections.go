package elections

import (
	"slices"
	"time"

	"urna/elections/participants"
	"urna/internal/text"
)

// Kind says what an election decides.
type Kind string

// The kinds of elections.
const (
	// Parliamentary elections allocate seats.
	Parliamentary Kind = "parliamentary"
	// Presidential elections find a winner by votes.
	Presidential Kind = "presidential"
)

// Participants returns the kind of participants that can be candidates in an election of kind k.
func (k Kind) Participants() participants.Kind {
	if k == Presidential {
		return participants.Individual
	}
	return participants.Party
}

// PublicView says what anyone, administrators included, sees of an open election.
type PublicView string

// The public views.
const (
	// TurnoutOnly shows turnout until the end, and nothing by participant.
	TurnoutOnly PublicView = "turnout"
	// RunningCount shows the count by participant while voting goes on.
	RunningCount PublicView = "running-count"
)

// Channel is a way in which an election takes votes.
type Channel string

// The channels.
const (
	Batches Channel = "batches"
	Online  Channel = "online"
)

// Majority is the rule of a presidential election.
type Majority string

// The majority rules.
const (
	// Absolute asks for more than half of the valid votes; else the two leading candidates go to a
	// second round.
	Absolute Majority = "absolute"
	// Plurality elects the candidate with the most votes.
	Plurality Majority = "plurality"
)

// MajorityBase says of what an absolute majority is more than half.
type MajorityBase string

// The bases of majorities.
const (
	// MajorityOfValid: the valid votes for candidates, without blank ballots.
	MajorityOfValid MajorityBase = "valid"
	// MajorityOfVotesCast: all votes cast, with blank and invalid ones.
	MajorityOfVotesCast MajorityBase = "votes-cast"
)

// ThresholdScope says where a list has to pass the threshold.
type ThresholdScope string

// The scopes of thresholds.
const (
	// EachConstituency measures a list in every constituency by itself.
	EachConstituency ThresholdScope = "constituency"
	// AllConstituencies measures a list's votes in the whole election; it then takes part everywhere
	// or, unless it is exempt, nowhere.
	AllConstituencies ThresholdScope = "nationwide"
)

// Rules say how votes become seats or a winner. Method, base and comparison are those of package
// results/apportion, by name.
type Rules struct {
	Method              string // such as "dhondt"; parliamentary only
	ThresholdPercent    string // an exact decimal or ratio, "0" for none
	ThresholdBase       string // such as "valid-party-votes"
	ThresholdComparison string // ">=" or ">"
	ThresholdScope      ThresholdScope
	Majority            Majority     // presidential only
	MajorityBase        MajorityBase // of an absolute majority
	BlankBallots        bool         // poll number 0 is a valid, blank ballot
	// PublishEveryStation has the votes of each polling station published, also of those with fewer than ten ballots.
	PublishEveryStation bool
	TieBreak            []TieBreak // in the order in which they are asked; the last one is ByLot
}

// Candidacy is a participant standing in a constituency under its poll number.
type Candidacy struct {
	PollNumber    int // from 1
	ParticipantID int64
	Name          string // the participant's
	Names         text.Names
	ShortName     string
	Color         string
	Weight        string // a rational such as "27/20" that multiplies each quotient; "" is 1
	Exempt        bool   // from the threshold
	MaxSeats      int    // 0 is no bound
	// ThresholdPercent is this list's own threshold (a coalition's), of the election's base; "" is the
	// election's percentage.
	ThresholdPercent string
}

// Constituency is a part of an election with its own seats and candidacies.
type Constituency struct {
	ID                int64
	ElectionID        int64
	Name              string
	Names             text.Names // in other languages
	Seats             int
	RegisteredVoters  int64  // 0 is unknown
	DeclaredVotesCast *int64 // from the paper protocols; nil is the ledger's own cast
	Candidacies       []Candidacy
	HasStations       bool // false: the constituency is its own only polling station
}

// Election is one election with its constituencies, in the order in which they were defined.
type Election struct {
	ID            int64
	Title         string
	Names         text.Names // the title in other languages
	Kind          Kind
	StartsAt      time.Time
	EndsAt        time.Time
	BatchesUntil  *time.Time // from then on a batch is late; nil is no such time
	TimeZone      string     // IANA name
	PublicView    PublicView
	Channels      []Channel
	Rules         Rules
	Rehearsal     bool // carries a visible mark for good: not a real election
	Confirmations int  // administrators who certify: 1 or 2
	// SealKeysTo are the recipients of age to which all voter keys are sealed, sorted; none leaves it to the person who
	// issues them.
	SealKeysTo []string
	// Protocols is the form of the protocols of polling stations as it is stored; ProtocolForm has it complete.
	Protocols ProtocolForm
	// TurnoutReportsAt are the hours of turnout reports, as in Draft; TurnoutHours has the instants.
	TurnoutReportsAt []string
	// CertifiersAtOpening tells that the definition leaves Confirmations to the opening; CertifiersOpen that it has
	// not opened, as a draft or a withdrawn election never does, so that Confirmations is what it would be now.
	CertifiersAtOpening, CertifiersOpen bool
	SecondRoundOf                       int64 // the election whose second round this is; 0 is none
	ClosedAt                            *time.Time
	CertifiedAt                         *time.Time // of the first certification
	// Correction is the number of the last correction that did not end without a change, 0 for none; Correcting tells that
	// it is open.
	Correction  int
	Correcting  bool
	CorrectedAt *time.Time // when the corrected figures were certified; nil while the correction is open
	// IsDraft tells that the election is not published: only administrators see it.
	IsDraft bool
	// PublishedAt is since when the election is public; the zero time for a draft.
	PublishedAt      time.Time
	WithdrawnAt      *time.Time
	WithdrawalReason string // "" unless it is withdrawn
	Constituencies   []Constituency
}

// Takes reports whether the election takes votes through the channel at all.
func (e *Election) Takes(c Channel) bool { return slices.Contains(e.Channels, c) }

// Location returns the election's time zone, UTC where its name is not known to this machine.
func (e *Election) Location() *time.Location {
	loc, err := time.LoadLocation(e.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Constituency returns the constituency with the given id, or nil.
func (e *Election) Constituency(id int64) *Constituency {
	for i := range e.Constituencies {
		if e.Constituencies[i].ID == id {
			return &e.Constituencies[i]
		}
	}
	return nil
}
