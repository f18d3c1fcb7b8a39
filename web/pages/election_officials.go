package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/web/respond"
	"urna/web/view"
)

// mostEverywhere is how many officials without places the page names.
const mostEverywhere = 50

// AdminElectionOfficials says who uploads for the constituencies of an election.
func (p *Pages) AdminElectionOfficials(c *gin.Context) {
	ctx := c.Request.Context()
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	users, err := p.allAccounts(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	places, err := p.Auth.AllPlaces(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	own := "/admin/elections/" + decimal(election.ID)
	q := strings.TrimSpace(c.Query("q"))
	model := view.OfficialsPage{
		Page: p.inElection(c, election, officialsEntry, messages.PlacesOfficialsHeading()), Path: own + "/officials", Search: searchField(q),
	}
	given := map[int64][]view.OfficialLink{}
	more := int64(0)
	for _, u := range users {
		link := view.OfficialLink{Href: userPath(u.ID), Name: u.Name()}
		switch {
		case u.Role != auth.Official || u.Disabled || u.Waiting:
		case u.Bound:
			for _, place := range places[u.ID] {
				given[place.ConstituencyID] = append(given[place.ConstituencyID], link)
			}
		case len(model.Everywhere) < mostEverywhere:
			model.Everywhere = append(model.Everywhere, link)
		default:
			more++
		}
	}
	if more > 0 {
		model.More = messages.PlacesAndMore(more)
	}
	found := search(election, q)
	shown, first, next := window(found, queryID(c, "from"))
	for _, constituency := range shown {
		model.Rows = append(model.Rows, view.OfficialsRow{Name: constituency.Name, Officials: given[constituency.ID]})
	}
	model.Range = messages.PlacesShownRange(int64(first+1), int64(first+len(shown)), int64(len(found)))
	model.Next = nextPage(model.Path, url.Values{"q": {q}}, next)
	personal(c)
	respond.Page(c, http.StatusOK, view.Officials(model))
}
