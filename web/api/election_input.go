package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
)

// electionFields returns the fields of an election's body. What a field of the draft holds already
// stays where the body does not name it.
func electionFields(d *elections.Draft) object {
	return object{
		"title": text(&d.Title), "names": names(&d.Names), "kind": named(&d.Kind),
		"starts_at": instant(&d.StartsAt), "ends_at": instant(&d.EndsAt), "time_zone": text(&d.TimeZone),
		"batches_until": orNone(&d.BatchesUntil, instant),
		"public_view":   named(&d.PublicView), "channels": channels(&d.Channels),
		elections.OpenNow: truth(&d.OpenNow),
		"rehearsal":       truth(&d.Rehearsal), "confirmations": integer(&d.Confirmations),
		"turnout_reports_at": each(&d.TurnoutReportsAt, text),
		"seal_keys_to":       each(&d.SealKeysTo, text),
		"protocol_form":      named(&d.Protocols.Preset), "protocol_rules": nested(protocolFields(&d.Protocols)),
		"rules": nested(rulesFields(&d.Rules)),
		"constituencies": each(&d.Constituencies, func(into *elections.ConstituencyDraft) target {
			return nested(constituencyFields(into))
		}),
	}
}

func rulesFields(r *elections.Rules) object {
	return object{
		"method": text(&r.Method), "threshold_percent": number(&r.ThresholdPercent),
		"threshold_base": text(&r.ThresholdBase), "threshold_comparison": text(&r.ThresholdComparison),
		"threshold_scope": named(&r.ThresholdScope),
		"majority":        named(&r.Majority), "majority_base": named(&r.MajorityBase), "blank_ballots": truth(&r.BlankBallots),
		"publish_every_station": truth(&r.PublishEveryStation),
		"tie_break":             each(&r.TieBreak, named[elections.TieBreak]),
	}
}

// protocolFields takes what an election's protocols have that is not as their preset has it.
func protocolFields(f *elections.ProtocolForm) object {
	return object{
		"one_list_percent": integer(&f.OneListPercent), "invalid_percent": integer(&f.InvalidPercent),
		"fields": each(&f.Fields, func(into *elections.ProtocolField) target {
			return nested(object{"name": named(&into.Name), "label": erasable(&into.Label), "required": truth(&into.Required)})
		}),
	}
}

func constituencyFields(d *elections.ConstituencyDraft) object {
	return object{
		"name": text(&d.Name), "names": names(&d.Names), "seats": integer(&d.Seats),
		"registered_voters":   nullable(integer(&d.RegisteredVoters)),
		"declared_votes_cast": nullable(set(&d.DeclaredVotesCast, integer[int64])),
		"participants":        each(&d.Candidacies, candidacy),
		"stations":            each(&d.Stations, stationFields),
	}
}

// candidacy takes an entry of "participants": a participant's id, or an object with the id and what
// the law says of this candidacy.
func candidacy(into *elections.CandidacyDraft) target {
	id := integer(&into.ParticipantID)
	whole := nested(object{
		"id": id, "weight": nullable(text(&into.Weight)),
		"exempt": truth(&into.Exempt), "max_seats": nullable(integer(&into.MaxSeats)),
		"threshold_percent": nullable(number(&into.ThresholdPercent)),
	})
	return func(raw json.RawMessage) []problem.Field {
		if raw[0] == '{' {
			return whole(raw)
		}
		if len(id(raw)) > 0 {
			return wrong(messages.JsonParticipant())
		}
		return nil
	}
}

func channels(into *[]elections.Channel) target {
	return each(into, named[elections.Channel])
}

// each takes an array and reads every entry; it replaces what was there.
func each[T any](into *[]T, read func(*T) target) target {
	return func(raw json.RawMessage) []problem.Field {
		var entries []json.RawMessage
		if isNull(raw) || json.Unmarshal(raw, &entries) != nil {
			return wrong(messages.JsonArray())
		}
		*into = make([]T, len(entries))
		var problems []problem.Field
		for i, entry := range entries {
			problems = append(problems, inside(fmt.Sprintf("[%d]", i), read(&(*into)[i])(entry))...)
		}
		return problems
	}
}

// inRules names the fields that the domain calls by their last name only.
//
//nolint:gochecknoglobals // a table, never written
var inRules = []string{"method", "threshold_percent", "threshold_base", "threshold_comparison", "threshold_scope", "majority", "majority_base", "tie_break"}

// namedAsHere returns a refusal of the domain with the fields named by their path in the body.
func namedAsHere(err error) error {
	var refusal *problem.Error
	if !errors.As(err, &refusal) {
		return err
	}
	renamed := *refusal
	renamed.Fields = slices.Clone(refusal.Fields)
	for i, field := range renamed.Fields {
		if slices.Contains(inRules, field.Name) {
			renamed.Fields[i].Name = "rules." + field.Name
		}
	}
	return &renamed
}
