package pages

import (
	"context"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// stationsOnPage is how many polling stations a page shows.
const stationsOnPage = 100

// publicStations is the address of the table of an election's polling stations.
func publicStations(election int64) string { return "/elections/" + decimal(election) + "/stations" }

// ElectionStations shows the polling stations of an election, as far as ?q, ?constituency and ?state ask, sorted by ?sort.
func (p *Pages) ElectionStations(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	q, err := publicStationQuery(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	key := cache.Key{}
	if q == (results.StationQuery{Limit: stationsOnPage}) {
		key = cache.Key{Page: "stations-page", Election: id}
	}
	p.public(c, key, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		found, err := p.Results.Stations(ctx, id, q)
		if err != nil {
			return publicPage{}, err
		}
		found = found.In(tagOf(ctx))
		shown, err := p.previewOf(ctx, found.Election, "/stations", messages.StationsHeading(), kit.Mark{Text: stationsCounted(found.Counts)})
		if err != nil {
			return publicPage{}, err
		}
		return publicPage{p.stationsPage(reader, found, q, shown), found.Until}, nil
	})
}

// publicStationQuery reads the query of the table.
func publicStationQuery(c *gin.Context) (q results.StationQuery, err error) {
	var checks problem.Checks
	checkFilter(c, &checks)
	q.Search, q.ConstituencyID, q.Limit = c.Query("q"), queryID(c, "constituency"), stationsOnPage
	q.State, q.Order, q.Descending = ballots.StationState(c.Query("state")), results.StationOrder(c.Query("sort")), c.Query("order") == "falling"
	if q.State != "" && !slices.Contains(ballots.StationStates(), q.State) {
		checks.Add("state", messages.FieldFilterStateUnknown())
	}
	if !slices.Contains(results.StationOrders(), q.Order) {
		q.Order = results.ByList
	}
	q.Offset = int(min(queryID(c, "page"), 1000)) * stationsOnPage
	return q, checks.Err()
}

// stationsAddress is that of the table with a query; page 0 is the first.
func stationsAddress(election int64, q results.StationQuery, page int) string {
	order := ""
	if q.Descending {
		order = "falling"
	}
	return addressOf(publicStations(election),
		"q", q.Search, "constituency", decimal(q.ConstituencyID), "state", string(q.State),
		"sort", string(q.Order), "order", order, "page", strconv.Itoa(page))
}

func (p *Pages) stationsPage(reader *view.Person, found *results.StationPage, q results.StationQuery, shown *view.Preview) templ.Component {
	e := found.Election
	model := view.StationsPage{
		Page:    p.surround(reader, view.SectionElections, messages.StationsHeading()),
		Crumbs:  []kit.Crumb{{Text: messages.Verbatim(e.Title), Href: "/elections/" + decimal(e.ID)}},
		Address: publicStations(e.ID), Counted: stationsCounted(found.Counts),
		Search: kit.Field{Name: "q", Label: messages.StationsSearch(), Value: q.Search, Filter: true, Complete: "off"},
		Found:  messages.StationsFound(int64(found.All)), Places: len(e.Constituencies) > 1, Columns: publicStationColumns(e.ID, q),
		Filters: publicStationFilters(e, q), Filtered: q.Search != "" || q.ConstituencyID != 0 || q.State != "",
	}
	if found.ShowsCount {
		model.CSV = &view.Link{Href: "/api/v1/elections/" + decimal(e.ID) + "/stations.csv", Text: messages.StationsCsv(), Hint: messages.StationsCsvHint()}
	} else {
		model.Notice = messages.StationsEmbargoed()
	}
	model.Page.Preview = shown
	page := q.Offset / stationsOnPage
	if found.More {
		model.Next = stationsAddress(e.ID, q, page+1)
	}
	if page > 0 {
		model.Previous = stationsAddress(e.ID, q, page-1)
	}
	for i := range found.Stations {
		model.Rows = append(model.Rows, stationLine(e, &found.Stations[i]))
	}
	return view.Stations(model)
}

// publicStationColumns are the columns of the table. A link to the column by which it is sorted turns the order round.
func publicStationColumns(election int64, q results.StationQuery) []view.SortColumn {
	column := func(text messages.Message, by results.StationOrder, number bool) view.SortColumn {
		next := q
		next.Order, next.Descending = by, number && by != q.Order || by == q.Order && !q.Descending
		c := view.SortColumn{Text: text, Href: stationsAddress(election, next, 0), Number: number}
		if by == q.Order {
			c.Sorted = "ascending"
			if q.Descending {
				c.Sorted = "descending"
			}
		}
		return c
	}
	return []view.SortColumn{
		column(messages.StationsNumber(), results.ByList, false),
		column(messages.StationsState(), results.ByState, false),
		column(messages.StationsRegistered(), results.ByRegistered, true),
		{Text: messages.StationsCast(), Number: true},
		column(messages.StationsTurnout(), results.ByTurnout, true),
		{Text: messages.StationsFirst()},
	}
}

// publicStationFilters are the lists to choose from.
func publicStationFilters(e *elections.Election, q results.StationQuery) (filters []view.Filter) {
	if len(e.Constituencies) > 1 {
		filters = append(filters, constituencyFilter(e, q.ConstituencyID))
	}
	state := view.Filter{
		Field:   kit.Field{Name: "state", Label: messages.StationsState(), Value: string(q.State), Filter: true},
		Options: []kit.Option{{Text: messages.StationsAllStates()}},
	}
	for _, s := range ballots.StationStates() {
		state.Options = append(state.Options, kit.Option{Value: string(s), Text: stationState(s).Text})
	}
	return append(filters, state)
}

// stationLine is a polling station's row of the table.
func stationLine(e *elections.Election, s *results.StationResult) view.StationLine {
	line := view.StationLine{
		Number: s.Number, Name: s.Name, Href: publicStations(e.ID) + "/" + decimal(s.ID), Constituency: s.Constituency.Name,
		State: stationState(s.State), Registered: numberOrDash(s.RegisteredVoters), Cast: numberOrDash(0), Turnout: numberOrDash(0), First: numberOrDash(0),
	}
	switch {
	case s.Count != nil:
		line.Cast, line.Turnout = messages.Integer(s.Count.Ballots.Cast), s.Count.Ballots.Turnout().InPercent()
		line.First = mostVotes(s)
	case s.Together != nil:
		line.First = messages.StationsTogetherMark()
	}
	return line
}

// mostVotes names the candidacy with most votes in a station; zero without votes.
func mostVotes(s *results.StationResult) messages.Message {
	best, votes := -1, int64(0)
	for i, k := range s.Constituency.Candidacies {
		if n := s.Count.Votes[k.PollNumber]; n > votes {
			best, votes = i, n
		}
	}
	if best < 0 {
		return messages.Message{}
	}
	k := &s.Constituency.Candidacies[best]
	share := results.NewFraction(votes, s.Count.Ballots.Valid-s.Count.Ballots.Blank)
	return messages.StationsLeads(shortName(k.ShortName, k.Name), share.InPercent())
}

// ElectionStation shows one polling station.
func (p *Pages) ElectionStation(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	station, ok := pathID(c, "station")
	if !ok {
		respond.Error(c, elections.ErrUnknownStation)
		return
	}
	p.public(c, cache.Key{Page: "station-page", Election: id, Part: station}, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		found, err := p.Results.Stations(ctx, id, results.StationQuery{ID: station})
		if err != nil {
			return publicPage{}, err
		}
		if len(found.Stations) == 0 {
			return publicPage{}, elections.ErrUnknownStation
		}
		found = found.In(tagOf(ctx))
		proposed, err := p.proposedMove(ctx, station)
		if err != nil {
			return publicPage{}, err
		}
		until := found.Until
		if proposed != nil && !proposed.Until.IsZero() && (until.IsZero() || proposed.Until.Before(until)) {
			until = proposed.Until
		}
		s := &found.Stations[0]
		shown, err := p.previewOf(ctx, found.Election, "/stations/"+decimal(station), messages.StationsTitle(s.Number),
			kit.Mark{Text: messages.Verbatim(s.Name)}, stationState(s.State))
		if err != nil {
			return publicPage{}, err
		}
		return publicPage{p.publicStationPage(reader, found, s, proposed, shown), until}, nil
	})
}

