package pages

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/elections/turnout"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// pageOfTurnout is how many places a page of turnout reports shows at once.
const pageOfTurnout = 50

// takesTurnout says whether to offer reports; the service alone decides about each one.
func takesTurnout(e *elections.Election, now time.Time) bool {
	state := e.StateAt(now)
	return len(e.TurnoutReportsAt) > 0 && (state == elections.Open || state == elections.Counting)
}

// reports returns for which places an official reports turnout.
func (r reach) reports() turnout.Reach {
	reported := turnout.Reach{Everywhere: !r.bound}
	for id := range r.places {
		reported.Constituencies = append(reported.Constituencies, id)
	}
	return reported
}

// OfficialTurnout lists the official's places for one hour, those without a figure first. Without an hour in the query it
// shows the first one that lacks a figure.
func (p *Pages) OfficialTurnout(c *gin.Context) {
	ctx := c.Request.Context()
	user, _ := principal.Of(c)
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	r, err := p.reachOf(ctx, user)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := p.turnoutDesk(c, e)
	progress, err := p.Turnout.Progress(ctx, e, r.reports())
	if err != nil {
		respond.Error(c, err)
		return
	}
	now := p.Turnout.Now()
	chosen := chosenHour(progress, c.Query("at"), now)
	model.Hours = hourLinks(e, progress, chosen, now)
	switch {
	case !takesTurnout(e, now):
		model.None, model.Hours = messages.TurnoutOfficialClosed(), nil
	case len(progress) > 0 && progress[0].Places == 0:
		model.None, model.Hours = messages.TurnoutOfficialNoPlace(), nil
	case chosen == nil:
		model.None = messages.TurnoutOfficialTooEarly()
	default:
		err = p.addPlaces(c, &model, e, r.reports(), *chosen)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.TurnoutDesk(model))
}

func (p *Pages) turnoutDesk(c *gin.Context, e *elections.Election) view.TurnoutDeskPage {
	model := view.TurnoutDeskPage{
		Page: p.page(c, view.SectionOfficial, messages.TurnoutOfficialHeading()), Title: e.Title, Marks: rehearsalMarks(e),
		Crumbs: []kit.Crumb{{Text: messages.OfficialHomeHeading(), Href: "/official"}}, Path: turnoutPath(e),
	}
	if c.Query("done") == "turnout" {
		model.Notice = messages.TurnoutOfficialDone()
	}
	return model
}

func turnoutPath(e *elections.Election) string {
	return "/official/elections/" + decimal(e.ID) + "/turnout"
}

// atHour is the address of the list for an hour.
func atHour(path string, hour time.Time, more ...string) string {
	query := url.Values{"at": {hourValue(hour)}}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			query.Set(more[i], more[i+1])
		}
	}
	return path + "?" + query.Encode()
}

func hourValue(hour time.Time) string { return hour.UTC().Format(time.RFC3339) }

// chosenHour returns the hour that the query names, else the first one that has come and lacks a figure, else the last one
// that has come; nil if none has.
func chosenHour(progress []turnout.Progress, query string, now time.Time) *turnout.Progress {
	var last, missing *turnout.Progress
	for i := range progress {
		h := &progress[i]
		if h.At.After(now) {
			break
		}
		if query == hourValue(h.At) {
			return h
		}
		if h.Missing() > 0 && missing == nil {
			missing = h
		}
		last = h
	}
	if missing != nil {
		return missing
	}
	return last
}

// hourLinks lists the hours that lack figures first, then the others, then those to come.
func hourLinks(e *elections.Election, progress []turnout.Progress, chosen *turnout.Progress, now time.Time) []view.TurnoutHourLink {
	path := turnoutPath(e)
	var missing, complete, later []view.TurnoutHourLink
	for i := range progress {
		h := &progress[i]
		link := view.TurnoutHourLink{Hour: hourMoment(e, h.At), Current: h == chosen}
		switch {
		case h.At.After(now):
			link.Status = messages.TurnoutOfficialToCome()
			later = append(later, link)
		case h.Missing() > 0:
			link.Href, link.Status = atHour(path, h.At), messages.TurnoutOfficialCountMissing(int64(h.Missing()))
			missing = append(missing, link)
		default:
			link.Href, link.Status = atHour(path, h.At), messages.TurnoutOfficialComplete()
			complete = append(complete, link)
		}
	}
	return append(append(missing, complete...), later...)
}

