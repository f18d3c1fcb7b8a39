package api

import (
	"context"
	"encoding/json"
	"time"

	"urna/ballots"
	"urna/elections"
	wording "urna/internal/text"
)

type electionView struct {
	ID             int64                `json:"id"`
	Title          string               `json:"title"`
	Names          wording.Names        `json:"names,omitempty"` // the title in other languages
	Kind           elections.Kind       `json:"kind"`
	State          elections.State      `json:"state"`
	StartsAt       time.Time            `json:"starts_at"`
	EndsAt         time.Time            `json:"ends_at"`
	TimeZone       string               `json:"time_zone"`
	PublicView     elections.PublicView `json:"public_view"`
	Channels       []elections.Channel  `json:"channels"`
	Rules          rulesView            `json:"rules"`
	Rehearsal      bool                 `json:"rehearsal"`
	Confirmations  int                  `json:"confirmations"`
	AtOpening      bool                 `json:"confirmations_at_opening"`
	SealKeysTo     []string             `json:"seal_keys_to"`
	SecondRoundOf  *int64               `json:"second_round_of"`
	Constituencies []constituencyView   `json:"constituencies"`
	BatchesUntil   *time.Time           `json:"batches_until"`
	PublishedAt    *time.Time           `json:"published_at"` // null: a draft
	Withdrawal     *withdrawalView      `json:"withdrawal"`
	TurnoutAt      []string             `json:"turnout_reports_at"`

	ProtocolForm  elections.ProtocolPreset `json:"protocol_form"`
	ProtocolRules protocolRulesView        `json:"protocol_rules"`
}

// protocolRulesView has the form of protocols complete, with the names that people see.
type protocolRulesView struct {
	Fields         []protocolFieldView `json:"fields"`
	OneListPercent int                 `json:"one_list_percent"`
	InvalidPercent int                 `json:"invalid_percent"`
}

type protocolFieldView struct {
	Name     elections.ProtocolFieldName `json:"name"`
	Label    string                      `json:"label"`
	Required bool                        `json:"required"`
}

type withdrawalView struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

type rulesView struct {
	Method              string      `json:"method,omitempty"`
	ThresholdPercent    json.Number `json:"threshold_percent,omitempty"`
	ThresholdBase       string      `json:"threshold_base,omitempty"`
	ThresholdComparison string      `json:"threshold_comparison,omitempty"`

	ThresholdScope elections.ThresholdScope `json:"threshold_scope,omitempty"`
	Majority       elections.Majority       `json:"majority,omitempty"`
	MajorityBase   elections.MajorityBase   `json:"majority_base,omitempty"`

	BlankBallots        bool                 `json:"blank_ballots"`
	PublishEveryStation bool                 `json:"publish_every_station"`
	TieBreak            []elections.TieBreak `json:"tie_break"`
}

type constituencyView struct {
	ID                int64           `json:"id"`
	Name              string          `json:"name"`
	Names             wording.Names   `json:"names,omitempty"` // in other languages
	Seats             int             `json:"seats"`
	RegisteredVoters  *int64          `json:"registered_voters"`
	DeclaredVotesCast *int64          `json:"declared_votes_cast"`
	Participants      []candidacyView `json:"participants"`

	Stations []electionStationView `json:"stations,omitempty"` // not in lists of elections
}

// electionStationView is a polling station in the answer to a call about its election.
type electionStationView struct {
	ID               int64                 `json:"id"`
	Number           string                `json:"number"`
	Name             string                `json:"name"`
	Place            string                `json:"place"`
	Kind             elections.StationKind `json:"kind"`
	State            ballots.StationState  `json:"state"`
	RegisteredVoters *int64                `json:"registered_voters"`
}

type candidacyView struct {
	ID         int64         `json:"id"` // the participant's
	PollNumber int           `json:"poll_number"`
	Name       string        `json:"name"`
	Names      wording.Names `json:"names,omitempty"` // the participant's in other languages
	Weight     string        `json:"weight,omitempty"`
	Exempt     bool          `json:"exempt,omitempty"`
	MaxSeats   int           `json:"max_seats,omitempty"`

	ThresholdPercent json.Number `json:"threshold_percent,omitempty"`
}

// viewWithStations draws an election as viewElection does, with its polling stations.
func (a *API) viewWithStations(ctx context.Context, e *elections.Election) (electionView, error) {
	v := a.viewElection(e)
	if !e.HasStations() {
		return v, nil
	}
	at := make(map[int64]*constituencyView, len(v.Constituencies))
	for i := range v.Constituencies {
		at[v.Constituencies[i].ID] = &v.Constituencies[i]
	}
	err := a.services.Results.EachStation(ctx, e, func(s *ballots.StationRecord) {
		part := at[s.ConstituencyID]
		part.Stations = append(part.Stations, electionStationView{
			ID: s.ID, Number: s.Number, Name: s.Name, Place: s.Place, Kind: s.Kind, State: s.State, RegisteredVoters: known(s.RegisteredVoters),
		})
	})
	return v, err
}

