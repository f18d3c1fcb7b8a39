package elections

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/internal/text/strictjson"
)

// DefinitionFormat names the form of a definition file.
const DefinitionFormat = "urna-election-1"

// Definition is an election's definition as a self-contained file: a definition imported on one
// server and exported from another is the same. It carries no ids: candidacies name their participant
// by its place in Participants, from 1.
type Definition struct {
	Format         string                   `json:"format"`
	Title          string                   `json:"title"`
	Names          text.Names               `json:"names,omitempty"` // the title in other languages
	Kind           Kind                     `json:"kind"`
	StartsAt       time.Time                `json:"starts_at"`
	EndsAt         time.Time                `json:"ends_at"`
	BatchesUntil   *time.Time               `json:"batches_until,omitempty"`
	TimeZone       string                   `json:"time_zone,omitempty"`
	PublicView     PublicView               `json:"public_view,omitempty"`
	Channels       []Channel                `json:"channels,omitempty"` // nil is both
	Rehearsal      bool                     `json:"rehearsal,omitempty"`
	Confirmations  int                      `json:"confirmations,omitempty"`
	SealKeysTo     []string                 `json:"seal_keys_to,omitempty"`
	ProtocolForm   ProtocolPreset           `json:"protocol_form,omitempty"`
	ProtocolRules  *DefinitionProtocol      `json:"protocol_rules,omitempty"`
	TurnoutAt      []string                 `json:"turnout_reports_at,omitempty"` // as in Draft
	Rules          DefinitionRules          `json:"rules"`
	Participants   []DefinitionParticipant  `json:"participants,omitempty"`
	Constituencies []DefinitionConstituency `json:"constituencies,omitempty"`
	// OpenNow and AsDraft are those of Draft: no part of the file, but what the person who imports it says.
	OpenNow, AsDraft bool `json:"-"`
}

// DefinitionRules are the fields of Rules.
type DefinitionRules struct {
	Method              string         `json:"method,omitempty"`
	ThresholdPercent    string         `json:"threshold_percent,omitempty"`
	ThresholdBase       string         `json:"threshold_base,omitempty"`
	ThresholdComparison string         `json:"threshold_comparison,omitempty"`
	ThresholdScope      ThresholdScope `json:"threshold_scope,omitempty"`
	Majority            Majority       `json:"majority,omitempty"`
	MajorityBase        MajorityBase   `json:"majority_base,omitempty"`
	BlankBallots        bool           `json:"blank_ballots,omitempty"`
	PublishEveryStation bool           `json:"publish_every_station,omitempty"`
	TieBreak            []TieBreak     `json:"tie_break,omitempty"` // a lot is the last one and may be left out
}

// DefinitionProtocol is what an election's protocols have that is not their preset's or the default.
type DefinitionProtocol struct {
	Fields         []DefinitionProtocolField `json:"fields,omitempty"`
	OneListPercent int                       `json:"one_list_percent,omitempty"`
	InvalidPercent int                       `json:"invalid_percent,omitempty"`
}

// DefinitionProtocolField has the fields of ProtocolField.
type DefinitionProtocolField struct {
	Name     ProtocolFieldName `json:"name"`
	Label    string            `json:"label,omitempty"`
	Required bool              `json:"required,omitempty"`
}

// DefinitionParticipant is a participant of the election's kind.
type DefinitionParticipant struct {
	Name      string     `json:"name"`
	Names     text.Names `json:"names,omitempty"`
	ShortName string     `json:"short_name,omitempty"`
	Color     string     `json:"color,omitempty"`
}

// DefinitionConstituency is a constituency; the order of Candidacies gives the poll numbers, from 1.
type DefinitionConstituency struct {
	Name              string                `json:"name"`
	Names             text.Names            `json:"names,omitempty"`
	Seats             int                   `json:"seats"`
	RegisteredVoters  int64                 `json:"registered_voters,omitempty"`
	DeclaredVotesCast *int64                `json:"declared_votes_cast,omitempty"`
	Candidacies       []DefinitionCandidacy `json:"candidacies,omitempty"`
	Stations          []DefinitionStation   `json:"stations,omitempty"`
}

