package pages

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// liveScripts make an election's page follow the count.
func liveScripts() []string {
	return []string{"htmx-2.0.11.min.js", "htmx-ext-sse-2.2.4.min.js", "idiomorph-ext-0.8.0.min.js", "urna.js", "live.js", kit.SortScript}
}

// Election shows the coming election, the turnout, or the results, as the election's state and rules allow.
func (p *Pages) Election(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	key := cache.Key{Page: "election", Election: id}
	if waits, err := p.waitingElection(c.Request.Context(), id); err != nil {
		respond.Error(c, err)
		return
	} else if waits {
		key.Page = "waiting-election" // no commit and no time tells the cache that it does
	}
	p.public(c, key, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		public = public.In(tagOf(ctx))
		page, err := p.electionPage(ctx, reader, public)
		return publicPage{page, public.Until}, err
	})
}

// waitingElection reports whether the opening or closing of an election waits for an administrator. It reads the election
// only while the clock is in doubt.
func (p *Pages) waitingElection(ctx context.Context, id int64) (bool, error) {
	if n := p.clockNotice(); n == nil || !n.Waits {
		return false, nil
	}
	e, err := p.Elections.Election(ctx, id)
	if err != nil {
		return false, err
	}
	return !p.transitionWaits(e, e.StateAt(p.Elections.Now())).IsZero(), nil
}

// electionPage draws the page of an election for a reader.
func (p *Pages) electionPage(ctx context.Context, reader *view.Person, public *results.Public) (templ.Component, error) {
	model, err := p.electionModel(ctx, reader, public)
	if err != nil {
		return nil, err
	}
	return view.Election(model), nil
}

// electionModel is what the page of an election shows, and that for a screen in a hall.
func (p *Pages) electionModel(ctx context.Context, reader *view.Person, public *results.Public) (view.ElectionPage, error) {
	e := public.Election
	model := view.ElectionPage{
		Page: p.surround(reader, view.SectionElections, messages.Verbatim(e.Title)), ID: e.ID, Title: e.Title, Live: p.live(ctx, public),
	}
	amended, err := p.Elections.Amendments(ctx, e.ID, elections.AmendmentFilter{Limit: 1})
	if err != nil {
		return model, err
	}
	if len(amended) > 0 {
		model.Amendments = "/elections/" + decimal(e.ID) + "/amendments"
	}
	if !public.State.Final() {
		model.LiveURL = "/elections/" + decimal(e.ID) + "/live"
		model.Page.Scripts = liveScripts()
		waiting := 0
		if public.Turnout != nil {
			waiting = public.Turnout.BatchesWaiting
		}
		model.Page.Refresh = refreshSeconds(public.State, waiting)
	}
	if model.Page.Preview, err = p.preview(ctx, e, "", ""); err != nil {
		return model, err
	}
	model.Page.Preview.Title, model.Page.Preview.Description = e.Title, inOneLine(model.Live).In(ctx)
	return model, nil
}

// live returns the changing part of an election's page. At its foot is the head of the audit log, so that each copy and
// printout of the page is evidence of the log at that time.
func (p *Pages) live(ctx context.Context, public *results.Public) view.Live {
	var live view.Live
	switch public.Stage {
	case results.StageScheduled:
		live = comingLive(public.Election)
	case results.StageWithdrawn:
		live = withdrawnLive(public.Election)
	case results.StageTurnout:
		live = turnoutLive(public.Turnout)
	default:
		live = resultsLive(public.Results)
		live.Lots = lotRows(public.Results)
	}
	if public.Final != nil {
		live.Certified = p.certifiedBox(public.Final, false)
		live.Correction = p.correctionNotice(ctx, public)
		if public.Final.SecondRound != 0 {
			live.Round = &kit.Crumb{Text: messages.ElectionToSecondRound(), Href: "/elections/" + decimal(public.Final.SecondRound)}
		}
	}
	addConstituencies(&live, public)
	p.addMap(ctx, &live, public)
	live.Reported = p.reportedTurnout(ctx, public.Election)
	live.Address = p.shareAddress(ctx, public.Election)
	if public.Stage != results.StageWithdrawn {
		live.Wall = "/elections/" + decimal(public.Election.ID) + "/wall"
	}
	live.Clock = p.transitionWaits(public.Election, public.State)
	addVoting(&live, public)
	live.Audit = auditHead(public.Audit.Hash, public.Audit.Events)
	live.Audit.Witnesses = p.electionWitnesses(ctx, public)
	return live
}