func (p *Pages) publicStationPage(reader *view.Person, found *results.StationPage, s *results.StationResult, proposed *auth.Approval, shown *view.Preview) templ.Component {
	e := found.Election
	heading := messages.StationsTitle(s.Number)
	model := view.StationPage{
		Page: p.surround(reader, view.SectionElections, heading), Heading: heading, Name: s.Name, Place: s.Place,
		Crumbs: []kit.Crumb{
			{Text: messages.Verbatim(e.Title), Href: "/elections/" + decimal(e.ID)}, {Text: messages.StationsHeading(), Href: publicStations(e.ID)},
		},
		Kind: publicStationKind(s.Kind), State: stationState(s.State), Why: withheldInWords(s.Withheld), Note: messages.StationsPaperOnly(),
	}
	model.Page.Preview = shown
	if len(e.Constituencies) > 1 {
		model.Kind = messages.Join(messages.UnitParts, model.Kind, messages.Verbatim(s.Constituency.Name))
	}
	if s.ExclusionReason != "" {
		model.Reason = messages.StationsExclusion(s.ExclusionReason)
	}
	if proposed != nil {
		says := messages.StationsWaitsReopening
		if proposed.Act == approval.AnnulStation {
			says = messages.StationsWaitsAnnulment
		}
		waiting := says(view.ZonedTime(view.NewMoment(proposed.ProposedAt, e.Location())))
		model.Waiting = &waiting
	}
	count, caption := s.Count, messages.StationsResultsHere()
	if s.Together != nil {
		count, caption = s.Together, messages.StationsResultsTogether()
		for _, other := range s.With {
			model.With = append(model.With, kit.Crumb{
				Text: messages.StationsPlace(other.Number, other.Name), Href: publicStations(e.ID) + "/" + decimal(other.ID),
			})
		}
		if s.Online > 0 {
			model.Online = messages.StationsWithOnline(s.Online)
		}
	}
	if count == nil {
		if s.RegisteredVoters > 0 {
			model.Figures = []kit.Figure{{Label: messages.ResultsRegisteredVoters(), Value: messages.UnitNumber(s.RegisteredVoters)}}
		}
		return view.Station(model)
	}
	model.Figures = ballotFigures(count.Ballots, e.Rules.BlankBallots)
	table := stationVotes(e, s, count)
	table.Caption = caption
	model.Table = &table
	return view.Station(model)
}