// addPlaces adds a page of places to the list.
func (p *Pages) addPlaces(c *gin.Context, model *view.TurnoutDeskPage, e *elections.Election, r turnout.Reach, hour turnout.Progress) error {
	q, from := strings.TrimSpace(c.Query("q")), int(min(queryID(c, "from"), int64(hour.Places)))
	lines, more, err := p.Turnout.Lines(c.Request.Context(), e.ID, turnout.Filter{
		Reach: r, Hour: hour.At, Search: q, Offset: from, Limit: pageOfTurnout,
	})
	if err != nil {
		return err
	}
	model.Hour = hourValue(hour.At)
	model.Label = messages.TurnoutOfficialFigureAt(hourMoment(e, hour.At).Text)
	if hour.Places > pageOfTurnout {
		model.Search = kit.Field{Name: "q", Label: messages.TurnoutOfficialSearch(), Value: q, Type: "search", Filter: true, Complete: "off"}
	}
	switch {
	case len(lines) == 0 && q != "":
		model.Found = messages.TurnoutOfficialNoneFound()
	case hour.Missing() == 0:
		model.Found = messages.TurnoutOfficialAllEntered()
	}
	for _, l := range lines {
		address := model.Path + "/" + placeParam(l.Place)
		name := placeName(e, l)
		if l.Report != nil {
			model.Entered = append(model.Entered, view.TurnoutEntered{
				Name: name, Voters: messages.Integer(l.Report.Voters), Reason: l.Report.Reason, Href: atHour(address, hour.At),
			})
			continue
		}
		model.Missing = append(model.Missing, view.TurnoutEntry{Name: name, Action: address, Voters: kit.Field{
			Name: "voters", ID: "voters-" + placeParam(l.Place), Label: messages.Verbatim(name), Hint: registeredHint(l.Registered),
			Mode: "numeric", Complete: "off", TestID: "voters-" + placeParam(l.Place),
		}})
	}
	if from > 0 {
		model.Previous = atHour(model.Path, hour.At, "q", q, "from", positive(from-pageOfTurnout))
	}
	if more {
		model.Next = atHour(model.Path, hour.At, "q", q, "from", positive(from+pageOfTurnout))
	}
	return nil
}

// positive writes a position for an address, "" for the first.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func registeredHint(registered int64) messages.Message {
	if registered == 0 {
		return messages.Message{}
	}
	return messages.TurnoutOfficialRegistered(registered)
}

// placeParam names a place in an address.
func placeParam(p turnout.Place) string {
	if p.StationID != 0 {
		return "station-" + decimal(p.StationID)
	}
	return "constituency-" + decimal(p.ConstituencyID)
}

// turnoutPlaceOf reads the place of an address.
func turnoutPlaceOf(c *gin.Context) (turnout.Place, error) {
	kind, number, _ := strings.Cut(c.Param("place"), "-")
	id, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil || id < 1:
		return turnout.Place{}, elections.ErrUnknownStation
	case kind == "station":
		return turnout.Place{StationID: id}, nil
	case kind == "constituency":
		return turnout.Place{ConstituencyID: id}, nil
	default:
		return turnout.Place{}, elections.ErrUnknownStation
	}
}