// shareAddress returns the address of an election's page as others open it, "" if the server's own is not known.
func (p *Pages) shareAddress(ctx context.Context, e *elections.Election) string {
	by, err := p.publisher(ctx)
	if err != nil || by.Address == "" {
		return ""
	}
	return strings.TrimSuffix(by.Address, "/") + "/elections/" + decimal(e.ID)
}

// addVoting leads to the voting page while there is voting. From the opening on it says how many keys there are, so that
// no voters can be added unnoticed.
func addVoting(live *view.Live, public *results.Public) {
	open := public.State == elections.Open
	if !public.Election.Takes(elections.Online) || public.State == elections.Scheduled || public.State == elections.Withdrawn {
		return
	}
	if public.VoterKeys > 0 || open {
		live.Keys = messages.ElectionKeysIssued(public.VoterKeys)
	}
	if public.VoterKeys > 0 && open {
		live.Vote = "/vote/" + decimal(public.Election.ID)
	}
}

// newLive returns what every state of an election shows.
func newLive(e *elections.Election, state elections.State) view.Live {
	live := view.Live{
		Title: e.Title, State: electionState(state), Marks: rehearsalMarks(e), Kind: kindName(e.Kind),
		Starts: view.NewMoment(e.StartsAt, e.Location()), Ends: view.NewMoment(e.EndsAt, e.Location()), Until: batchesUntil(e),
		Rules: rulesInWords(e),
	}
	if e.SecondRoundOf != 0 {
		live.Round = &kit.Crumb{Text: messages.ElectionToFirstRound(), Href: "/elections/" + decimal(e.SecondRoundOf)}
	}
	return live
}

// addUpdated says when the figures changed; nothing for the zero time.
func addUpdated(live *view.Live, e *elections.Election, at time.Time) {
	if at.IsZero() {
		return
	}
	short, exact := view.NewShortMoment(at, e.Location()), view.NewExactMoment(at, e.Location())
	live.Changed, live.Updated = &short, &exact
}

func comingLive(e *elections.Election) view.Live {
	live := newLive(e, elections.Scheduled)
	start := messages.DateTime(e.StartsAt.In(e.Location()))
	live.Outcome = &view.Outcome{Class: view.OutcomeProvisional, Lead: messages.ElectionVotingOpens(start), More: messages.ElectionNotBegun()}
	live.Standing = standing(e)
	return live
}

func withdrawnLive(e *elections.Election) view.Live {
	live := newLive(e, elections.Withdrawn)
	live.Withdrawn = withdrawal(e)
	live.Standing = standing(e)
	return live
}

// withdrawal says since when and why an election is not held; nil if it was not withdrawn.
func withdrawal(e *elections.Election) *view.Withdrawal {
	if e.WithdrawnAt == nil {
		return nil
	}
	return &view.Withdrawal{At: view.NewMoment(*e.WithdrawnAt, e.Location()), Reason: e.WithdrawalReason}
}

func turnoutLive(t *results.Turnout) view.Live {
	live := newLive(t.Election, t.State)
	live.Outcome = turnoutOutcome(t)
	live.Waiting = waitingInWords(t.BatchesWaiting, t.LateBatchesWaiting)
	live.Stations = stationsSummary(t.Election.ID, t.Stations, nil)
	live.Figures = turnoutFigures(t.Ballots)
	addUpdated(&live, t.Election, t.UpdatedAt)
	if len(t.Constituencies) > 1 {
		for _, constituency := range t.Constituencies {
			live.Turnout = append(live.Turnout, view.TurnoutRow{
				Name: constituency.Name, Cast: messages.Integer(constituency.Ballots.Cast),
				Registered: numberOrDash(constituency.Ballots.RegisteredVoters),
				Turnout:    constituency.Ballots.Turnout().InPercent(), Remark: aboveRegistered(constituency.Ballots),
			})
		}
	}
	live.Count = timeline(t.Count, nil, t.Election.Location())
	live.Standing = standing(t.Election)
	return live
}

func numberOrDash(n int64) messages.Message {
	if n == 0 {
		return messages.Unknown()
	}
	return messages.Integer(n)
}
