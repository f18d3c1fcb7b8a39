package api

import (
	"encoding/json"
	"slices"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
)

// partsOf takes the constituencies of a stored election. If the entries have ids, each changes what it names of the
// constituency with its id, and the others stay; else the entries replace all constituencies.
func partsOf(e *elections.Election, stations map[int64][]elections.Station, d *elections.Draft) target {
	return func(raw json.RawMessage) []problem.Field {
		if !namesIDs(raw) {
			return each(&d.Constituencies, func(into *elections.ConstituencyDraft) target { return nested(constituencyFields(into)) })(raw)
		}
		ids := make([]int64, len(e.Constituencies))
		for i := range e.Constituencies {
			ids[i] = e.Constituencies[i].ID
		}
		parts := slices.Clone(d.Constituencies)
		problems := changeByID(raw, ids, messages.JsonConstituencyId(), func(i int) object {
			fields := constituencyFields(&parts[i])
			fields["stations"] = stationsOf(stations[ids[i]], &parts[i].Stations)
			return fields
		})
		if len(problems) == 0 {
			d.Constituencies = parts
		}
		return problems
	}
}

// stationsOf takes the polling stations of a stored constituency, as partsOf takes constituencies.
func stationsOf(stored []elections.Station, into *[]elections.StationDraft) target {
	return func(raw json.RawMessage) []problem.Field {
		if !namesIDs(raw) {
			return each(into, stationFields)(raw)
		}
		ids := make([]int64, len(stored))
		all := make([]elections.StationDraft, len(stored))
		for i := range stored {
			ids[i], all[i] = stored[i].ID, stored[i].Draft()
		}
		*into = all
		return changeByID(raw, ids, messages.JsonStationId(), func(i int) object {
			fields := fieldsOfStation(&all[i])
			fields["number"] = unchanged(all[i].Number)
			return fields
		})
	}
}

// unchanged takes the number that a polling station has.
func unchanged(number string) target {
	return func(raw json.RawMessage) []problem.Field {
		var given string
		if problems := text(&given)(raw); len(problems) > 0 || given == number {
			return problems
		}
		return wrong(messages.JsonStationNumber())
	}
}
