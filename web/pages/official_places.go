package pages

import (
	"github.com/gin-gonic/gin"

	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/view"
	"urna/web/view/kit"
)

// mostAwaited is how many awaited polling stations of a place are named.
const mostAwaited = 12

// expected says of each place of an official how many polling stations are expected to send something, how many have, and
// names the first that have not. Places beyond mostNamed are one sum.
func (p *Pages) expected(c *gin.Context, e *elections.Election, own []elections.Constituency) (places []view.ExpectedPlace, err error) {
	filter, err := p.stationsOf(c, e)
	if err != nil {
		return nil, err
	}
	var with []elections.Constituency
	for _, constituency := range own {
		if constituency.HasStations {
			with = append(with, constituency)
		}
	}
	if len(with) > mostNamed {
		with = []elections.Constituency{{Name: e.Title}} // without an id: all that the filter reaches
	}
	for _, constituency := range with {
		filter.ConstituencyID = constituency.ID
		place, err := p.expectedOf(c, filter, constituency.Name)
		if err != nil {
			return nil, err
		}
		if place.Progress.Of > 0 {
			places = append(places, place)
		}
	}
	return places, nil
}

func (p *Pages) expectedOf(c *gin.Context, filter protocol.ListFilter, name string) (place view.ExpectedPlace, err error) {
	ctx := c.Request.Context()
	count := func(wait protocol.Wait) int64 {
		f := filter
		f.Wait = wait
		n := 0
		if err == nil {
			n, err = p.Protocols.CountListed(ctx, f)
		}
		return int64(n)
	}
	of := count(protocol.AnyWait) - count(protocol.Excluded)
	awaited := filter
	awaited.Wait, awaited.Limit = protocol.Awaited, mostAwaited
	if err != nil {
		return place, err
	}
	listed, missing, err := p.Protocols.List(ctx, awaited)
	if err != nil {
		return place, err
	}
	came := of - int64(missing)
	place.Progress = kit.Progress{
		Label: messages.Verbatim(name), Value: messages.OfficialHomeReceivedOf(came, of), Done: came, Of: of, TestID: "expected-place",
	}
	for _, l := range listed {
		place.Awaited = append(place.Awaited, view.Link{
			Text: messages.Verbatim(l.Station.Title()), Href: "/official/elections/" + decimal(filter.ElectionID) + "?station_id=" + decimal(l.Station.ID),
		})
	}
	place.More = int64(missing - len(listed))
	return place, nil
}