// OfficialTurnoutPlace shows the figure of one place, to correct it, and all that was reported there.
func (p *Pages) OfficialTurnoutPlace(c *gin.Context) {
	e, l, err := p.turnoutLine(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	hour, err := time.Parse(time.RFC3339, c.Query("at"))
	if err != nil {
		respond.SeeOther(c, turnoutPath(e))
		return
	}
	p.turnoutPlacePage(c, http.StatusOK, e, l, typedTurnout{hour: hour}, kit.Problems{})
}

// typedTurnout is a form of a figure as it was sent.
type typedTurnout struct {
	hour           time.Time
	voters, reason string
}

// OfficialTurnoutEnter stores a figure.
func (p *Pages) OfficialTurnoutEnter(c *gin.Context) {
	e, l, err := p.turnoutLine(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	typed := typedTurnout{voters: formValue(c, "voters"), reason: formValue(c, "reason")}
	if typed.hour, err = time.Parse(time.RFC3339, formValue(c, "at")); err != nil {
		respond.Error(c, problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAForm()))
		return
	}
	voters, ok := elections.ParseCount(typed.voters)
	if !ok || strings.TrimSpace(typed.voters) == "" {
		err = atField("voters", messages.FieldTurnoutVoters())
	} else {
		_, err = p.Turnout.Enter(c.Request.Context(), principal.Actor(c), e.ID, turnout.Draft{
			Place: l.Place, Hour: typed.hour, Voters: voters, Reason: typed.reason,
		})
	}
	if err == nil {
		respond.SeeOther(c, atHour(turnoutPath(e), typed.hour, "done", "turnout"))
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	p.turnoutPlacePage(c, status, e, l, typed, problems)
}

// turnoutLine returns the place that the address names, if the official reports for it.
func (p *Pages) turnoutLine(c *gin.Context) (*elections.Election, turnout.Line, error) {
	e, err := p.election(c)
	if err != nil {
		return nil, turnout.Line{}, err
	}
	place, err := turnoutPlaceOf(c)
	if err != nil {
		return nil, turnout.Line{}, err
	}
	l, err := p.Turnout.Line(c.Request.Context(), e.ID, place)
	if err != nil {
		return nil, turnout.Line{}, err
	}
	user, _ := principal.Of(c)
	may, err := p.Turnout.MayReport(c.Request.Context(), user.ID, l.Place)
	if err == nil && !may {
		err = turnout.ErrNotYourPlace
	}
	return e, l, err
}

func (p *Pages) turnoutPlacePage(c *gin.Context, status int, e *elections.Election, l turnout.Line, typed typedTurnout, problems kit.Problems) {
	reports, err := p.Turnout.Reports(c.Request.Context(), l.Place)
	if err != nil {
		respond.Error(c, err)
		return
	}
	name, zone := placeName(e, l), e.Location()
	label := messages.TurnoutOfficialFigureAt(hourMoment(e, typed.hour).Text)
	model := view.TurnoutPlacePage{
		Page: p.page(c, view.SectionOfficial, messages.Verbatim(name)), Title: e.Title, Place: name, Hint: registeredHint(l.Registered),
		Crumbs: []kit.Crumb{
			{Text: messages.OfficialHomeHeading(), Href: "/official"}, {Text: messages.TurnoutOfficialLinkShort(), Href: turnoutPath(e)},
		},
		Hour: hourValue(typed.hour), Action: turnoutPath(e) + "/" + placeParam(l.Place), Back: atHour(turnoutPath(e), typed.hour), Problems: problems,
		Voters: kit.Field{
			Name: "voters", Label: label, Value: typed.voters, Problem: problems.Of("voters"), Mode: "numeric", Complete: "off",
		},
		Reason: kit.Field{
			Name: "reason", Label: messages.TurnoutOfficialReason(), Hint: messages.TurnoutOfficialReasonHint(), Value: typed.reason,
			Problem: problems.Of("reason"), Complete: "off", Optional: true,
		},
	}
	if !takesTurnout(e, p.Turnout.Now()) {
		model.Closed = messages.TurnoutOfficialClosed()
	}
	for _, r := range reports {
		if r.Holds && r.Hour.Equal(typed.hour) {
			model.Holds = messages.TurnoutOfficialHolds(r.Voters)
			model.Reason.Optional = false
		}
		model.Reports = append(model.Reports, view.TurnoutReportRow{
			Hour: hourMoment(e, r.Hour), Voters: messages.Integer(r.Voters), Replaced: !r.Holds, Reason: r.Reason, By: audit.WithoutAddress(r.Reporter),
			At: view.NewExactMoment(r.ReportedAt, zone),
		})
	}
	if !model.Reason.Problem.IsZero() {
		model.Reason.Optional = false
	}
	personal(c)
	respond.Page(c, status, view.TurnoutPlace(model))
}
