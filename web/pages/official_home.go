package pages

import (
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
)

// OfficialHome shows the elections that take batches and this official's batches. Without JavaScript the page reloads
// itself while a batch is being counted.
func (p *Pages) OfficialHome(c *gin.Context) {
	ctx := c.Request.Context()
	user, _ := principal.Of(c)
	list, err := p.Elections.Elections(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	table, err := p.ownBatches(c, list)
	if err != nil {
		respond.Error(c, err)
		return
	}
	uploads, err := p.Batches.Uploads(ctx, user.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := view.OfficialPage{Page: p.page(c, view.SectionOfficial, messages.OfficialHomeHeading()), Table: table}
	if table.PollURL != "" {
		model.Page.Scripts = []string{"htmx-2.0.11.min.js", "idiomorph-ext-0.8.0.min.js"}
		model.Page.Refresh, model.Page.RefreshURL = 2, "/official/watch?before="+decimal(queryID(c, "before"))
	}
	model.Waiting, model.Same = ownUploads(uploads)
	r, err := p.reachOf(ctx, user)
	if err != nil {
		respond.Error(c, err)
		return
	}
	now := p.Now()
	for _, election := range sortElections(list, now) {
		if (acceptsBatches(election, now) || takesTurnout(election, now)) && len(r.of(election)) > 0 {
			offered := officialElection(election, now)
			offered.Places = r.yourPlaces(election)
			if offered.Expected, err = p.expected(c, election, r.of(election)); err != nil {
				respond.Error(c, err)
				return
			}
			if !acceptsBatches(election, now) {
				offered.Href = ""
			}
			if takesTurnout(election, now) {
				offered.Turnout = turnoutPath(election)
			}
			model.Elections = append(model.Elections, offered)
		}
	}
	switch {
	case len(model.Elections) > 0:
	case r.bound:
		model.None = messages.PlacesNoElection()
	default:
		model.None = messages.OfficialHomeNoElection()
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Official(model))
}

// ownUploads says how many of an official's files wait, and about how many of them there is a question.
func ownUploads(uploads []batch.Upload) (waiting, question messages.Message) {
	same := int64(0)
	for _, u := range uploads {
		if u.SameAs != 0 {
			same++
		}
	}
	if n := int64(len(uploads)); n > 0 {
		waiting = messages.OfficialHomeUploadsWaiting(n)
	}
	if same > 0 {
		question = messages.OfficialHomeUploadsSame(same)
	}
	return waiting, question
}

// OfficialBatches is the official's list alone, which the page asks for while something is being counted.
func (p *Pages) OfficialBatches(c *gin.Context) {
	list, err := p.Elections.Elections(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	table, err := p.ownBatches(c, list)
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.BatchTableFragment(table))
}

func (p *Pages) ownBatches(c *gin.Context, list []*elections.Election) (view.BatchTable, error) {
	user, _ := principal.Of(c)
	before := queryID(c, "before")
	address := &url.URL{Path: "/official"}
	table, err := p.batchTable(c.Request.Context(), batch.Filter{OfficialID: user.ID, Before: before, Limit: pageOfBatches}, placesOf(list), address)
	table.Empty = messages.BatchesNoneOfYours()
	if table.Moving {
		table.PollURL = "/official/batches?before=" + decimal(before)
	}
	return table, err
}

// acceptsBatches says whether to offer an upload; the service alone decides about each one.
func acceptsBatches(e *elections.Election, now time.Time) bool {
	state := e.StateAt(now)
	return e.Takes(elections.Batches) && (state == elections.Open || state.ToBeCertified())
}

func officialElection(e *elections.Election, now time.Time) view.OfficialElection {
	state := e.StateAt(now)
	return view.OfficialElection{
		Protocols: protocolsLink(e),
		Href:      "/official/elections/" + decimal(e.ID), Title: e.Title, State: electionState(state), Marks: rehearsalMarks(e),
		Ends: view.NewMoment(e.EndsAt, e.Location()), Until: batchesUntil(e), Over: state == elections.Counting,
	}
}
