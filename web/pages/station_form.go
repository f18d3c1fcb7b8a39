package pages

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// stationInput is what a form says of a polling station.
type stationInput struct {
	Number, Name, Place, Registered, Kind, Constituency, Reason, Version string
}

func readStation(c *gin.Context) stationInput {
	return stationInput{
		Number: formValue(c, "number"), Name: formValue(c, "name"), Place: formValue(c, "place"), Kind: formValue(c, "kind"),
		Registered: formValue(c, "registered_voters"), Constituency: formValue(c, "constituency_id"), Reason: formValue(c, "reason"),
		Version: formValue(c, "version"),
	}
}

// inputOfStation is what the form of a stored station shows.
func inputOfStation(s *elections.Station) stationInput {
	t := stationInput{Number: s.Number, Name: s.Name, Place: s.Place, Kind: string(s.Kind), Version: s.Version()}
	if s.RegisteredVoters > 0 {
		t.Registered = decimal(s.RegisteredVoters)
	}
	return t
}

// draft returns what was typed; a number that cannot be read is a problem.
func (t *stationInput) draft() (elections.StationDraft, error) {
	var checks problem.Checks
	d := elections.StationDraft{Number: t.Number, Name: t.Name, Place: t.Place, Kind: elections.StationKind(t.Kind)}
	if t.Registered != "" {
		d.RegisteredVoters = readNumber(&checks, "registered_voters", messages.StationAdminRegistered(), t.Registered)
	}
	return d, checks.Err()
}

// station returns the polling station that the path names, with its election.
func (p *Pages) station(c *gin.Context) (*elections.Election, elections.Station, error) {
	e, err := p.election(c)
	if err != nil {
		return nil, elections.Station{}, err
	}
	id, ok := pathID(c, "station")
	if !ok {
		return nil, elections.Station{}, elections.ErrUnknownStation
	}
	station, err := p.Elections.Station(c.Request.Context(), id)
	if err == nil && station.ElectionID != e.ID {
		err = elections.ErrUnknownStation
	}
	return e, station, err
}

// AdminStationNew asks for a polling station.
func (p *Pages) AdminStationNew(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if state := e.StateAt(p.Now()); state.Final() || state == elections.Correcting {
		respond.Error(c, elections.ErrCertified)
		return
	}
	p.stationForm(c, http.StatusOK, e, nil, stationInput{Constituency: c.Query("constituency")}, kit.Problems{})
}

// AdminStationCreate adds a polling station.
func (p *Pages) AdminStationCreate(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	typed := readStation(c)
	d, err := typed.draft()
	if err == nil {
		constituency, _ := strconv.ParseInt(typed.Constituency, 10, 64) // a text that is no number names none
		if len(e.Constituencies) == 1 {
			constituency = e.Constituencies[0].ID
		}
		_, err = p.Elections.AddStation(c.Request.Context(), principal.Actor(c), e.ID, constituency, d, typed.Reason)
	}
	p.afterStation(c, err, e, nil, typed, "added")
}

