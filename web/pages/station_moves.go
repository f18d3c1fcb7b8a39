package pages

import (
	"context"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminStationClose records that no ballots come from a polling station.
func (p *Pages) AdminStationClose(c *gin.Context) {
	p.moveStation(c, p.Elections.CloseStation, "closed")
}

// AdminStationAnnul takes all of a polling station out of the count.
func (p *Pages) AdminStationAnnul(c *gin.Context) {
	p.moveStation(c, p.Elections.AnnulStation, "annulled")
}

// AdminStationReopen ends the closure or annulment of a polling station.
func (p *Pages) AdminStationReopen(c *gin.Context) {
	p.moveStation(c, p.Elections.ReopenStation, "reopened")
}

func (p *Pages) moveStation(c *gin.Context, act func(context.Context, audit.Actor, int64, string) (elections.Station, error), done string) {
	e, station, err := p.station(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	_, err = act(c.Request.Context(), principal.Actor(c), station.ID, formValue(c, "reason"))
	if err == nil {
		p.Results.Changed(e.ID)
		respond.SeeOther(c, stationsPath(e.ID)+"/"+decimal(station.ID)+"?done="+done)
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	for i := range problems.List { // which form had it
		problems.List[i].Field = done + "-" + problems.List[i].Field
	}
	p.stationForm(c, status, e, &station, inputOfStation(&station), problems)
}

// proposedMove returns the annulment or the reopening of a polling station that waits for an approval, nil if none does.
func (p *Pages) proposedMove(ctx context.Context, stationID int64) (*auth.Approval, error) {
	return p.Auth.Approvals().Waiting(ctx, elections.StationSubject(stationID), approval.AnnulStation, approval.ReopenStation)
}

// stationWaits says to administrators what waits for an approval, nil for nothing.
func (p *Pages) stationWaits(ctx context.Context, e *elections.Election, stationID int64) (*view.StationWaits, error) {
	proposed, err := p.proposedMove(ctx, stationID)
	if err != nil || proposed == nil {
		return nil, err
	}
	says := messages.StationAdminWaitsReopening
	if proposed.Act == approval.AnnulStation {
		says = messages.StationAdminWaitsAnnulment
	}
	at := view.ZonedTime(view.NewMoment(proposed.ProposedAt, e.Location()))
	return &view.StationWaits{
		Text: says(at, audit.WithoutAddress(proposed.Proposer), proposed.Reason), Href: respond.ApprovalPage(proposed.ID),
	}, nil
}

// stationMoves are the acts that can be done to a polling station now.
func (p *Pages) stationMoves(c *gin.Context, e *elections.Election, station *elections.Station, own string, problems kit.Problems) ([]view.StationMove, error) {
	state := e.StateAt(p.Now())
	var ordered *elections.CorrectedStation
	if state == elections.Correcting {
		correction, err := p.Elections.OpenedCorrection(c.Request.Context(), e)
		if err != nil {
			return nil, err
		}
		ordered = correction.Station(station.ConstituencyID, station.ID)
	}
	if state != elections.Open && state != elections.Counting && ordered == nil {
		return nil, nil
	}
	two, err := p.Auth.Approvals().Needed(c.Request.Context(), e.PublishedAt)
	if err != nil {
		return nil, err
	}
	move := func(done, address string, heading, explanation, button messages.Message, needsTwo bool) view.StationMove {
		m := view.StationMove{
			Heading: heading, Explanation: explanation, Button: button, Action: own + address, TestID: "station-" + done,
			Danger: done == "annulled",
			Reason: kit.Field{
				Name: "reason", ID: done + "-reason", Label: messages.StationAdminReason(), Hint: messages.StationAdminMoveReasonHint(),
				Problem: problems.Of(done + "-reason"), Complete: "off",
			},
		}
		if !m.Reason.Problem.IsZero() {
			m.Reason.Value = formValue(c, "reason")
		}
		if needsTwo && two {
			m.Second = messages.StationAdminSecond()
		}
		return m
	}
	if station.Exclusion != elections.NotExcluded {
		needsTwo := station.Exclusion == elections.AnnulledStation || state == elections.Counting
		if ordered != nil { // the approval of the correction is that of the act
			needsTwo = ordered.Act == elections.Annul
		}
		return []view.StationMove{move("reopened", "/reopening", messages.StationAdminReopenHeading(), messages.StationAdminReopenExplanation(),
			messages.StationAdminReopenButton(), needsTwo)}, nil
	}
	annulled := move("annulled", "/annulment", messages.StationAdminAnnulHeading(), messages.StationAdminAnnulExplanation(), messages.StationAdminAnnulButton(), ordered == nil)
	switch {
	case ordered == nil:
		return []view.StationMove{
			move("closed", "/closure", messages.StationAdminCloseHeading(), messages.StationAdminCloseExplanation(), messages.StationAdminCloseButton(), false),
			annulled,
		}, nil
	case ordered.Act == elections.Annul:
		return []view.StationMove{annulled}, nil
	}
	return nil, nil
}