// viewElection draws an election without its polling stations; its times are those of its own time zone.
func (a *API) viewElection(e *elections.Election) electionView {
	v := electionView{
		ID: e.ID, Title: e.Title, Names: e.Names, Kind: e.Kind, State: e.StateAt(a.services.Elections.Now()),
		StartsAt: e.StartsAt.In(e.Location()), EndsAt: e.EndsAt.In(e.Location()), TimeZone: e.TimeZone,
		PublicView: e.PublicView, Channels: e.Channels, Rules: viewRules(e), Rehearsal: e.Rehearsal,
		Confirmations: e.Confirmations, AtOpening: e.CertifiersAtOpening, SealKeysTo: texts(e.SealKeysTo), SecondRoundOf: known(e.SecondRoundOf),
		TurnoutAt:      texts(e.TurnoutReportsAt),
		Constituencies: make([]constituencyView, len(e.Constituencies)),
	}
	v.ProtocolForm, v.ProtocolRules = viewProtocolForm(e.ProtocolForm())
	if !e.IsDraft {
		published := e.PublishedAt.In(e.Location())
		v.PublishedAt = &published
	}
	if e.WithdrawnAt != nil {
		v.Withdrawal = &withdrawalView{At: e.WithdrawnAt.In(e.Location()), Reason: e.WithdrawalReason}
	}
	if e.BatchesUntil != nil {
		until := e.BatchesUntil.In(e.Location())
		v.BatchesUntil = &until
	}
	for i, part := range e.Constituencies {
		v.Constituencies[i] = viewConstituency(part)
	}
	return v
}

func viewRules(e *elections.Election) rulesView {
	r := e.Rules
	if e.Kind == elections.Presidential {
		return rulesView{
			Majority: r.Majority, MajorityBase: r.MajorityBase, BlankBallots: r.BlankBallots, PublishEveryStation: r.PublishEveryStation,
			TieBreak: r.TieBreak,
		}
	}
	return rulesView{
		Method: r.Method, ThresholdPercent: decimal(r.ThresholdPercent), ThresholdBase: r.ThresholdBase,
		ThresholdComparison: r.ThresholdComparison, ThresholdScope: r.ThresholdScope, BlankBallots: r.BlankBallots,
		PublishEveryStation: r.PublishEveryStation,
		TieBreak:            r.TieBreak,
	}
}

func viewProtocolForm(f elections.ProtocolForm) (elections.ProtocolPreset, protocolRulesView) {
	v := protocolRulesView{OneListPercent: f.OneListPercent, InvalidPercent: f.InvalidPercent, Fields: make([]protocolFieldView, len(f.Fields))}
	for i, field := range f.Fields {
		v.Fields[i] = protocolFieldView{Name: field.Name, Label: f.LabelOf(field.Name).String(), Required: field.Required}
	}
	return f.Preset, v
}

func viewConstituency(part elections.Constituency) constituencyView {
	v := constituencyView{
		ID: part.ID, Name: part.Name, Names: part.Names, Seats: part.Seats, RegisteredVoters: known(part.RegisteredVoters),
		DeclaredVotesCast: part.DeclaredVotesCast, Participants: make([]candidacyView, len(part.Candidacies)),
	}
	for i, candidacy := range part.Candidacies {
		v.Participants[i] = candidacyView{
			ID: candidacy.ParticipantID, PollNumber: candidacy.PollNumber, Name: candidacy.Name, Names: candidacy.Names,
			Weight: candidacy.Weight, Exempt: candidacy.Exempt, MaxSeats: candidacy.MaxSeats,
		}
		if candidacy.ThresholdPercent != "" {
			v.Participants[i].ThresholdPercent = decimal(candidacy.ThresholdPercent)
		}
	}
	return v
}

// texts returns a list that is never null in JSON.
func texts(of []string) []string { return append([]string{}, of...) }

// known returns nil for a count whose 0 means that it is unknown.
func known(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// ratioDigits are the decimal places of a percentage that no decimal number gives exactly, such as 10/3.
const ratioDigits = 12

// decimal writes a percentage, a rational in any of the domain's notations, as a JSON number.
func decimal(percent string) json.Number {
	r, ok := elections.ParseRational(percent)
	if !ok {
		return "0"
	}
	digits, exact := r.FloatPrec()
	if !exact {
		digits = ratioDigits
	}
	return json.Number(r.FloatString(digits))
}