// AdminStation shows a polling station, and what was corrected of it.
func (p *Pages) AdminStation(c *gin.Context) {
	e, station, err := p.station(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.stationForm(c, http.StatusOK, e, &station, inputOfStation(&station), kit.Problems{})
}

// AdminStationChange changes a polling station, on record once the election has opened.
func (p *Pages) AdminStationChange(c *gin.Context) {
	e, station, err := p.station(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	typed := readStation(c)
	d, err := typed.draft()
	if err == nil {
		_, err = p.Elections.ChangeStation(c.Request.Context(), principal.Actor(c), station.ID, typed.Version, d, typed.Reason)
	}
	p.afterStation(c, err, e, &station, typed, "saved")
}

// AdminStationRemove removes a polling station of an election that has not opened.
func (p *Pages) AdminStationRemove(c *gin.Context) {
	e, station, err := p.station(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	err = p.Elections.RemoveStation(c.Request.Context(), principal.Actor(c), station.ID)
	p.afterStation(c, err, e, &station, inputOfStation(&station), "removed")
}

// afterStation leads back to the list after an act on a station, or shows the form with what was wrong.
func (p *Pages) afterStation(c *gin.Context, err error, e *elections.Election, station *elections.Station, typed stationInput, done string) {
	if err == nil {
		p.Results.Changed(e.ID)
		respond.SeeOther(c, stationsPath(e.ID)+"?done="+done)
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	p.stationForm(c, status, e, station, typed, problems)
}

// stationForm shows the form of a polling station; nil is a new one.
func (p *Pages) stationForm(c *gin.Context, status int, e *elections.Election, station *elections.Station, typed stationInput, problems kit.Problems) {
	field := func(name string, label messages.Message, value string) kit.Field {
		return kit.Field{Name: name, Label: label, Value: value, Problem: problems.Of(name), Complete: "off"}
	}
	state, editable := e.StateAt(p.Now()), e.Editable(p.Now())
	number := field("number", messages.StationAdminNumber(), typed.Number)
	number.Hint = messages.StationAdminNumberHint()
	if station != nil && !editable {
		number.Hint = messages.StationAdminNumberFixedHint()
	}
	name, place := field("name", messages.StationAdminName(), typed.Name), field("place", messages.StationAdminPlace(), typed.Place)
	registered := field("registered_voters", messages.StationAdminRegistered(), typed.Registered)
	registered.Mode, registered.Hint = "numeric", messages.StationAdminOptionalRegisteredHint()
	name.Optional, place.Optional, registered.Optional = true, true, true
	model := view.StationFormPage{
		Heading: messages.StationAdminNewHeading(), Crumbs: stationCrumbs(e), Action: stationsPath(e.ID), Back: stationsPath(e.ID),
		Version: typed.Version, Problems: problems, Fields: []kit.Field{number, name, place, registered},
		Kind: field("kind", messages.StationAdminKind(), typed.Kind), Notice: stationNotice(c.Query("done")),
	}
	for _, kind := range elections.StationKinds() {
		model.Kinds = append(model.Kinds, kit.Option{Value: string(kind), Text: stationKind(kind)})
	}
	if !editable {
		reason := field("reason", messages.StationAdminReason(), typed.Reason)
		reason.Hint = messages.StationAdminReasonHint()
		model.Reason = &reason
	}
	if state.Final() || state == elections.Correcting {
		model.Action, model.Reason = "", nil
	}
	if station == nil && len(e.Constituencies) > 1 {
		model.Constituency = view.Filter{
			Field:   field("constituency_id", messages.StationAdminConstituency(), typed.Constituency),
			Options: constituencyOptions(e, messages.ComponentsChoose(), func(*elections.Constituency) bool { return true }),
		}
	}
	if station != nil {
		if err := p.describeStation(c, e, station, &model); err != nil {
			respond.Error(c, err)
			return
		}
	}
	model.Page = p.inElection(c, e, stationsEntry, model.Heading)
	personal(c)
	respond.Page(c, status, view.StationForm(model))
}

// describeStation adds what the page of a stored station has.
func (p *Pages) describeStation(c *gin.Context, e *elections.Election, station *elections.Station, model *view.StationFormPage) error {
	model.Heading = messages.StationAdminTitle(station.Number)
	if constituency := e.Constituency(station.ConstituencyID); constituency != nil && len(e.Constituencies) > 1 {
		model.Heading = messages.StationAdminTitleIn(constituency.Name, station.Number)
	}
	states, err := p.stationStates(c.Request.Context(), e, station.ID)
	if err != nil {
		return err
	}
	if state, opened := states[station.ID]; opened {
		model.Marks = []kit.Mark{stationState(state)}
		model.Protocol = "/stations/" + decimal(station.ID) + "/protocol"
		model.Public = "/elections/" + decimal(e.ID) + "/stations/" + decimal(station.ID)
	}
	own := stationsPath(e.ID) + "/" + decimal(station.ID)
	if model.Action != "" {
		model.Action = own
	}
	if e.Editable(p.Now()) {
		model.Remove = own + "/removal"
	}
	if model.Moves, err = p.stationMoves(c, e, station, own, model.Problems); err != nil {
		return err
	}
	if station.Exclusion != elections.NotExcluded {
		model.Excluded = messages.StationAdminExcludedSince(exclusionMark(station.Exclusion).Text, station.ExclusionReason)
	}
	if model.Waiting, err = p.stationWaits(c.Request.Context(), e, station.ID); err != nil {
		return err
	}
	list, err := p.Elections.Amendments(c.Request.Context(), e.ID, elections.AmendmentFilter{StationID: station.ID})
	if err != nil {
		return err
	}
	model.Amendments = amendmentRows(e, list)
	model.Zone = view.ZoneName(e.Location())
	return nil
}
