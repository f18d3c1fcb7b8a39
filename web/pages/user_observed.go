package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
)

// userObserved chooses the elections that an observer reads.
func (p *Pages) userObserved(c *gin.Context, user auth.User) {
	ctx := c.Request.Context()
	list, err := p.Elections.Elections(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	o, err := p.Auth.Observed(ctx, user)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := view.ObservedPage{
		Page: p.page(c, view.SectionUsers, messages.ObserverChooseHeading()), Heading: user.Name(), User: userPath(user.ID),
		Path: userPath(user.ID) + "/places", Summary: observedSummary(o), Notice: doneNotice(c.Query("done")), Bound: !o.All,
	}
	var ids []string
	for _, e := range sortElections(list, p.Now()) {
		ids = append(ids, decimal(e.ID))
		model.Boxes = append(model.Boxes, view.PlaceBox{
			ID: decimal(e.ID), Name: messages.Verbatim(e.Title), Ticked: slices.Contains(o.Elections, e.ID),
		})
	}
	model.Shown = strings.Join(ids, ",")
	personal(c)
	respond.Page(c, http.StatusOK, view.Observed(model))
}

// observedSummary says how many elections an observer reads.
func observedSummary(o auth.Observed) messages.Message {
	switch {
	case o.All:
		return messages.ObserverReadsAll()
	case len(o.Elections) == 0:
		return messages.ObserverReadsNone()
	default:
		return messages.ObserverSummary(int64(len(o.Elections)))
	}
}

// userObservedChange adds the ticked elections of those that the form showed, and removes the others of them. An account
// that reads all elections is bound by the first choice, also by none.
func (p *Pages) userObservedChange(c *gin.Context, user auth.User) {
	ticked := c.PostFormArray("places")
	var add, remove []auth.Place
	for id := range strings.SplitSeq(formValue(c, "shown"), ",") {
		n, err := strconv.ParseInt(id, 10, 64)
		switch {
		case err != nil:
		case slices.Contains(ticked, id):
			add = append(add, auth.Place{ElectionID: n})
		default:
			remove = append(remove, auth.Place{ElectionID: n})
		}
	}
	if len(add)+len(remove) > 0 {
		if _, err := p.Auth.ChangePlaces(c.Request.Context(), principal.Actor(c), user.ID, add, remove); err != nil {
			respond.Error(c, err)
			return
		}
	}
	respond.SeeOther(c, userPath(user.ID)+"/places?done=observed")
}

// observedDetails say on an observer's page which elections the account reads.
func (p *Pages) observedDetails(c *gin.Context, user auth.User) ([]messages.Message, error) {
	ctx := c.Request.Context()
	o, err := p.Auth.Observed(ctx, user)
	if err != nil || o.All || len(o.Elections) == 0 {
		return []messages.Message{observedSummary(o)}, err
	}
	list, err := p.Elections.Elections(ctx)
	if err != nil {
		return nil, err
	}
	var lines []messages.Message
	for _, e := range sortElections(list, p.Now()) {
		if o.Includes(e.ID) {
			lines = append(lines, messages.Verbatim(e.Title))
		}
	}
	return lines, nil
}