// stationVotes shows the votes of a count, most votes first.
func stationVotes(e *elections.Election, s *results.StationResult, count *results.StationCount) view.ResultTable {
	base := count.Ballots.Valid - count.Ballots.Blank
	candidacies := make([]results.Candidacy, 0, len(s.Constituency.Candidacies))
	colors := newColors(candidacyColors(e.Constituencies))
	largest := hundredth
	for _, k := range s.Constituency.Candidacies {
		votes := count.Votes[k.PollNumber]
		candidacies = append(candidacies, results.Candidacy{Candidacy: k, Votes: votes, Share: results.NewFraction(votes, base)})
		largest = max(largest, candidacies[len(candidacies)-1].Share)
	}
	scale := scaleTo(largest)
	table := view.ResultTable{ShowPoll: true, Ticks: scale.ticks(), Steps: scale.steps()}
	var votes int64
	for _, k := range byVotes(candidacies) {
		table.Rows = append(table.Rows, view.ResultRow{
			PollNumber: strconv.Itoa(k.PollNumber), Name: k.Name, Color: colors[k.ParticipantID],
			Votes: messages.Integer(k.Votes), VotesValue: decimal(k.Votes), Share: k.Share.InPercent(), Bar: scale.at(k.Share),
		})
		votes += k.Votes
	}
	table.Total = &view.ResultTotal{Votes: messages.Integer(votes)}
	return table
}
