package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminCorrections shows the open correction of a certified election, or the form that opens one.
func (p *Pages) AdminCorrections(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.correctionsPage(c, http.StatusOK, e, kit.Problems{})
}

// AdminCorrectionOpen reopens polling stations of a certified election, or proposes that. If no second administrator
// approves, the password is asked again.
func (p *Pages) AdminCorrectionOpen(c *gin.Context) {
	p.correctionAct(c, "opened", func(e *elections.Election) error {
		d, err := p.correctionSent(c, e)
		if err != nil {
			return err
		}
		if !p.secondNeeded(c.Request.Context(), e.PublishedAt) {
			if err := p.reauthenticated(c, correctionPurpose(e.ID)); err != nil {
				return err
			}
		}
		_, err = p.Elections.OpenCorrection(c.Request.Context(), principal.Actor(c), e.ID, d)
		return err
	})
}

// AdminCorrectionEnd ends a correction that changed nothing.
func (p *Pages) AdminCorrectionEnd(c *gin.Context) {
	p.correctionAct(c, "ended", func(e *elections.Election) error {
		// A text that is no number is that of no correction.
		number, _ := strconv.Atoi(c.Param("number"))
		_, err := p.Elections.EndCorrection(c.Request.Context(), principal.Actor(c), e.ID, number, formValue(c, "end_reason"))
		return err
	})
}

// correctionPurpose names the opening of a correction, which a passkey confirms.
func correctionPurpose(electionID int64) string { return "correct:" + decimal(electionID) }

func (p *Pages) correctionAct(c *gin.Context, done string, act func(e *elections.Election) error) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if err = act(e); err == nil {
		respond.SeeOther(c, "/admin"+correctionsPath(e.ID)+"?done="+done)
		return
	}
	problems, status, ok := formProblems(err, problem.Forbidden)
	if !ok {
		respond.Error(c, err)
		return
	}
	for i := range problems.List { // the form has one field for all stations, and two reasons
		field := &problems.List[i].Field
		for _, name := range []string{"stations", "constituencies"} {
			if strings.HasPrefix(*field, name) {
				*field = name
			}
		}
		if done == "ended" && *field == "reason" {
			*field = "end_reason"
		}
	}
	p.correctionsPage(c, status, e, problems)
}

