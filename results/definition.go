package results

import (
	"fmt"
	"time"

	"urna/elections"
	"urna/internal/text/strictjson"
)

// DefinitionFormat names the form of a definition document.
const DefinitionFormat = "urna-definition-1"

// definition is an election's definition as the results bundle carries it: everything that the results
// depend on, and nothing that may still change after certification, such as a colour.
type definition struct {
	Format         string                   `json:"format"`
	ID             int64                    `json:"id"`
	Title          string                   `json:"title"`
	Kind           elections.Kind           `json:"kind"`
	StartsAt       time.Time                `json:"starts_at"`
	EndsAt         time.Time                `json:"ends_at"`
	TimeZone       string                   `json:"time_zone"`
	PublicView     elections.PublicView     `json:"public_view"`
	Channels       []elections.Channel      `json:"channels"`
	Rules          definitionRules          `json:"rules"`
	Rehearsal      bool                     `json:"rehearsal"`
	Confirmations  int                      `json:"confirmations"`
	SecondRoundOf  int64                    `json:"second_round_of"`
	Constituencies []definitionConstituency `json:"constituencies"`
}

type definitionRules struct {
	Method              string                   `json:"method"`
	ThresholdPercent    string                   `json:"threshold_percent"`
	ThresholdBase       string                   `json:"threshold_base"`
	ThresholdComparison string                   `json:"threshold_comparison"`
	ThresholdScope      elections.ThresholdScope `json:"threshold_scope"`
	Majority            elections.Majority       `json:"majority"`
	MajorityBase        elections.MajorityBase   `json:"majority_base"`
	BlankBallots        bool                     `json:"blank_ballots"`
}

type definitionConstituency struct {
	ID                int64                 `json:"id"`
	Name              string                `json:"name"`
	Seats             int                   `json:"seats"`
	RegisteredVoters  int64                 `json:"registered_voters"`
	DeclaredVotesCast *int64                `json:"declared_votes_cast"`
	Candidacies       []definitionCandidacy `json:"candidacies"`
}

type definitionCandidacy struct {
	PollNumber       int    `json:"poll_number"`
	ParticipantID    int64  `json:"participant_id"`
	Name             string `json:"name"`
	ShortName        string `json:"short_name"`
	Weight           string `json:"weight"`
	Exempt           bool   `json:"exempt"`
	MaxSeats         int    `json:"max_seats"`
	ThresholdPercent string `json:"threshold_percent"`
}

// EncodeDefinition returns an election's definition as a document, with its SHA-256 in hex. A certified
// election always gives the same bytes.
func EncodeDefinition(e *elections.Election) (document []byte, hash string, err error) {
	d := definition{
		Format: DefinitionFormat, ID: e.ID, Title: e.Title, Kind: e.Kind, StartsAt: e.StartsAt.UTC(), EndsAt: e.EndsAt.UTC(),
		TimeZone: e.TimeZone, PublicView: e.PublicView, Channels: e.Channels, Rules: definitionRules(e.Rules),
		Rehearsal: e.Rehearsal, Confirmations: e.Confirmations, SecondRoundOf: e.SecondRoundOf,
	}
	for _, c := range e.Constituencies {
		part := definitionConstituency{
			ID: c.ID, Name: c.Name, Seats: c.Seats, RegisteredVoters: c.RegisteredVoters, DeclaredVotesCast: c.DeclaredVotesCast,
		}
		for _, k := range c.Candidacies {
			part.Candidacies = append(part.Candidacies, definitionCandidacy{
				PollNumber: k.PollNumber, ParticipantID: k.ParticipantID, Name: k.Name, ShortName: k.ShortName,
				Weight: k.Weight, Exempt: k.Exempt, MaxSeats: k.MaxSeats, ThresholdPercent: k.ThresholdPercent,
			})
		}
		d.Constituencies = append(d.Constituencies, part)
	}
	return encode(d)
}

// DecodeDefinition reads what EncodeDefinition wrote. The election has no colours and is not certified.
func DecodeDefinition(document []byte) (*elections.Election, error) {
	var d definition
	if err := strictjson.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("results: the definition cannot be read: %w", err)
	}
	if d.Format != DefinitionFormat {
		return nil, fmt.Errorf("results: the definition is in the form %q; this version reads %q", d.Format, DefinitionFormat)
	}
	e := &elections.Election{
		ID: d.ID, Title: d.Title, Kind: d.Kind, StartsAt: d.StartsAt, EndsAt: d.EndsAt, TimeZone: d.TimeZone,
		PublicView: d.PublicView, Channels: d.Channels, Rules: elections.Rules(d.Rules), Rehearsal: d.Rehearsal,
		Confirmations: d.Confirmations, SecondRoundOf: d.SecondRoundOf,
	}
	if len(d.Constituencies) == 0 {
		return nil, fmt.Errorf("results: the definition of %q has no constituency", d.Title)
	}
	for _, c := range d.Constituencies {
		part := elections.Constituency{
			ID: c.ID, ElectionID: d.ID, Name: c.Name, Seats: c.Seats, RegisteredVoters: c.RegisteredVoters, DeclaredVotesCast: c.DeclaredVotesCast,
		}
		for _, k := range c.Candidacies {
			part.Candidacies = append(part.Candidacies, elections.Candidacy{
				PollNumber: k.PollNumber, ParticipantID: k.ParticipantID, Name: k.Name, ShortName: k.ShortName,
				Weight: k.Weight, Exempt: k.Exempt, MaxSeats: k.MaxSeats, ThresholdPercent: k.ThresholdPercent,
			})
		}
		e.Constituencies = append(e.Constituencies, part)
	}
	return e, nil
}