// DefinitionStation is a polling station.
type DefinitionStation struct {
	Number           string      `json:"number"`
	Name             string      `json:"name,omitempty"`
	Place            string      `json:"place,omitempty"`
	RegisteredVoters int64       `json:"registered_voters,omitempty"`
	Kind             StationKind `json:"kind,omitempty"` // "" is OrdinaryStation
}

// DefinitionCandidacy is a participant's standing.
type DefinitionCandidacy struct {
	Participant      int    `json:"participant"` // place in Participants, from 1
	Weight           string `json:"weight,omitempty"`
	Exempt           bool   `json:"exempt,omitempty"`
	MaxSeats         int    `json:"max_seats,omitempty"`
	ThresholdPercent string `json:"threshold_percent,omitempty"`
}

// Definition returns the election's definition with its polling stations, as Stations returns them; its times are those
// of its own time zone.
func (e *Election) Definition(stations map[int64][]Station) Definition {
	d := Definition{
		Format: DefinitionFormat, Title: e.Title, Names: e.Names, Kind: e.Kind, StartsAt: e.StartsAt.In(e.Location()),
		EndsAt: e.EndsAt.In(e.Location()), TimeZone: e.TimeZone, PublicView: e.PublicView, Channels: e.Channels,
		Rehearsal: e.Rehearsal, Confirmations: e.Draft().Confirmations, SealKeysTo: e.SealKeysTo,
		TurnoutAt: e.TurnoutReportsAt, Rules: DefinitionRules(e.Rules),
	}
	if slices.Equal(d.Rules.TieBreak, []TieBreak{ByLot}) {
		d.Rules.TieBreak = nil // earlier versions read the file, too
	}
	if e.BatchesUntil != nil {
		until := e.BatchesUntil.In(e.Location())
		d.BatchesUntil = &until
	}
	d.ProtocolForm, d.ProtocolRules = e.Protocols.definition()
	places := map[int64]int{}
	for _, c := range e.Constituencies {
		part := DefinitionConstituency{
			Name: c.Name, Names: c.Names, Seats: c.Seats, RegisteredVoters: c.RegisteredVoters, DeclaredVotesCast: c.DeclaredVotesCast,
		}
		for _, k := range c.Candidacies {
			if places[k.ParticipantID] == 0 {
				d.Participants = append(d.Participants, DefinitionParticipant{Name: k.Name, Names: k.Names, ShortName: k.ShortName, Color: k.Color})
				places[k.ParticipantID] = len(d.Participants)
			}
			part.Candidacies = append(part.Candidacies, DefinitionCandidacy{
				Participant: places[k.ParticipantID], Weight: k.Weight, Exempt: k.Exempt, MaxSeats: k.MaxSeats,
				ThresholdPercent: k.ThresholdPercent,
			})
		}
		for _, s := range stations[c.ID] {
			part.Stations = append(part.Stations, DefinitionStation{
				Number: s.Number, Name: s.Name, Place: s.Place, RegisteredVoters: s.RegisteredVoters, Kind: s.Kind,
			})
		}
		d.Constituencies = append(d.Constituencies, part)
	}
	return d
}

// errDefinition is wrapped by what ReadDefinition refuses.
var errDefinition = problem.New(problem.Malformed, "definition-unreadable", messages.RefusalDefinitionUnreadable())

// ReadDefinition reads a definition file: one JSON object in UTF-8. A field that does not exist, that occurs there
// twice or in other capitals, and null are refused, so that a rule is never left out or replaced in silence. The
// error names the field and the line.
func ReadDefinition(document []byte) (Definition, error) {
	var d Definition
	if err := strictjson.UnmarshalKnown(strictjson.WithoutMark(document), &d); err != nil {
		wrong, ok := errors.AsType[*strictjson.Error](err)
		switch {
		case !ok:
			return d, errDefinition.With(messages.RefusalDefinitionUnreadableBecause(err.Error()))
		case wrong.Path != "":
			return d, errDefinition.With(messages.RefusalDefinitionUnreadableAt(int64(wrong.Line), wrong.Path, wrong.Message))
		default:
			return d, errDefinition.With(messages.RefusalDefinitionUnreadableNear(int64(wrong.Line), wrong.Message))
		}
	}
	if d.Format != DefinitionFormat {
		return d, errDefinition.With(messages.RefusalDefinitionUnreadableForm(d.Format, DefinitionFormat))
	}
	return d, nil
}

