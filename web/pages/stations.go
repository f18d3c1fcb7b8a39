package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// pageOfStations is how many polling stations a page shows at once.
const pageOfStations = 100

func stationsPath(election int64) string {
	return "/admin/elections/" + decimal(election) + "/stations"
}

// stationColumns are the columns by which polling stations can be sorted.
func stationColumns() []view.SortColumn {
	return []view.SortColumn{
		{Text: messages.StationAdminNumber(), Href: string(elections.StationsByNumber)},
		{Text: messages.StationAdminName(), Href: string(elections.StationsByName)},
		{Text: messages.StationAdminPlace(), Href: string(elections.StationsByPlace)},
		{Text: messages.StationAdminRegistered(), Href: string(elections.StationsByRegistered), Number: true},
	}
}

// AdminStations lists the polling stations of an election. The address has the search, the order and the page.
func (p *Pages) AdminStations(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	filter, err := stationFilter(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if election.Constituency(filter.ConstituencyID) == nil {
		filter.ConstituencyID = 0
	}
	found, all, err := p.Elections.FindStations(c.Request.Context(), election.ID, filter)
	if err != nil {
		respond.Error(c, err)
		return
	}
	state, path := election.StateAt(p.Now()), stationsPath(election.ID)
	model := view.AdminStationsPage{
		Page: p.inElection(c, election, stationsEntry, messages.StationAdminHeading()), Path: path,
		Notice: stationNotice(c.Query("done")), Several: len(election.Constituencies) > 1,
		Sort: string(filter.Sort), Columns: sortColumns(path, filter), Empty: messages.StationAdminNoneFound(),
		Range: messages.StationAdminRange(int64(filter.Offset+1), int64(filter.Offset+len(found)), int64(all)),
		Search: kit.Field{
			Name: "q", Label: messages.StationAdminSearch(), Value: filter.Search, Type: "search", Filter: true, Complete: "off",
		},
	}
	if filter.Descending {
		model.Order = "desc"
	}
	if filter.Search == "" && filter.ConstituencyID == 0 {
		model.Empty = messages.StationAdminNone()
	}
	if model.Several {
		model.Filter = constituencyFilter(election, filter.ConstituencyID)
	}
	if model.Rows, err = p.stationRows(c.Request.Context(), election, found); err != nil {
		respond.Error(c, err)
		return
	}
	if filter.Offset > 0 {
		before := filter
		before.Offset = max(0, filter.Offset-pageOfStations)
		model.Previous = stationsQuery(path, before)
	}
	if next := filter.Offset + len(found); next < all && len(found) > 0 {
		after := filter
		after.Offset = next
		model.Next = stationsQuery(path, after)
	}
	if !state.Final() && state != elections.Correcting {
		model.New = path + "/new"
	}
	if election.Editable(p.Now()) {
		model.List = path + "/list"
	} else {
		model.Amendments = "/elections/" + decimal(election.ID) + "/amendments"
	}
	if state == elections.Open || state == elections.Counting {
		model.Registered = "/admin/elections/" + decimal(election.ID) + "/registered"
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.AdminStations(model))
}

// stationFilter reads search, order and page from the query.
func stationFilter(c *gin.Context) (elections.StationFilter, error) {
	var checks problem.Checks
	checkFilter(c, &checks)
	sort := elections.StationSort(c.Query("sort"))
	known := slices.ContainsFunc(stationColumns(), func(column view.SortColumn) bool { return column.Href == string(sort) })
	if !known && sort != elections.StationsByList {
		checks.Add("sort", messages.FieldFilterSortUnknown())
	}
	return elections.StationFilter{
		ConstituencyID: queryID(c, "constituency"), Search: strings.TrimSpace(c.Query("q")), Sort: sort, Descending: c.Query("order") == "desc",
		Offset: int(min(queryID(c, "from"), 1_000_000)), Limit: pageOfStations,
	}, checks.Err()
}

// stationsQuery is the address of a page of polling stations.
func stationsQuery(path string, f elections.StationFilter) string {
	order := ""
	if f.Descending {
		order = "desc"
	}
	return addressOf(path,
		"q", f.Search, "constituency", decimal(f.ConstituencyID), "sort", string(f.Sort), "order", order, "from", strconv.Itoa(f.Offset))
}

// addressOf is a path with a query of pairs of names and values, without those that are "" or "0".
func addressOf(path string, pairs ...string) string {
	query := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" && pair[1] != "0" {
			query.Set(pair[0], pair[1])
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// sortColumns returns the columns with the address that sorts by each, the other way round if it is the order already.
func sortColumns(path string, f elections.StationFilter) []view.SortColumn {
	columns := stationColumns()
	for i := range columns {
		next := f
		next.Sort, next.Descending, next.Offset = elections.StationSort(columns[i].Href), false, 0
		if next.Sort == f.Sort {
			next.Descending = !f.Descending
			columns[i].Sorted = "ascending"
			if f.Descending {
				columns[i].Sorted = "descending"
			}
		}
		columns[i].Href = stationsQuery(path, next)
	}
	return columns
}

// constituencyFilter chooses one of the constituencies that have polling stations; chosen is 0 for all of them.
func constituencyFilter(e *elections.Election, chosen int64) view.Filter {
	filter := view.Filter{Field: kit.Field{Name: "constituency", Label: messages.StationsConstituency(), Filter: true}}
	if chosen != 0 {
		filter.Field.Value = decimal(chosen)
	}
	filter.Options = constituencyOptions(e, messages.StationsAllConstituencies(), func(c *elections.Constituency) bool { return c.HasStations })
	return filter
}

// constituencyOptions are the constituencies that may be chosen, after a text for none of them.
func constituencyOptions(e *elections.Election, none messages.Message, may func(*elections.Constituency) bool) []kit.Option {
	options := []kit.Option{{Text: none}}
	for i := range e.Constituencies {
		if c := &e.Constituencies[i]; may(c) {
			options = append(options, kit.Option{Value: decimal(c.ID), Text: messages.Verbatim(c.Name)})
		}
	}
	return options
}

// stationRows returns the rows of polling stations; these have a state once the election has opened.
func (p *Pages) stationRows(ctx context.Context, e *elections.Election, found []elections.Station) ([]view.AdminStationRow, error) {
	ids := make([]int64, 0, len(found))
	for i := range found {
		ids = append(ids, found[i].ID)
	}
	states, err := p.stationStates(ctx, e, ids...)
	rows := make([]view.AdminStationRow, 0, len(found))
	for i := range found {
		row := stationRow(e, &found[i])
		row.State = stationState(states[found[i].ID])
		rows = append(rows, row)
	}
	return rows, err
}

// stationStates returns the states of polling stations; none before the election has opened.
func (p *Pages) stationStates(ctx context.Context, e *elections.Election, ids ...int64) (map[int64]ballots.StationState, error) {
	if e.Editable(p.Now()) || e.StateAt(p.Now()) == elections.Withdrawn || len(ids) == 0 {
		return map[int64]ballots.StationState{}, nil
	}
	return p.Results.StationStates(ctx, ids)
}

func stationRow(e *elections.Election, s *elections.Station) view.AdminStationRow {
	row := view.AdminStationRow{
		Href: stationsPath(e.ID) + "/" + decimal(s.ID), Number: s.Number, Name: s.Name, Place: s.Place, Kind: stationKind(s.Kind),
	}
	if c := e.Constituency(s.ConstituencyID); c != nil {
		row.Constituency = c.Name
	}
	if s.RegisteredVoters > 0 {
		row.Registered = messages.Integer(s.RegisteredVoters)
	}
	return row
}

// stationKind names a kind of polling stations.
func stationKind(kind elections.StationKind) messages.Message {
	switch kind {
	case elections.OrdinaryStation:
		return messages.StationAdminKindOrdinary()
	case elections.AbroadStation:
		return messages.StationAdminKindAbroad()
	case elections.PostalStation:
		return messages.StationAdminKindPostal()
	case elections.MobileStation:
		return messages.StationAdminKindMobile()
	case elections.CentralStation:
		return messages.StationAdminKindCentral()
	}
	return messages.Verbatim(string(kind))
}

// exclusionMark says that no ballots are awaited from a station; the zero Mark if they are.
func exclusionMark(exclusion elections.Exclusion) kit.Mark {
	switch exclusion {
	case elections.ClosedWithout:
		return kit.Mark{Class: "disabled", Text: messages.StationAdminClosed()}
	case elections.AnnulledStation:
		return kit.Mark{Class: "failed", Text: messages.StationAdminAnnulled()}
	case elections.NotExcluded:
	}
	return kit.Mark{}
}

// stationCrumbs lead back to the polling stations of an election.
func stationCrumbs(e *elections.Election) []kit.Crumb {
	return []kit.Crumb{{Text: messages.StationAdminHeading(), Href: stationsPath(e.ID)}}
}

// stationNotice says what was just done.
func stationNotice(done string) messages.Message {
	switch done {
	case "saved":
		return messages.StationAdminSaved()
	case "added":
		return messages.StationAdminAdded()
	case "removed":
		return messages.StationAdminRemoved()
	case "listed":
		return messages.StationAdminListed()
	case "closed":
		return messages.StationAdminClosedDone()
	case "annulled":
		return messages.StationAdminAnnulledDone()
	case "reopened":
		return messages.StationAdminReopenedDone()
	case "registered":
		return messages.StationAdminRegisteredDone()
	}
	return messages.Message{}
}
