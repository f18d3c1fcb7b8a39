package pages

import (
	"context"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/cache"
	"urna/web/view"
)

// Home lists the elections with how far each has come.
func (p *Pages) Home(c *gin.Context) {
	p.public(c, cache.Key{Page: "home"}, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		all, err := p.Results.Overview(ctx)
		if err != nil {
			return publicPage{}, err
		}
		return publicPage{p.homePage(reader, all), earliest(all)}, nil
	})
}

// homePage draws the home page for a reader.
func (p *Pages) homePage(reader *view.Person, all []*results.Public) templ.Component {
	model := view.HomePage{Page: p.surround(reader, view.SectionElections, messages.Literal("Elections"))}
	for _, public := range sortPublic(all) {
		if public.Turnout != nil {
			if seconds := refreshSeconds(public.State, public.Turnout.BatchesWaiting); seconds > 0 {
				model.Page.Refresh = seconds
			}
		}
		model.Elections = append(model.Elections, electionCard(public))
	}
	model.SetUp = reader != nil && reader.Administrator
	return view.Home(model)
}

func electionCard(public *results.Public) view.ElectionCard {
	e, t, state := public.Election, public.Turnout, public.State
	card := view.ElectionCard{
		Href: "/elections/" + decimal(e.ID), Title: e.Title, Kind: kindName(e.Kind),
		State: electionState(state), Marks: rehearsalMarks(e),
		Starts: view.NewMoment(e.StartsAt, e.Location()), Ends: view.NewMoment(e.EndsAt, e.Location()),
		Progress: -1, Action: contestants(e.Kind) + " and rules",
	}
	if t == nil {
		return card
	}
	card.Figures = turnoutFigures(t.Ballots)
	if share := t.Ballots.Turnout(); share >= 0 {
		card.Progress = min(int64(share), 1_000_000)
	}
	card.Waiting = waitingInWords(t.BatchesWaiting)
	switch {
	case t.ShowsCount && state == elections.Open:
		card.Action = "Follow the count"
	case t.ShowsCount:
		card.Action = "Results"
	default:
		card.Action = "Follow the turnout"
	}
	return card
}

// turnoutFigures are what anyone may see at any time.
func turnoutFigures(b results.Ballots) []view.Figure {
	figures := []view.Figure{{Label: messages.Literal("Ballots cast"), Value: messages.UnitNumber(b.Cast), TestID: "ballots-cast", Live: "cast"}}
	if b.RegisteredVoters > 0 {
		note := aboveRegistered(b)
		if note != "" {
			note += "; the people who run the election can say why"
		}
		figures = append(figures,
			view.Figure{Label: messages.Literal("Turnout"), Value: messages.Literal(b.Turnout().Percent()), Note: messages.Literal(note), TestID: "turnout", Live: "turnout"},
			view.Figure{Label: messages.Literal("Registered voters"), Value: messages.UnitNumber(b.RegisteredVoters)},
		)
	}
	return figures
}

// aboveRegistered remarks on a turnout above 100 %, and is "" for any other. It accuses nobody: voters may have
// registered after the number was entered.
func aboveRegistered(b results.Ballots) string {
	if b.RegisteredVoters == 0 || b.Cast <= b.RegisteredVoters {
		return ""
	}
	return "more ballots than registered voters"
}

// ballotFigures are the sums of a count.
func ballotFigures(b results.Ballots, blankBallots bool) []view.Figure {
	figures := append(turnoutFigures(b), view.Figure{Label: messages.Literal("Valid"), Value: messages.UnitNumber(b.Valid), TestID: "ballots-valid"})
	if blankBallots || b.Blank > 0 {
		figures = append(figures, view.Figure{Label: messages.Literal("Blank"), Value: messages.UnitNumber(b.Blank), Note: messages.Literal("of the valid ones"), TestID: "ballots-blank"})
	}
	return append(figures,
		view.Figure{Label: messages.Literal("Invalid"), Value: messages.UnitNumber(b.Invalid), Note: messages.Literal("no such poll number"), TestID: "ballots-invalid"},
		view.Figure{Label: messages.Literal("Duplicates"), Value: messages.UnitNumber(b.Duplicates), Note: messages.Literal("lines, not ballots: another line holds the GUID"), TestID: "ballots-duplicates"},
	)
}

func waitingInWords(batches int) string {
	if batches == 0 {
		return ""
	}
	verb := " wait to be counted."
	if batches == 1 {
		verb = " waits to be counted."
	}
	return view.Count(int64(batches), "batch", "batches") + verb + " The figures still grow."
}

// refreshSeconds says how often a page without JavaScript looks again.
func refreshSeconds(state elections.State, waiting int) int {
	switch {
	case waiting > 0:
		return 5
	case state == elections.Open:
		return 30
	default:
		return 0
	}
}
