package elections

import (
	"slices"
	"time"

	"urna/internal/text"
)

// Draft is what an administrator says of an election, before the defaults.
type Draft struct {
	Title    string     // 1 to 200 characters
	Names    text.Names `json:",omitempty"` // the title in other languages, as long as it at most
	Kind     Kind
	StartsAt time.Time
	EndsAt   time.Time // after StartsAt; both in years from 1900 to 2200
	// BatchesUntil is when batches begin to be late: not before EndsAt, or nil.
	BatchesUntil  *time.Time `json:",omitempty"`
	TimeZone      string     // IANA name; "" is the server's
	PublicView    PublicView
	Channels      []Channel // nil is both; an empty list is refused
	Rules         Rules
	Rehearsal     bool
	Confirmations int // administrators who certify: 1 or 2; 0 is 2 where there are two at the opening, else 1
	// SealKeysTo are the recipients of age to which all voter keys of the election are sealed; none leaves it to the
	// person who issues them.
	SealKeysTo []string     `json:",omitempty"`
	Protocols  ProtocolForm `json:",omitzero"` // of polling stations; zero is the plain form
	// TurnoutReportsAt are the hours at which officials report how many voters have come: times of day such as "11:00", in
	// the election's time zone and on each day of the voting, or instants in RFC 3339.
	TurnoutReportsAt []string `json:",omitempty"`

	Constituencies []ConstituencyDraft // nil is one "Nationwide"; an empty list is refused
	// OpenNow is the word that a start more than a minute in the past is meant: the election opens at once, for good.
	// It is no part of the definition.
	OpenNow bool `json:",omitempty"`
	// Reason is why, for a change that needs a second administrator. It is no part of the definition.
	Reason string `json:",omitempty"`
	// AsDraft makes a new election a draft, which only administrators see until it is published. A change of an election
	// does not read it. It is no part of the definition.
	AsDraft bool `json:",omitempty"`
}

// definition returns the draft without the fields that are no part of the definition.
func (d Draft) definition() Draft {
	d.OpenNow, d.Reason, d.AsDraft = false, "", false
	return d
}

// ConstituencyDraft is what an administrator says of a constituency. The order of Candidacies gives
// the poll numbers, from 1.
type ConstituencyDraft struct {
	Name              string
	Names             text.Names `json:",omitempty"` // in other languages
	Seats             int        // 0 takes the default: 250 parliamentary, 1 presidential
	RegisteredVoters  int64
	DeclaredVotesCast *int64
	Candidacies       []CandidacyDraft
	// Stations are its polling stations: all of them, and nil leaves those of a stored election as they are. The log has
	// them as rows.
	Stations []StationDraft `json:"-"`
}

// CandidacyDraft is one participant's standing.
type CandidacyDraft struct {
	ParticipantID int64
	Weight        string
	Exempt        bool
	MaxSeats      int
	// ThresholdPercent is the list's own, as in Candidacy; "" is the election's.
	ThresholdPercent string
}

// Draft returns what an administrator would enter to define this election again.
func (e *Election) Draft() Draft {
	d := Draft{
		Title: e.Title, Names: e.Names, Kind: e.Kind, StartsAt: e.StartsAt, EndsAt: e.EndsAt, BatchesUntil: e.BatchesUntil, TimeZone: e.TimeZone,
		PublicView: e.PublicView, Channels: e.Channels, Rules: e.Rules, Rehearsal: e.Rehearsal,
		Confirmations: e.Confirmations, SealKeysTo: e.SealKeysTo, Protocols: e.Protocols, TurnoutReportsAt: e.TurnoutReportsAt,
		AsDraft: e.IsDraft,
	}
	if e.CertifiersOpen {
		d.Confirmations = 0
	}
	for _, c := range e.Constituencies {
		draft := ConstituencyDraft{
			Name: c.Name, Names: c.Names, Seats: c.Seats, RegisteredVoters: c.RegisteredVoters, DeclaredVotesCast: c.DeclaredVotesCast,
		}
		for _, candidacy := range c.Candidacies {
			draft.Candidacies = append(draft.Candidacies, CandidacyDraft{
				ParticipantID: candidacy.ParticipantID, Weight: candidacy.Weight,
				Exempt: candidacy.Exempt, MaxSeats: candidacy.MaxSeats, ThresholdPercent: candidacy.ThresholdPercent,
			})
		}
		d.Constituencies = append(d.Constituencies, draft)
	}
	return d
}

// withoutStations returns the draft as Election.Draft would, which has no polling stations.
func (d Draft) withoutStations() Draft {
	d.Constituencies = slices.Clone(d.Constituencies)
	for i := range d.Constituencies {
		d.Constituencies[i].Stations = nil
	}
	return d
}

// saysStations reports whether the draft says which polling stations a constituency has.
func (d *Draft) saysStations() bool {
	return slices.ContainsFunc(d.Constituencies, func(c ConstituencyDraft) bool { return c.Stations != nil })
}
