package pages

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// pageOfProtocols is how many polling stations the list of protocols shows at once.
const pageOfProtocols = 50

// protocolsPath is the address of the list of an election's protocols.
func protocolsPath(election int64) string { return "/protocols/" + decimal(election) }

// protocolsLink returns the address of the list of an election's protocols, "" if it has none.
func protocolsLink(e *elections.Election) string {
	if e.Takes(elections.Batches) && e.HasStations() {
		return protocolsPath(e.ID)
	}
	return ""
}

// stationsOf returns a filter for the polling stations of an election that a person may see: an administrator and a
// coordinator of the whole election see all, others those of their places and those that they coordinate.
func (p *Pages) stationsOf(c *gin.Context, e *elections.Election) (f protocol.ListFilter, err error) {
	ctx := c.Request.Context()
	f = protocol.ListFilter{ElectionID: e.ID, Limit: pageOfProtocols}
	by := personOf(c)
	if by.Observer {
		return f, p.mayObserve(c, e.ID, elections.ErrUnknownElection)
	}
	user, _ := principal.Of(c)
	r, err := p.reachOf(ctx, user)
	if err != nil || by.Administrator || !r.bound {
		return f, err
	}
	f.Bound = true
	for id := range r.places {
		f.Places = append(f.Places, id)
	}
	named, err := p.Protocols.Coordinators(ctx, e.ID)
	for _, one := range named {
		switch {
		case one.AccountID != by.ID:
		case one.ConstituencyID == 0:
			f.Bound = false
		default:
			f.Places = append(f.Places, one.ConstituencyID)
		}
	}
	slices.Sort(f.Places)
	return f, err
}

// ElectionProtocols lists the polling stations of an election with how far their protocols have come, or opens the one whose number
// was typed.
func (p *Pages) ElectionProtocols(c *gin.Context) {
	p.showProtocols(c, http.StatusOK, protocolsTyped{done: coordinatorDone(c.Query("done"))})
}

// protocolsTyped is what a request brings to the list beside its filter.
type protocolsTyped struct {
	email, place string
	problems     kit.Problems
	done         messages.Message
}

func (p *Pages) showProtocols(c *gin.Context, status int, typed protocolsTyped) {
	ctx := c.Request.Context()
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	f, err := p.stationsOf(c, e)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := p.protocolsPage(c, e, typed)
	if number := strings.TrimSpace(c.Query("number")); number != "" && status == http.StatusOK {
		ids, err := p.Protocols.StationsWithNumber(ctx, f, number)
		if err != nil {
			respond.Error(c, err)
			return
		}
		if len(ids) == 1 {
			respond.SeeOther(c, "/stations/"+decimal(ids[0])+"/protocol")
			return
		}
		f.Search = number // several constituencies have it: the list shows them
		if len(ids) == 0 {
			f.Search = ""
			model.Find = protocolFind(e.ID, number, messages.ProtocolsNotFound())
		}
	}
	if err := p.addStations(ctx, &model, e, p.chosenStations(c, e, f), c.Request.URL); err != nil {
		respond.Error(c, err)
		return
	}
	if personOf(c).Administrator {
		if model.Coordinators, err = p.protocolCoordinators(ctx, e, typed); err != nil {
			respond.Error(c, err)
			return
		}
	}
	personal(c)
	respond.Page(c, status, view.Protocols(model))
}

func (p *Pages) protocolsPage(c *gin.Context, e *elections.Election, typed protocolsTyped) view.ProtocolsPage {
	by := personOf(c)
	model := view.ProtocolsPage{
		Page: p.page(c, protocolSection(by), messages.ProtocolsHeading()), Marks: rehearsalMarks(e), Election: e.Title, Problems: typed.problems,
		Done: typed.done, Find: protocolFind(e.ID, "", messages.Message{}), Action: protocolsPath(e.ID),
		Crumbs: []kit.Crumb{{Text: messages.OfficialHomeHeading(), Href: "/official"}}, Places: len(e.Constituencies) > 1,
	}
	model.Find.Focus = true
	if by.Administrator {
		p.addMenu(&model.Page, e, protocolsEntry)
		model.Crumbs = nil
	}
	if by.Observer {
		model.Crumbs = []kit.Crumb{{Text: messages.ObserverHeading(), Href: observerPath}}
		return model
	}
	if state := e.StateAt(p.Now()); state == elections.Open || state.ToBeCertified() {
		model.List = protocolsPath(e.ID) + "/list"
	}
	return model
}

