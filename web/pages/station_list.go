package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminStationListForm asks for a list of polling stations.
func (p *Pages) AdminStationListForm(c *gin.Context) {
	election, err := p.scheduledElection(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.stationList(c, http.StatusOK, election, view.StationListPage{})
}

// AdminStationList reads a pasted or uploaded list and shows the polling stations that would follow from it, or the lines
// with mistakes. A list that is confirmed is stored.
func (p *Pages) AdminStationList(c *gin.Context) {
	election, err := p.scheduledElection(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	form, text, err := readImport(c)
	var model view.StationListPage
	if err == nil {
		model.List.Value = string(text)
		err = p.readStationList(c, election, form, text, &model)
	}
	if err == nil {
		if model.Rows == nil {
			respond.SeeOther(c, stationsPath(election.ID)+"?done=listed")
			return
		}
		p.stationList(c, http.StatusOK, election, model)
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	model.Problems, model.Rows = problems, nil
	p.stationList(c, status, election, model)
}

// readStationList stores a confirmed list. It fills the model with the preview of any other.
func (p *Pages) readStationList(c *gin.Context, e *elections.Election, form url.Values, text []byte, model *view.StationListPage) error {
	ctx := c.Request.Context()
	list, err := elections.ReadStations(e, text)
	if err != nil {
		return err
	}
	if form.Get("action") == save {
		return p.Elections.ReplaceStations(ctx, principal.Actor(c), e.ID, form.Get("version"), list.Stations)
	}
	present, err := p.Elections.Stations(ctx, e.ID)
	if err != nil {
		return err
	}
	model.Version = elections.StationsVersion(e, present)
	all := 0
	plans := list.Plan(e, present)
	for i := range plans {
		all += plans[i].Stations
		model.Rows = append(model.Rows, planRow(&plans[i]))
	}
	model.Sum = messages.StationAdminSum(messages.ElectionImportConstituencies(int64(len(list.Stations))), int64(all))
	return nil
}

// planRow shows what a list makes of a constituency, with the sum of registered voters beside its own number.
func planRow(plan *elections.StationPlan) view.StationPlanRow {
	row := view.StationPlanRow{
		Constituency: plan.Constituency.Name, Stations: messages.Integer(int64(plan.Stations)), Differs: plan.Differs(),
		Changes: messages.StationAdminPreviewNothing(), Sum: messages.Integer(plan.Registered), Own: messages.StationAdminUnknown(),
	}
	var changes messages.Message
	for _, change := range []struct {
		n    int
		text func(int64) messages.Message
	}{
		{plan.Added, messages.StationAdminChangeAdded}, {plan.Changed, messages.StationAdminChangeChanged}, {plan.Removed, messages.StationAdminChangeRemoved},
	} {
		if change.n > 0 {
			changes = messages.Join(messages.UnitList, changes, change.text(int64(change.n)))
		}
	}
	if !changes.IsZero() {
		row.Changes = changes
	}
	if !plan.AllKnown {
		row.Sum = messages.UnitMomentInZone(row.Sum, messages.StationAdminPreviewIncomplete())
	}
	if n := plan.Constituency.RegisteredVoters; n > 0 {
		row.Own = messages.Integer(n)
	}
	return row
}

func (p *Pages) stationList(c *gin.Context, status int, e *elections.Election, model view.StationListPage) {
	model.Page = p.inElection(c, e, stationsEntry, messages.StationAdminListHeading())
	model.Crumbs, model.Back, model.Action = stationCrumbs(e), stationsPath(e.ID), stationsPath(e.ID)+"/list"
	model.List.Name, model.List.Label, model.List.Problem = "list", messages.StationAdminListField(), model.Problems.Of("list")
	model.List.Hint = messages.StationAdminListHint()
	model.Columns, model.Example = elections.StationColumns(), exampleStations(e)
	personal(c)
	respond.Page(c, status, view.StationList(model))
}

// exampleStations is a short list as the page shows it.
func exampleStations(e *elections.Election) string {
	if len(e.Constituencies) == 1 {
		return "number,name,place,registered_voters,kind\n1,Primary school,12 Main Street,1250,\n2,Hospital,,80,mobile"
	}
	name := e.Constituencies[0].Name
	if strings.ContainsAny(name, ",\"") {
		name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return "constituency,number,name,place,registered_voters,kind\n" + name + ",1,Primary school,12 Main Street,1250,\n" + name + ",2,Hospital,,80,mobile"
}

// AdminRegistered asks for corrected numbers of registered voters.
func (p *Pages) AdminRegistered(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.registered(c, http.StatusOK, election, nil, kit.Problems{})
}

// AdminRegisteredCorrect records corrected numbers of registered voters, with the reason.
func (p *Pages) AdminRegisteredCorrect(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if err := c.Request.ParseForm(); err != nil {
		respond.Error(c, problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAForm()))
		return
	}
	typed, corrected := map[int64]string{}, map[int64]int64{}
	var checks problem.Checks
	for _, constituency := range election.Constituencies {
		field := registeredField(constituency.ID)
		if !c.Request.PostForm.Has(field) {
			continue
		}
		typed[constituency.ID] = c.Request.PostForm.Get(field)
		corrected[constituency.ID] = 0
		if strings.TrimSpace(typed[constituency.ID]) != "" {
			corrected[constituency.ID] = readNumber(&checks, field, messages.StationAdminRegistered(), typed[constituency.ID])
		}
	}
	err = checks.Err()
	if err == nil {
		_, err = p.Elections.CorrectRegisteredVoters(c.Request.Context(), principal.Actor(c), election.ID, corrected, formValue(c, "reason"))
	}
	if err == nil {
		p.Results.Changed(election.ID)
		respond.SeeOther(c, stationsPath(election.ID)+"?done=registered")
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	p.registered(c, status, election, typed, problems)
}

func registeredField(constituency int64) string { return "registered-" + decimal(constituency) }

func (p *Pages) registered(c *gin.Context, status int, e *elections.Election, typed map[int64]string, problems kit.Problems) {
	model := view.RegisteredPage{
		Page: p.inElection(c, e, stationsEntry, messages.StationAdminRegisteredHeading()), Crumbs: stationCrumbs(e),
		Action: "/admin/elections/" + decimal(e.ID) + "/registered", Back: stationsPath(e.ID), Problems: problems,
		Reason: kit.Field{
			Name: "reason", Label: messages.StationAdminReason(), Hint: messages.StationAdminReasonHint(), Value: formValue(c, "reason"),
			Problem: problems.Of("reason"), Complete: "off",
		},
	}
	switch e.StateAt(p.Now()) {
	case elections.Certified, elections.Correcting, elections.Withdrawn:
		model.Refused = messages.StationAdminRegisteredCertified()
	case elections.Scheduled, elections.Drafted:
		model.Refused = messages.StationAdminRegisteredNotOpen()
	case elections.Open, elections.Counting:
	}
	for _, constituency := range e.Constituencies {
		name := registeredField(constituency.ID)
		field := kit.Field{
			Name: name, Label: messages.Verbatim(constituency.Name), Problem: problems.Of(name), Optional: true, Mode: "numeric", Complete: "off",
		}
		if constituency.RegisteredVoters > 0 {
			field.Value = decimal(constituency.RegisteredVoters)
		}
		if value, ok := typed[constituency.ID]; ok {
			field.Value = value
		}
		model.Fields = append(model.Fields, field)
	}
	for i, shown := range model.Problems.List {
		for _, constituency := range e.Constituencies {
			if shown.Field == registeredField(constituency.ID) {
				model.Problems.List[i].Where = messages.Verbatim(constituency.Name)
			}
		}
	}
	personal(c)
	respond.Page(c, status, view.Registered(model))
}
