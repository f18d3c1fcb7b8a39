package elections

import (
	"strconv"

	"urna/internal/text"
)

// stationDiff is what a change makes of the polling stations of an election.
type stationDiff struct {
	add    []Station
	edit   []stationEdit
	remove []Station
}

// stationEdit is a polling station before and after a change.
type stationEdit struct{ before, after Station }

func (p *stationDiff) empty() bool { return len(p.add)+len(p.edit)+len(p.remove) == 0 }

// diffStations compares the polling stations of constituencies with what they are to be: wanted has complete drafts by
// constituency, and constituencies that it does not name stay as they are. A station keeps its id by its number. With
// keepOrder stations keep their places too, and new ones are the last.
func diffStations(election int64, present map[int64][]Station, wanted map[int64][]StationDraft, keepOrder bool) (p stationDiff) {
	for constituency, drafts := range wanted {
		known, last := map[string]Station{}, 0
		for _, s := range present[constituency] {
			known[text.Key(s.Number)] = s
			last = max(last, s.Position)
		}
		for i, d := range drafts {
			position := i + 1
			before, exists := known[text.Key(d.Number)]
			if keepOrder && exists {
				position = before.Position
			} else if keepOrder {
				last++
				position = last
			}
			after := before.with(d)
			after.ElectionID, after.ConstituencyID, after.Position = election, constituency, position
			delete(known, text.Key(d.Number))
			switch {
			case !exists:
				p.add = append(p.add, after)
			case after != before:
				p.edit = append(p.edit, stationEdit{before, after})
			}
		}
		for _, s := range present[constituency] {
			if _, gone := known[text.Key(s.Number)]; gone {
				p.remove = append(p.remove, s)
			}
		}
	}
	return p
}

// with returns the station as a complete draft describes it.
func (s Station) with(d StationDraft) Station {
	s.Number, s.Name, s.Place, s.RegisteredVoters, s.Kind = d.Number, d.Name, d.Place, d.RegisteredVoters, d.Kind
	return s
}

// amendments returns the changes, as it is kept on record after the opening. The caller sets reason, person
// and time.
func (p *stationDiff) amendments() (list []Amendment) {
	for _, s := range p.add {
		list = append(list, s.amendment(AmendedAdded, "", s.Number))
	}
	for _, e := range p.edit {
		add := func(field AmendedField, was, became string) {
			if was != became {
				list = append(list, e.after.amendment(field, was, became))
			}
		}
		add(AmendedRegisteredVoters, strconv.FormatInt(e.before.RegisteredVoters, 10), strconv.FormatInt(e.after.RegisteredVoters, 10))
		add(AmendedName, e.before.Name, e.after.Name)
		add(AmendedPlace, e.before.Place, e.after.Place)
		add(AmendedKind, string(e.before.Kind), string(e.after.Kind))
	}
	return list
}

func (s *Station) amendment(field AmendedField, was, became string) Amendment {
	return Amendment{
		ElectionID: s.ElectionID, ConstituencyID: s.ConstituencyID, StationID: s.ID, Field: field, Was: was, Became: became,
		StationNumber: s.Number, StationName: s.Name,
	}
}
