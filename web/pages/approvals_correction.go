package pages

import (
	"context"

	"urna/auth"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/messages"
	"urna/internal/text/strictjson"
	"urna/web/view"
)

// correctionOfAct returns the correction that an act opens, with the names of its stations. It returns false for another
// act, and for one with parameters that this version does not know: none may stay unseen.
func (p *Pages) correctionOfAct(ctx context.Context, a *auth.Approval) ([]view.Detail, bool) {
	var proposed struct {
		Correction elections.CorrectionDraft `json:"correction"`
		Title      string                    `json:"title"`
	}
	if a.Act != approval.OpenCorrection || strictjson.UnmarshalKnown([]byte(a.Parameters), &proposed) != nil {
		return nil, false
	}
	e, err := p.Elections.Election(ctx, a.ElectionID)
	if err != nil {
		return nil, false
	}
	stations, err := p.stationsByID(ctx, e)
	if err != nil {
		return nil, false
	}
	list := []view.Detail{{Name: messages.CorrectionsOrderedBy(), Value: messages.Verbatim(proposed.Correction.OrderedBy)}}
	for _, o := range proposed.Correction.Stations {
		if _, known := stations[o.StationID]; e.Constituency(o.ConstituencyID) == nil || o.StationID != 0 && !known {
			return nil, false
		}
		place := elections.CorrectedStation{StationID: o.StationID, ConstituencyID: o.ConstituencyID}
		list = append(list, view.Detail{Name: messages.CorrectionsPlaces(), Value: messages.CorrectionsPlace(correctedPlace(e, &place, stations), correctedAct(o.Act))})
	}
	for _, id := range proposed.Correction.Constituencies {
		place := e.Constituency(id)
		if place == nil {
			return nil, false
		}
		list = append(list, view.Detail{Name: messages.CorrectionsOnline(), Value: messages.Verbatim(place.Name)})
	}
	return list, true
}
