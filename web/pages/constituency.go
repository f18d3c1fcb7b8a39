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
	p.public(c, cache.Key{Page: "constituency-page", Election: id, Part: place}, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		public = public.In(tagOf(ctx))
		live, err := constituencyLive(public, place)
		if err != nil {
			return publicPage{}, err
		}
		page := view.ConstituencyPage{
			Page: p.surround(reader, view.SectionElections, messages.Verbatim(live.Title)), Live: live, Crumbs: publicCrumbs(public.Election),
		}
		if len(public.Election.Constituencies) > 1 {
			page.Crumbs = append(page.Crumbs, constituenciesCrumb(public.Election))
		}
		if live.Stations != nil {
			live.Stations.Href = addressOf(publicStations(id), "constituency", decimal(place))
		}
		return publicPage{view.Constituency(page), public.Until}, nil
	})
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