func (p *Pages) correctionsPage(c *gin.Context, status int, e *elections.Election, problems kit.Problems) {
	ctx := c.Request.Context()
	found, err := p.Elections.Corrections(ctx, e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := view.AdminCorrectionsPage{
		Page: p.inElection(c, e, correctionsEntry, messages.CorrectionsHeading()), Problems: problems, Public: correctionsPath(e.ID),
		Notice: map[string]messages.Message{"opened": messages.CorrectionsDoneOpened(), "ended": messages.CorrectionsDoneEnded()}[c.Query("done")],
	}
	switch e.StateAt(p.Now()) {
	case elections.Certified:
		model.Form, err = p.correctionForm(c, &model.Page, e, problems)
	case elections.Correcting:
		open := slices.IndexFunc(found, func(one elections.Correction) bool { return one.Open() })
		if open >= 0 {
			model.Open, err = p.openCorrection(c, e, &found[open], problems)
			found = slices.Delete(found, open, open+1)
		}
	case elections.Withdrawn:
		model.Cannot = messages.CorrectionsCannotWithdrawn()
	default:
		model.Cannot = messages.CorrectionsCannotNotCertified()
	}
	if err == nil && len(found) > 0 {
		public, failed := p.Results.Public(ctx, e.ID)
		if err = failed; err == nil {
			model.Earlier, err = p.correctionViews(ctx, e, found, public.Corrected)
		}
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, status, view.AdminCorrections(model))
}

// openCorrection returns the open correction with the pages on which its stations are corrected.
func (p *Pages) openCorrection(c *gin.Context, e *elections.Election, open *elections.Correction, problems kit.Problems) (*view.OpenCorrection, error) {
	stations, err := p.stationsByID(c.Request.Context(), e)
	if err != nil {
		return nil, err
	}
	own := "/admin/elections/" + decimal(e.ID)
	o := &view.OpenCorrection{
		Correction: correctionView(e, open, stations), Certify: own + "/certification",
		End: "/admin" + correctionsPath(e.ID) + "/" + strconv.Itoa(open.Number) + "/end",
		Reason: kit.Field{
			Name: "end_reason", Label: messages.CorrectionsReason(), Hint: messages.CorrectionsEndReasonHint(), Value: formValue(c, "end_reason"),
			Problem: problems.Of("end_reason"), Complete: "off", TestID: "correction-end-reason",
		},
	}
	for i := range open.Stations {
		s := &open.Stations[i]
		to := view.PlaceToCorrect{Name: o.Correction.Places[i]}
		switch {
		case s.StationID == 0:
			to.Links = []kit.Crumb{{Text: messages.CorrectionsToBatches(), Href: "/admin/batches?election=" + decimal(e.ID) + "&constituency=" + decimal(s.ConstituencyID)}}
		case s.Act == elections.Annul:
			to.Links = []kit.Crumb{{Text: messages.CorrectionsToStation(), Href: own + "/stations/" + decimal(s.StationID)}}
		default:
			to.Links = []kit.Crumb{
				{Text: messages.CorrectionsToProtocol(), Href: "/stations/" + decimal(s.StationID) + "/protocol"},
				{Text: messages.CorrectionsToBatches(), Href: "/admin/batches?election=" + decimal(e.ID) + "&constituency=" + decimal(s.ConstituencyID)},
			}
		}
		o.Places = append(o.Places, to)
	}
	return o, nil
}

// correctionForm returns the form that opens a correction, with what was sent.
func (p *Pages) correctionForm(c *gin.Context, page *view.Page, e *elections.Election, problems kit.Problems) (f *view.CorrectionForm, err error) {
	field := func(name string, label, hint messages.Message) kit.Field {
		return kit.Field{
			Name: name, Label: label, Hint: hint, Value: formValue(c, name), Problem: problems.Of(name), Complete: "off", TestID: "correction-" + name,
		}
	}
	example := e.Constituencies[0].Name + ", 12"
	if len(e.Constituencies) == 1 {
		example = "12"
	}
	f = &view.CorrectionForm{
		Action:    "/admin" + correctionsPath(e.ID),
		OrderedBy: field("ordered_by", messages.CorrectionsOrderedBy(), messages.CorrectionsOrderedByHint()),
		Reason:    field("reason", messages.CorrectionsReason(), messages.CorrectionsReasonHint()),
		Stations:  field("stations", messages.CorrectionsStationsLabel(), messages.CorrectionsStationsHint(example)),
		Act:       field("act", messages.CorrectionsActLabel(), messages.Message{}),
		Acts: []kit.Option{
			{Value: string(elections.Recount), Text: messages.CorrectionsChoiceRecount(), Hint: messages.CorrectionsChoiceRecountHint()},
			{Value: string(elections.Repeat), Text: messages.CorrectionsChoiceRepeat(), Hint: messages.CorrectionsChoiceRepeatHint()},
			{Value: string(elections.Annul), Text: messages.CorrectionsChoiceAnnul(), Hint: messages.CorrectionsChoiceAnnulHint()},
		},
		OnlineBad: problems.Of("constituencies"), Second: p.secondNeeded(c.Request.Context(), e.PublishedAt),
	}
	if f.Act.Value == "" {
		f.Act.Value = string(elections.Recount)
	}
	if id := queryID(c, "station"); id != 0 && f.Stations.Value == "" {
		station, err := p.Elections.Station(c.Request.Context(), id)
		if err == nil && station.ElectionID == e.ID {
			f.Stations.Value = lineOfStation(e, &station)
		}
	}
	if e.Takes(elections.Online) {
		chosen := c.PostFormArray("constituencies")
		for i := range e.Constituencies {
			id := decimal(e.Constituencies[i].ID)
			f.Online = append(f.Online, view.OnlineChoice{ID: id, Name: e.Constituencies[i].Name, Chosen: slices.Contains(chosen, id)})
		}
	}
	if f.Second {
		return f, nil
	}
	me, _ := principal.Of(c)
	f.Proof = proofFields(me, problems)
	f.Passkey, err = p.proofPasskey(c.Request.Context(), me, correctionPurpose(e.ID))
	if f.Passkey != nil {
		page.Scripts = append(page.Scripts, passkeyScripts()...)
	}
	return f, err
}

// lineOfStation names a polling station in the form's list of stations.
func lineOfStation(e *elections.Election, station *elections.Station) string {
	if place := e.Constituency(station.ConstituencyID); place != nil && len(e.Constituencies) > 1 {
		return place.Name + ", " + station.Number
	}
	return station.Number
}

// correctionSent reads the form that opens a correction.
func (p *Pages) correctionSent(c *gin.Context, e *elections.Election) (d elections.CorrectionDraft, err error) {
	d.Reason, d.OrderedBy = formValue(c, "reason"), formValue(c, "ordered_by")
	for _, value := range c.PostFormArray("constituencies") {
		id, _ := strconv.ParseInt(value, 10, 64) // a text that is no number is no constituency
		d.Constituencies = append(d.Constituencies, id)
	}
	stations, err := p.Elections.Stations(c.Request.Context(), e.ID)
	if err != nil {
		return d, err
	}
	l := stationLines{election: e, stations: stations, act: elections.CorrectionAct(formValue(c, "act"))}
	var checks problem.Checks
	for i, line := range strings.Split(formValue(c, "stations"), "\n") {
		if line = text.Trim(line); line == "" {
			continue
		}
		order, mistake := l.read(i+1, line)
		if !mistake.IsZero() {
			checks.Add("stations", mistake)
			break
		}
		d.Stations = append(d.Stations, order)
	}
	return d, checks.Err()
}

func quotedLine(line string) string { return "“" + line + "”" }

// stationLines reads the lines that name polling stations.
type stationLines struct {
	election *elections.Election
	stations map[int64][]elections.Station
	act      elections.CorrectionAct // of lines that say none
}

// read reads "12", "North, 12", "North, 12, annul" or, for a constituency without stations, "North".
func (l *stationLines) read(number int, line string) (o elections.StationOrder, mistake messages.Message) {
	o.Act = l.act
	parts := strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' || r == '\t' })
	if len(parts) == 0 {
		return o, messages.CorrectionsLineUnknown(int64(number), quotedLine(line))
	}
	for i := range parts {
		parts[i] = text.Trim(parts[i])
	}
	if n := len(parts); n > 1 && slices.Contains([]elections.CorrectionAct{elections.Annul, elections.Recount, elections.Repeat}, elections.CorrectionAct(parts[n-1])) {
		o.Act, parts = elections.CorrectionAct(parts[n-1]), parts[:n-1]
	}
	station := parts[len(parts)-1]
	place := strings.Join(parts[:len(parts)-1], ", ")
	var found []elections.StationOrder
	for i := range l.election.Constituencies {
		c := &l.election.Constituencies[i]
		if place == "" && !c.HasStations && text.Key(c.Name) == text.Key(station) {
			found = append(found, elections.StationOrder{ConstituencyID: c.ID, Act: o.Act})
		}
		if place != "" && text.Key(c.Name) != text.Key(place) {
			continue
		}
		for _, s := range l.stations[c.ID] {
			if text.Key(s.Number) == text.Key(station) {
				found = append(found, elections.StationOrder{StationID: s.ID, Act: o.Act})
			}
		}
	}
	switch len(found) {
	case 0:
		return o, messages.CorrectionsLineUnknown(int64(number), quotedLine(line))
	case 1:
		return found[0], messages.Message{}
	}
	return o, messages.CorrectionsLineAmbiguous(int64(number), station)
}
