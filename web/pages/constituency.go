package pages

import (
	"context"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
)

// errNoConstituency is returned if an election does not have the constituency.
var errNoConstituency = problem.New(problem.NotFound, "unknown-constituency", messages.RefusalNotFound())

// ElectionConstituency shows one constituency: its lists, the turnout or the results, as the rules of the election allow.
func (p *Pages) ElectionConstituency(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	place, ok := pathID(c, "constituency")
	if !ok {
		respond.Error(c, errNoConstituency)
		return
	}
	key := cache.Key{Page: "constituency-page", Election: id, Part: place}
	if waits, err := p.waitingElection(c.Request.Context(), id); err != nil {
		respond.Error(c, err)
		return
	} else if waits {
		key = cache.Key{} // no commit and no time tells the cache that it does
	}
	p.public(c, key, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		model, err := p.constituencyModel(ctx, reader, public.In(tagOf(ctx)), place)
		if err != nil {
			return publicPage{}, err
		}
		return publicPage{view.Constituency(model), public.Until}, nil
	})
}

// constituencyModel is what the page of a constituency shows a reader.
func (p *Pages) constituencyModel(ctx context.Context, reader *view.Person, public *results.Public, place int64) (view.ConstituencyPage, error) {
	live, err := constituencyLive(public, place)
	if err != nil {
		return view.ConstituencyPage{}, err
	}
	e := public.Election
	live.Clock = p.transitionWaits(e, public.State)
	live.Audit = auditHead(public.Audit.Hash, public.Audit.Events)
	live.Audit.Witnesses = p.electionWitnesses(ctx, public)
	if public.Final != nil {
		live.Correction = p.correctionNotice(ctx, public)
	}
	if live.Stations != nil {
		live.Stations.Href = addressOf(publicStations(e.ID), "constituency", decimal(place))
	}
	page := view.ConstituencyPage{
		Page: p.surround(reader, view.SectionElections, messages.Verbatim(live.Title)), Live: live, Crumbs: publicCrumbs(e),
	}
	if len(e.Constituencies) > 1 {
		page.Crumbs = append(page.Crumbs, constituenciesCrumb(e))
	}
	if !public.State.Final() {
		page.LiveURL = publicConstituencies(e.ID) + "/" + decimal(place) + "/live"
		page.Page.Scripts = liveScripts()
		waiting := 0
		if public.Turnout != nil {
			waiting = public.Turnout.BatchesWaiting
		}
		page.Page.Refresh = refreshSeconds(public.State, waiting)
	}
	path := "/constituencies/" + decimal(place)
	page.Page.Preview, err = p.preview(ctx, e, path, path)
	if err == nil {
		page.Page.Preview.Title, page.Page.Preview.Description = live.Title+" – "+e.Title, constituencyInOneLine(public, live, place).In(ctx)
	}
	return page, err
}

// constituencyInOneLine sums the page of a constituency up: its state, who has the most votes, and how much is counted.
func constituencyInOneLine(public *results.Public, live view.Live, place int64) messages.Message {
	text := inOneLine(live)
	if leader := leaderIn(public, place); !leader.IsZero() {
		text = messages.Join(messages.UnitParts, text, leader)
	}
	if live.Stations != nil {
		text = messages.Join(messages.UnitParts, text, live.Stations.Short)
	}
	return text
}

// leaderIn says who has the most votes in a constituency; no message without votes, or while none may be shown.
func leaderIn(public *results.Public, place int64) messages.Message {
	if public.Results == nil {
		return messages.Message{}
	}
	for i := range public.Results.Constituencies {
		c := &public.Results.Constituencies[i]
		if first := byVotes(c.Candidacies); c.ID == place && len(first) > 0 && first[0].Votes > 0 {
			return leaderOf(c)
		}
	}
	return messages.Message{}
}

// constituencyLive is the page of an election, of one constituency alone.
func constituencyLive(public *results.Public, id int64) (view.Live, error) {
	at := -1
	for i, c := range public.Election.Constituencies {
		if c.ID == id {
			at = i
		}
	}
	if at < 0 {
		return view.Live{}, errNoConstituency
	}
	live := newLive(public.Election, public.State)
	live.Title, live.Round = public.Election.Constituencies[at].Name, nil
	live.Withdrawn = withdrawal(public.Election)
	switch {
	case public.Results != nil:
		addConstituency(&live, public.Results, &public.Results.Constituencies[at])
	case public.Turnout != nil && public.Stage == results.StageTurnout:
		live.Figures = turnoutFigures(public.Turnout.Constituencies[at].Ballots)
		addUpdated(&live, public.Election, public.Turnout.UpdatedAt)
		fallthrough
	default:
		live.Standing = standing(public.Election)[at : at+1]
		live.Standing[0].Name = contestants(public.Election.Kind)
	}
	return live, nil
}

// addConstituency adds the results of a constituency.
func addConstituency(live *view.Live, r *results.Results, c *results.Constituency) {
	l := newLook(r)
	live.Altered = r.Altered
	if r.Provisional {
		live.Marks = append(live.Marks, provisionalMark())
	}
	addUpdated(live, r.Election, r.UpdatedAt)
	live.Figures, live.Counted = turnoutFigures(c.Ballots), validityFigures(c.Ballots, r.Election.Rules.BlankBallots)
	table := constituencyTable(r, c, l)
	live.Overall = &table
	if c.Stations != nil {
		live.Stations = &view.StationsSummary{Short: messages.ElectionStationsOf(int64(c.Stations.Counted), int64(c.Stations.Expected)), Counted: stationsCounted(c.Stations)}
		if says := missingStations(r, c); !says.IsZero() {
			live.Stations.Missing = append(live.Stations.Missing, says)
		}
	}
	if r.Election.Kind == elections.Parliamentary {
		live.SeatBar = constituencyBar(c, l.colors)
	}
}

// constituencyBar draws the seats of a constituency; nil while none is assigned.
func constituencyBar(c *results.Constituency, colors electionColors) *view.SeatBar {
	var blocs []view.Bloc
	var words []messages.Message
	add := func(b view.Bloc) {
		if b.Seats > 0 {
			blocs = append(blocs, b)
			words = append(words, messages.ResultsSeatsOf(b.Name, int64(b.Seats)))
		}
	}
	taken := 0
	for _, k := range byVotes(c.Candidacies) {
		add(view.Bloc{Name: messages.Verbatim(shortName(k.ShortName, k.Name)), Color: colors[k.ParticipantID], Seats: k.Seats})
		taken += k.Seats
	}
	if taken == 0 {
		return nil
	}
	add(view.Bloc{Name: messages.ChartsTied(), Seats: c.SeatsTied()})
	add(view.Bloc{Name: messages.ChartsNotAssigned(), Seats: c.Seats - taken - c.SeatsTied()})
	bar := view.NewSeatBar(messages.ChartsSeatBar(int64(c.Seats), messages.Join(messages.UnitList, words...)), blocs)
	bar.Majority = 0 // a majority within one constituency decides nothing
	return bar
}
