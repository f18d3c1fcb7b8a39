package pages

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminBatches lists the batches of all officials, to an observer those of the elections that the account reads, by
// election, constituency, official and state where the query says so.
func (p *Pages) AdminBatches(c *gin.Context) {
	list, err := p.observedElections(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.batches(c, list, nil)
}

// AdminElectionIncoming lists the batches of one election.
func (p *Pages) AdminElectionIncoming(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.batches(c, []*elections.Election{e}, e)
}

// batches lists the batches of elections as the query asks; one is their election if the page is about one alone.
func (p *Pages) batches(c *gin.Context, list []*elections.Election, one *elections.Election) {
	ctx := c.Request.Context()
	officials, err := p.Batches.Officials(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	filter, err := batchFilter(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	reads, err := p.observed(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	filter.Elections = reads.Elections
	if !reads.All {
		officials = nil // they may work for other elections
	}
	if one != nil {
		filter.ElectionID = one.ID
	}
	where := placesOf(list)
	if e := where[filter.ElectionID]; e == nil || e.Constituency(filter.ConstituencyID) == nil {
		filter.ConstituencyID = 0 // a constituency is chosen within an election
	}
	table, err := p.batchTable(ctx, filter, where, c.Request.URL)
	if err != nil {
		respond.Error(c, err)
		return
	}
	table.Official, table.Empty = true, messages.BatchesNoneFound()
	model := view.BatchesPage{
		Page: p.page(c, view.SectionBatches, messages.BatchesBatches()), Path: "/admin/batches", Heading: messages.BatchesBatches(), Table: table,
		Filters: batchFilters(filter, sortElections(list, p.Now()), where[filter.ElectionID], officials),
	}
	if one != nil {
		model.Page = p.inElection(c, one, incomingEntry, messages.ElectionMenuIncoming())
		model.Path, model.Heading, model.Lead = adminPath(one.ID, string(incomingEntry)), messages.ElectionMenuIncoming(), messages.ElectionMenuIncomingLead()
		model.Filters, model.Table.One = model.Filters[1:], true
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Batches(model))
}

// batchFilter reads the filter from the query. The form sends its empty fields too. What can be no filter is refused:
// passed over, it would show every batch as if that were what was asked for.
func batchFilter(c *gin.Context) (batch.Filter, error) {
	var checks problem.Checks
	checkFilter(c, &checks)
	id := func(name string) int64 {
		typed := c.Query(name)
		id, err := strconv.ParseInt(typed, 10, 64)
		if typed != "" && (err != nil || id < 0) {
			checks.Add(name, messages.FieldFilterNotANumber(name))
		}
		return max(id, 0)
	}
	filter := batch.Filter{
		ElectionID: id("election"), ConstituencyID: id("constituency"), OfficialID: id("official"),
		State: batch.State(c.Query("state")), Before: queryID(c, "before"), Limit: pageOfBatches,
	}
	if filter.State != "" && batchState(filter.State).Text.IsZero() {
		checks.Add("state", messages.FieldFilterStateUnknown())
	}
	return filter, checks.Err()
}

// checkFilter adds a problem where a part of the query cannot be decoded, or a filter is there twice: only the rest
// of it would be looked at.
func checkFilter(c *gin.Context, checks *problem.Checks) {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		checks.Add("query", messages.FieldAddressUnreadable(err.Error()))
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			checks.Add(name, messages.FieldFilterTwice(name))
		}
	}
}

// batchFilters are the lists to choose from; the constituencies are those of the chosen election.
func batchFilters(f batch.Filter, list []*elections.Election, chosen *elections.Election, officials []batch.Official) []view.Filter {
	filter := func(name string, label messages.Message, value string, all messages.Message) view.Filter {
		if value == "0" {
			value = ""
		}
		return view.Filter{
			Field:   kit.Field{Name: name, Label: label, Value: value, Filter: true},
			Options: []kit.Option{{Text: all}},
		}
	}
	election := filter("election", messages.BatchesElectionFilter(), decimal(f.ElectionID), messages.BatchesAllElections())
	for _, e := range list {
		election.Options = append(election.Options, kit.Option{Value: decimal(e.ID), Text: messages.Verbatim(e.Title)})
	}
	filters := []view.Filter{election}
	if chosen != nil && len(chosen.Constituencies) > 1 {
		constituency := filter("constituency", messages.BatchesConstituencyFilter(), decimal(f.ConstituencyID), messages.BatchesAllConstituencies())
		for _, part := range chosen.Constituencies {
			constituency.Options = append(constituency.Options, kit.Option{Value: decimal(part.ID), Text: messages.Verbatim(part.Name)})
		}
		filters = append(filters, constituency)
	}
	official := filter("official", messages.BatchesOfficialFilter(), decimal(f.OfficialID), messages.BatchesAllOfficials())
	for _, o := range officials {
		official.Options = append(official.Options, kit.Option{Value: decimal(o.ID), Text: messages.Verbatim(audit.WithoutAddress(o.Name))})
	}
	state := filter("state", messages.BatchesStateFilter(), string(f.State), messages.BatchesAllStates())
	for _, s := range []batch.State{
		batch.Queued, batch.Processing, batch.Counted, batch.Failed, batch.Retracting, batch.Retracted, batch.Restoring, batch.Waiting,
	} {
		state.Options = append(state.Options, kit.Option{Value: string(s), Text: batchState(s).Text})
	}
	return append(filters, official, state)
}
