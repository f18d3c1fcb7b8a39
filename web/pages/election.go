package pages

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/results"
	"urna/web/respond"
	"urna/web/view"
)

// liveScripts make an election's page follow the count.
func liveScripts() []string {
	return []string{"htmx-2.0.11.min.js", "htmx-ext-sse-2.2.4.min.js", "idiomorph-ext-0.8.0.min.js", "urna.js", "live.js"}
}

// Election shows what is to come, the turnout, or the results, as the election's state and rules allow.
func (p *Pages) Election(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	live, state, err := p.live(c.Request.Context(), election)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := view.ElectionPage{Page: p.page(c, view.SectionElections, election.Title), ID: election.ID, Title: election.Title, Live: live}
	if state.state != elections.Certified {
		model.LiveURL = "/elections/" + decimal(election.ID) + "/live"
		model.Page.Scripts = liveScripts()
		model.Page.Refresh = refreshSeconds(state.state, state.waiting)
	}
	respond.Page(c, http.StatusOK, view.Election(model))
}

// liveState is what decides how long a page keeps listening.
type liveState struct {
	state   elections.State
	waiting int
}

// live returns the changing part of an election's page, with the audit log's head at its foot: each copy
// and printout then bears witness to the log as it stood.
func (p *Pages) live(ctx context.Context, e *elections.Election) (view.Live, liveState, error) {
	live, state, err := p.liveCount(ctx, e)
	if err != nil {
		return view.Live{}, liveState{}, err
	}
	if err := p.addVoting(ctx, &live, e); err != nil {
		return view.Live{}, liveState{}, err
	}
	live.Audit, err = p.auditHead(ctx)
	return live, state, err
}

// addVoting leads to the voting page while there is voting, and says from the opening on how many keys
// there are: nobody can add voters in silence.
func (p *Pages) addVoting(ctx context.Context, live *view.Live, e *elections.Election) error {
	if !e.Takes(elections.Online) || e.StateAt(p.Now()) == elections.Scheduled {
		return nil
	}
	keys, err := p.Votes.Keys(ctx, e.ID)
	if err != nil {
		return err
	}
	if keys > 0 || p.votes(e) {
		live.Keys = view.Count(keys, "voter key has", "voter keys have") + " been issued for voting online."
	}
	if p.votes(e) && keys > 0 {
		live.Vote = "/vote/" + decimal(e.ID)
	}
	return nil
}

// liveCount returns what an election's page shows of the election. Whether counts by participant may be shown is
// asked of results, which alone knows; the page only obeys.
func (p *Pages) liveCount(ctx context.Context, e *elections.Election) (view.Live, liveState, error) {
	now := p.Now()
	if e.StateAt(now) == elections.Scheduled {
		return comingLive(e), liveState{state: elections.Scheduled}, nil
	}
	found, err := p.Results.Results(ctx, e.ID)
	if err == nil {
		live := resultsLive(found)
		live.Lots = lotRows(found)
		if err := p.addCertified(ctx, &live, found); err != nil {
			return view.Live{}, liveState{}, err
		}
		return live, liveState{found.State, found.BatchesWaiting}, nil
	}
	if !errors.Is(err, results.ErrEmbargoed) {
		return view.Live{}, liveState{}, err
	}
	turnout, err := p.Results.Turnout(ctx, e.ID)
	if err != nil {
		return view.Live{}, liveState{}, err
	}
	return turnoutLive(turnout), liveState{turnout.State, turnout.BatchesWaiting}, nil
}

// addCertified adds the record of certification, once there is one, and the way to the second round.
func (p *Pages) addCertified(ctx context.Context, live *view.Live, r *results.Results) error {
	if r.State != elections.Certified {
		return nil
	}
	final, err := p.Results.Final(ctx, r.Election.ID)
	if err != nil {
		return err
	}
	live.Certified = p.certifiedBox(final, false)
	if final.SecondRound != 0 {
		live.Round = &view.Crumb{Text: "To the second round of this election", Href: "/elections/" + decimal(final.SecondRound)}
	}
	return nil
}

// newLive returns what every state of an election shows.
func newLive(e *elections.Election, state elections.State) view.Live {
	live := view.Live{
		State: electionState(state), Marks: rehearsalMarks(e), Kind: kindName(e.Kind),
		Starts: view.NewMoment(e.StartsAt, e.Location()), Ends: view.NewMoment(e.EndsAt, e.Location()),
		Rules: rulesInWords(e),
	}
	if e.SecondRoundOf != 0 {
		live.Round = &view.Crumb{Text: "To the first round and its result", Href: "/elections/" + decimal(e.SecondRoundOf)}
	}
	return live
}

func comingLive(e *elections.Election) view.Live {
	live := newLive(e, elections.Scheduled)
	live.Notice = "Voting has not begun. This page shows the turnout and, as the rules allow, the results."
	live.Standing = standing(e)
	return live
}

func turnoutLive(t *results.Turnout) view.Live {
	live := newLive(t.Election, t.State)
	live.Notice = "Until voting ends this page shows the turnout only. No count by participant is shown to anyone, administrators included."
	live.Waiting = waitingInWords(t.BatchesWaiting)
	live.Figures = turnoutFigures(t.Ballots)
	if !t.UpdatedAt.IsZero() {
		updated := view.NewExactMoment(t.UpdatedAt, t.Election.Location())
		live.Updated = &updated
	}
	if len(t.Constituencies) > 1 {
		for _, constituency := range t.Constituencies {
			live.Turnout = append(live.Turnout, view.TurnoutRow{
				Name: constituency.Name, Cast: view.Number(constituency.Ballots.Cast),
				Registered: numberOrDash(constituency.Ballots.RegisteredVoters),
				Turnout:    constituency.Ballots.Turnout().Percent(), Remark: aboveRegistered(constituency.Ballots),
			})
		}
	}
	live.Count = timeline(t.Count, nil, t.Election.Location())
	live.Standing = standing(t.Election)
	return live
}

func numberOrDash(n int64) string {
	if n == 0 {
		return "–"
	}
	return view.Number(n)
}
