package pages

import (
	"context"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/web/view"
	"urna/web/view/kit"
)

// Bounds of the upload form's field for a polling station.
const (
	mostSuggested    = 500 // stations in the list of suggestions; of more the official types the number
	mostAlternatives = 10  // stations that a refusal names
)

// typedStation is what an official typed in the field for a polling station.
type typedStation struct {
	text string
	id   int64 // of the station that it names; 0 before it was looked up, and if the field is empty
}

// refuseStation returns a refusal about the field.
func refuseStation(message messages.Message) error {
	return &problem.Error{
		Kind: problem.Invalid, Code: batch.ErrStationNeeded.Code, Message: messages.RefusalInvalidInput(),
		Fields: []problem.Field{{Name: "station", Message: message}},
	}
}

// findStation looks up the polling station that was typed: the one with that number or, if there is none, the only one
// in whose number, name or place the text is. constituency is the one that was chosen, 0 if none was.
func (p *Pages) findStation(ctx context.Context, e *elections.Election, constituency int64, typed *typedStation) error {
	if typed.text == "" || typed.id != 0 {
		return nil
	}
	all, err := p.Elections.StationsTakingBallots(ctx, e)
	if err != nil {
		return err
	}
	var exact, near []elections.Station
	wanted := text.Key(typed.text)
	for _, c := range e.Constituencies {
		if constituency != 0 && c.ID != constituency {
			continue
		}
		for _, s := range all[c.ID] {
			switch {
			case text.Key(s.Number) == wanted, text.Key(s.Title()) == wanted:
				exact = append(exact, s)
			case strings.Contains(text.Key(s.Number+" "+s.Name+" "+s.Place), wanted):
				near = append(near, s)
			}
		}
	}
	if len(exact) > 0 {
		near = exact
	}
	switch len(near) {
	case 0:
		return refuseStation(messages.UploadStationUnknown(typed.text))
	case 1:
		typed.id = near[0].ID
		return nil
	}
	return refuseStation(severalStations(e, typed.text, near, len(exact) > 1))
}

// severalStations names the first polling stations that match. If they have the same number, they are of several
// constituencies.
func severalStations(e *elections.Election, typed string, found []elections.Station, sameNumber bool) messages.Message {
	if sameNumber {
		return messages.UploadStationInSeveral(typed)
	}
	var names []string
	for _, s := range found[:min(len(found), mostAlternatives)] {
		name := s.Title()
		if c := e.Constituency(s.ConstituencyID); c != nil && len(e.Constituencies) > 1 {
			name += " (" + c.Name + ")"
		}
		names = append(names, name)
	}
	return messages.UploadStationSeveral(int64(len(found)), typed, strings.Join(names, "; "))
}

// addStation shows the field for the polling station if any of the official's constituencies has stations, with
// suggestions if these are few enough.
func (p *Pages) addStation(ctx context.Context, model *view.UploadPage, e *elections.Election, own []elections.Constituency, typed typedStation) error {
	if !slices.ContainsFunc(own, func(c elections.Constituency) bool { return c.HasStations }) {
		return nil
	}
	model.Station = kit.Field{
		Name: "station", Label: messages.UploadStation(), Hint: messages.UploadStationHint(), Value: typed.text, Complete: "off", TestID: "upload-station",
		Problem: model.Problems.Of("station"), Optional: slices.ContainsFunc(own, func(c elections.Constituency) bool { return !c.HasStations }),
	}
	counts, err := p.Elections.CountStations(ctx, e.ID)
	if err != nil {
		return err
	}
	stations := 0
	for _, c := range own {
		stations += counts[c.ID]
	}
	if stations > mostSuggested {
		return nil
	}
	all, err := p.Elections.StationsTakingBallots(ctx, e)
	if err != nil {
		return err
	}
	model.Station.List = "stations"
	for _, c := range own {
		for _, s := range all[c.ID] {
			model.Stations = append(model.Stations, s.Title())
		}
	}
	return nil
}

// askedStation returns the constituency and the polling station that the address of the form names.
func (p *Pages) askedStation(c *gin.Context, e *elections.Election) (a answers) {
	a.constituency = decimal(queryID(c, "constituency_id"))
	id := queryID(c, "station_id")
	if id == 0 {
		return a
	}
	if s, err := p.Elections.Station(c.Request.Context(), id); err == nil && s.ElectionID == e.ID {
		a.constituency, a.station = decimal(s.ConstituencyID), typedStation{text: s.Number, id: s.ID}
	}
	return a
}
