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
	"urna/web/view/kit"
)

// Home lists the elections with how far each has come.
func (p *Pages) Home(c *gin.Context) {
	p.public(c, cache.Key{Page: "home"}, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		all, err := p.Results.Overview(ctx)
		if err != nil {
			return publicPage{}, err
		}
		for i := range all {
			all[i] = all[i].In(tagOf(ctx))
		}
		return publicPage{p.homePage(reader, all), earliest(all)}, nil //nolint:contextcheck // drawn later, with the context of its language
	})
}

// homePage draws the home page for a reader.
func (p *Pages) homePage(reader *view.Person, all []*results.Public) templ.Component {
	model := view.HomePage{Page: p.surround(reader, view.SectionElections, messages.HomeHeading())}
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
		Until:    batchesUntil(e),
		Progress: -1, Action: messages.HomeListsAndRules(),
	}
	if e.Kind == elections.Presidential {
		card.Action = messages.HomeCandidatesAndRules()
	}
	if state == elections.Withdrawn {
		card.Struck, card.Action = true, messages.HomeWhyWithdrawn()
	}
	if t == nil {
		return card
	}
	card.Figures = turnoutFigures(t.Ballots)
	if share := t.Ballots.Turnout(); share >= 0 {
		card.Progress = min(int64(share), 1_000_000)
	}
	card.Waiting = waitingInWords(t.BatchesWaiting, t.LateBatchesWaiting)
	switch {
	case t.ShowsCount && state == elections.Open:
		card.Action = messages.HomeFollowCount()
	case t.ShowsCount:
		card.Action = messages.HomeResults()
	default:
		card.Action = messages.HomeFollowTurnout()
	}
	return card
}

// turnoutFigures are what anyone may see at any time.
func turnoutFigures(b results.Ballots) []kit.Figure {
	figures := []kit.Figure{{Label: messages.ResultsBallotsCast(), Value: messages.UnitNumber(b.Cast), TestID: "ballots-cast", Live: "cast"}}
	if b.RegisteredVoters > 0 {
		var note messages.Message
		if isAboveRegistered(b) {
			note = messages.ResultsMoreThanRegisteredAsk()
		}
		figures = append(figures,
			kit.Figure{Label: messages.ResultsTurnout(), Value: b.Turnout().InPercent(), Note: note, TestID: "turnout", Live: "turnout"},
			kit.Figure{Label: messages.ResultsRegisteredVoters(), Value: messages.UnitNumber(b.RegisteredVoters)},
		)
	}
	return figures
}

// isAboveRegistered reports a turnout above 100 %.
func isAboveRegistered(b results.Ballots) bool {
	return b.RegisteredVoters > 0 && b.Cast > b.RegisteredVoters
}

// aboveRegistered remarks on a turnout above 100 %, and is zero for any other. It is no accusation: voters may have
// registered after the number was entered.
func aboveRegistered(b results.Ballots) messages.Message {
	if !isAboveRegistered(b) {
		return messages.Message{}
	}
	return messages.ResultsMoreThanRegistered()
}

// ballotFigures are the sums of a count.
func ballotFigures(b results.Ballots, blankBallots bool) []kit.Figure {
	return append(turnoutFigures(b), validityFigures(b, blankBallots)...)
}

// validityFigures say how many ballots count, and how many do not.
func validityFigures(b results.Ballots, blankBallots bool) []kit.Figure {
	figures := []kit.Figure{{Label: messages.ResultsValid(), Value: messages.UnitNumber(b.Valid), TestID: "ballots-valid"}}
	if blankBallots || b.Blank > 0 {
		figures = append(figures, kit.Figure{Label: messages.ResultsBlank(), Value: messages.UnitNumber(b.Blank), Note: messages.ResultsBlankNote(), TestID: "ballots-blank"})
	}
	return append(figures,
		kit.Figure{Label: messages.ResultsInvalid(), Value: messages.UnitNumber(b.Invalid), Note: messages.ResultsInvalidNote(), TestID: "ballots-invalid"},
		kit.Figure{Label: messages.ResultsDuplicates(), Value: messages.UnitNumber(b.Duplicates), Note: messages.ResultsDuplicatesNote(), TestID: "ballots-duplicates"},
	)
}

// waitingInWords says how many batches wait to be counted, and how many late ones for a decision; it is zero for none.
func waitingInWords(batches, late int) messages.Message {
	var sentences []messages.Message
	if batches > 0 {
		sentences = append(sentences, messages.ElectionBatchesWaiting(int64(batches)))
	}
	if late > 0 {
		sentences = append(sentences, messages.ElectionLateBatchesWaiting(int64(late)))
	}
	if len(sentences) == 0 {
		return messages.Message{}
	}
	return messages.Sentences(sentences...)
}

// batchesUntil returns when the batches of an election begin to be late; nil for no such time.
func batchesUntil(e *elections.Election) *view.Moment {
	if e.BatchesUntil == nil {
		return nil
	}
	until := view.NewMoment(*e.BatchesUntil, e.Location())
	return &until
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