// Write writes the definition as ReadDefinition reads it.
func (d Definition) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

// Import makes an election from a definition, in one transaction. A participant that is registered under
// the same name and short name, compared by text.Key, is used; the others are registered. Problems come
// as those of Create.
func (s *Service) Import(ctx context.Context, actor audit.Actor, d Definition) (created *Election, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		ids, err := s.register(ctx, tx, actor, d)
		if err != nil {
			return err
		}
		draft, err := d.draft(ids)
		if err != nil {
			return err
		}
		draft.OpenNow, draft.AsDraft = d.OpenNow, d.AsDraft
		created, err = s.CreateWithin(ctx, tx, actor, draft)
		return namedAsInFile(err)
	})
	return created, err
}

// namedAsInFile returns a refusal of Create with the fields named by their path in a definition file.
func namedAsInFile(err error) error {
	refusal, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return err
	}
	renamed := *refusal
	renamed.Fields = nil
	for _, f := range refusal.Fields {
		list, rest, inside := strings.Cut(f.Name, "].participants")
		switch {
		case inside:
			f.Name = list + "].candidacies" + rest
			if place, ok := strings.CutSuffix(f.Name, ".id"); ok {
				f.Name = place + ".participant"
			}
		case slices.Contains(ruleFields(), f.Name):
			f.Name = "rules." + f.Name
		}
		renamed.Fields = append(renamed.Fields, f)
	}
	return &renamed
}

// ruleFields are the names by which Create calls the fields of the rules.
func ruleFields() []string {
	return []string{"method", "threshold_percent", "threshold_base", "threshold_comparison", "threshold_scope", "majority", "majority_base", "tie_break"}
}

// draft returns the definition for Create. An empty list stays one, for Create to refuse.
func (d Definition) draft(ids []int64) (Draft, error) {
	draft := Draft{
		Title: d.Title, Names: d.Names, Kind: d.Kind, StartsAt: d.StartsAt.UTC(), EndsAt: d.EndsAt.UTC(), TimeZone: d.TimeZone, PublicView: d.PublicView,
		Channels: d.Channels, BatchesUntil: d.BatchesUntil, Rehearsal: d.Rehearsal, Confirmations: d.Confirmations, SealKeysTo: d.SealKeysTo,
		TurnoutReportsAt: d.TurnoutAt, Protocols: d.protocols(), Rules: Rules(d.Rules),
	}
	var c problem.Checks
	if d.Participants != nil && len(d.Participants) == 0 {
		c.Add("participants", messages.FieldListParticipant())
	}
	if d.Constituencies != nil {
		draft.Constituencies = make([]ConstituencyDraft, 0, len(d.Constituencies))
	}
	for i, part := range d.Constituencies {
		constituency := ConstituencyDraft{
			Name: part.Name, Names: part.Names, Seats: part.Seats, RegisteredVoters: part.RegisteredVoters, DeclaredVotesCast: part.DeclaredVotesCast,
		}
		for j, k := range part.Candidacies {
			candidacy := CandidacyDraft{Weight: k.Weight, Exempt: k.Exempt, MaxSeats: k.MaxSeats, ThresholdPercent: k.ThresholdPercent}
			if k.Participant < 1 || k.Participant > len(ids) {
				c.Add(fmt.Sprintf("constituencies[%d].candidacies[%d].participant", i, j),
					messages.FieldNoParticipantAt(int64(k.Participant), int64(len(ids))))
			} else {
				candidacy.ParticipantID = ids[k.Participant-1]
			}
			constituency.Candidacies = append(constituency.Candidacies, candidacy)
		}
		for _, s := range part.Stations {
			constituency.Stations = append(constituency.Stations, StationDraft(s))
		}
		draft.Constituencies = append(draft.Constituencies, constituency)
	}
	return draft, c.Err()
}