// waits are what a list of stations can choose.
func waits() []kit.Option {
	option := func(w protocol.Wait, text messages.Message) kit.Option {
		return kit.Option{Value: string(w), Text: text}
	}
	return []kit.Option{
		option(protocol.AnyWait, messages.ProtocolsWaitAny()), option(protocol.OpenWork, messages.ProtocolsWaitOpen()),
		option(protocol.Awaited, messages.ProtocolsWaitAwaited()), option(protocol.InTyping, messages.ProtocolsWaitTyping()),
		option(protocol.Wait(protocol.FirstEntry), messages.ProtocolsWaitFirstEntry()),
		option(protocol.Wait(protocol.Different), messages.ProtocolsWaitDifferent()),
		option(protocol.Wait(protocol.Waiting), messages.ProtocolsWaitWaiting()),
		option(protocol.Unscanned, messages.ProtocolsWaitNoScan()),
		option(protocol.Wait(protocol.Definitive), messages.ProtocolsWaitDefinitive()),
		option(protocol.Wait(protocol.Retracted), messages.ProtocolsWaitRetracted()),
		option(protocol.Wait(protocol.Reopened), messages.ProtocolsWaitReopened()),
		option(protocol.WithBatches, messages.ProtocolsWaitBatches()), option(protocol.Excluded, messages.ProtocolsWaitExcluded()),
	}
}

// chosenStations adds what the address chooses to a filter. Values that are unknown choose nothing.
func (p *Pages) chosenStations(c *gin.Context, e *elections.Election, f protocol.ListFilter) protocol.ListFilter {
	f.Search = cmp.Or(f.Search, strings.TrimSpace(c.Query("search")))
	wait := c.Query("waits")
	if slices.ContainsFunc(waits(), func(o kit.Option) bool { return o.Value == wait }) {
		f.Wait = protocol.Wait(wait)
	}
	if id := queryID(c, "constituency"); e.Constituency(id) != nil {
		f.ConstituencyID = id
	}
	f.Offset = int(min(queryID(c, "from"), maxOffset))
	return f
}

// maxOffset is more than the stations that an election can have.
const maxOffset = 1_000_000

// addStations adds a page of the list, its filters and the sums of states.
func (p *Pages) addStations(ctx context.Context, model *view.ProtocolsPage, e *elections.Election, f protocol.ListFilter, address *url.URL) error {
	listed, all, err := p.Protocols.List(ctx, f)
	if err != nil {
		return err
	}
	for _, l := range listed {
		model.Rows = append(model.Rows, protocolRow(e, l))
	}
	if len(listed) > 0 {
		model.Found = messages.ProtocolsFound(int64(f.Offset+1), int64(f.Offset+len(listed)), int64(all))
	}
	if f.Offset > 0 {
		model.Previous = withQuery(address, "from", strconv.Itoa(max(0, f.Offset-pageOfProtocols)))
	}
	if f.Offset+len(listed) < all {
		model.Next = withQuery(address, "from", strconv.Itoa(f.Offset+pageOfProtocols))
	}
	model.Search = kit.Field{Name: "search", Label: messages.ProtocolsFilterSearch(), Value: f.Search, Filter: true, Complete: "off"}
	model.Filters = []view.Filter{{
		Field: kit.Field{Name: "waits", Label: messages.ProtocolsFilterState(), Value: string(f.Wait), Filter: true}, Options: waits(),
	}}
	if len(e.Constituencies) > 1 {
		model.Filters = append(model.Filters, constituencyFilter(e, f.ConstituencyID))
	}
	return p.addCounts(ctx, model, f)
}

// addCounts says how many stations wait for what.
func (p *Pages) addCounts(ctx context.Context, model *view.ProtocolsPage, f protocol.ListFilter) error {
	f.Search, f.Offset = "", 0
	for _, wait := range []struct {
		wait  protocol.Wait
		label messages.Message
	}{
		{protocol.Awaited, messages.ProtocolsStateEmpty()},
		{protocol.Wait(protocol.FirstEntry), messages.ProtocolsStateFirstEntry()},
		{protocol.Wait(protocol.Different), messages.ProtocolsStateDifferent()},
		{protocol.Wait(protocol.Definitive), messages.ProtocolsStateDefinitive()},
	} {
		f.Wait = wait.wait
		n, err := p.Protocols.CountListed(ctx, f)
		if err != nil {
			return err
		}
		model.Counts = append(model.Counts, kit.Figure{Label: wait.label, Value: messages.Integer(int64(n))})
	}
	return nil
}

func protocolRow(e *elections.Election, l protocol.Listed) view.ProtocolRow {
	row := view.ProtocolRow{
		Href: "/stations/" + decimal(l.Station.ID) + "/protocol", Number: l.Station.Number, Name: l.Station.Name,
		State: protocolMark(l.State, l.Station, l.Batches), Scans: strconv.Itoa(l.Scans),
	}
	at := protocolPlace{election: e, place: e.Constituency(l.Station.ConstituencyID), form: e.ProtocolForm()}
	if at.place == nil {
		return row
	}
	row.Place = at.place.Name
	for _, t := range l.Entries {
		said := messages.ProtocolsTypistFirst
		if t.Number > 1 {
			said = messages.ProtocolsTypistSecond
		}
		row.Typists = append(row.Typists, said(audit.WithoutAddress(t.Typist)))
	}
	for _, t := range l.Typing {
		row.Typists = append(row.Typists, messages.ProtocolsTypistNow(audit.WithoutAddress(t.Name)))
	}
	for _, name := range l.Differences {
		if !slices.Contains(l.Settled, name) {
			row.Differences = append(row.Differences, at.label(name))
		}
	}
	return row
}
