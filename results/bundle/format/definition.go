package format

import (
	"fmt"
	"time"

	"urna/internal/text/strictjson"
)

// DefinitionFormat names the format of a definition document.
const DefinitionFormat = "urna-definition-1"

// Definition is an election's definition: everything that the results depend on, and nothing that can change after the
// certification, such as a colour.
type Definition struct {
	Format         string                   `json:"format"`
	ID             int64                    `json:"id"`
	Title          string                   `json:"title"`
	Names          map[string]string        `json:"names,omitempty"` // the title in other languages, by tag
	Kind           string                   `json:"kind"`
	StartsAt       time.Time                `json:"starts_at"`
	EndsAt         time.Time                `json:"ends_at"`
	BatchesUntil   *time.Time               `json:"batches_until,omitempty"`
	TimeZone       string                   `json:"time_zone"`
	PublicView     string                   `json:"public_view"`
	Channels       []string                 `json:"channels"`
	Rules          DefinitionRules          `json:"rules"`
	Rehearsal      bool                     `json:"rehearsal"`
	Confirmations  int                      `json:"confirmations"`
	SecondRoundOf  int64                    `json:"second_round_of"`
	TurnoutAt      []string                 `json:"turnout_reports_at,omitempty"` // times of day, or instants
	Constituencies []DefinitionConstituency `json:"constituencies"`
}

// DefinitionRules are the rules by which seats and winners are found.
type DefinitionRules struct {
	Method              string `json:"method"`
	ThresholdPercent    string `json:"threshold_percent"`
	ThresholdBase       string `json:"threshold_base"`
	ThresholdComparison string `json:"threshold_comparison"`
	ThresholdScope      string `json:"threshold_scope"`
	Majority            string `json:"majority"`
	MajorityBase        string `json:"majority_base"`
	BlankBallots        bool   `json:"blank_ballots"`
	PublishEveryStation bool   `json:"publish_every_station,omitempty"`
	// TieBreak are the rules for ties in the order in which they are asked, the last one a lot; none is a lot alone.
	TieBreak []string `json:"tie_break,omitempty"`
}

// DefinitionConstituency is a constituency with its candidacies, in the order of poll numbers.
type DefinitionConstituency struct {
	ID                int64                 `json:"id"`
	Name              string                `json:"name"`
	Names             map[string]string     `json:"names,omitempty"` // in other languages, by tag
	Seats             int                   `json:"seats"`
	RegisteredVoters  int64                 `json:"registered_voters"`
	DeclaredVotesCast *int64                `json:"declared_votes_cast"`
	Candidacies       []DefinitionCandidacy `json:"candidacies"`
}

// DefinitionCandidacy is a candidacy; an empty text or 0 is none.
type DefinitionCandidacy struct {
	PollNumber       int               `json:"poll_number"`
	ParticipantID    int64             `json:"participant_id"`
	Name             string            `json:"name"`
	Names            map[string]string `json:"names,omitempty"` // of the participant in other languages, by tag
	ShortName        string            `json:"short_name"`
	Weight           string            `json:"weight"`
	Exempt           bool              `json:"exempt"`
	MaxSeats         int               `json:"max_seats"`
	ThresholdPercent string            `json:"threshold_percent"`
}

// Encode returns the document's bytes and their SHA-256 in hex.
func (d *Definition) Encode() (document []byte, hash string, err error) { return Encode(d) }

// ReadDefinition reads the document that Encode wrote.
func ReadDefinition(document []byte) (*Definition, error) {
	var d Definition
	if err := strictjson.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("results: the definition cannot be read: %w", err)
	}
	if d.Format != DefinitionFormat {
		return nil, fmt.Errorf("results: the definition is in the form %q; this version reads %q", d.Format, DefinitionFormat)
	}
	if len(d.Constituencies) == 0 {
		return nil, fmt.Errorf("results: the definition of %q has no constituency", d.Title)
	}
	return &d, nil
}

// Constituency returns the constituency with the id, or nil.
func (d *Definition) Constituency(id int64) *DefinitionConstituency {
	for i := range d.Constituencies {
		if d.Constituencies[i].ID == id {
			return &d.Constituencies[i]
		}
	}
	return nil
}
