package pages

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// observerPath is where an observer starts.
const observerPath = "/observer"

// ObserverHome lists the elections that an observer reads.
func (p *Pages) ObserverHome(c *gin.Context) {
	list, err := p.observedElections(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	user, _ := principal.Of(c)
	model := view.ObserverPage{Page: p.page(c, view.SectionObserver, messages.ObserverHeading())}
	for _, e := range sortElections(list, p.Now()) {
		model.Elections = append(model.Elections, observedElection(e, e.StateAt(p.Now())))
	}
	switch {
	case len(model.Elections) > 0:
	case user.Bound:
		model.None = messages.ObserverNone()
	default:
		model.None = messages.ObserverNonePublished()
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Observer(model))
}

// observedElection leads to all that an observer reads of an election.
func observedElection(e *elections.Election, state elections.State) view.ObservedElection {
	id := decimal(e.ID)
	return view.ObservedElection{
		ID: id, Title: e.Title, State: electionState(state), Marks: rehearsalMarks(e),
		Batches: "/admin/batches?election=" + id, Protocols: protocolsLink(e), OpenPoints: certificationPath(e.ID),
		History: "/admin/audit?subject=election+" + id, Results: "/elections/" + id, Certified: state.Final(),
	}
}

// observes reports whether an observer makes the request.
func observes(c *gin.Context) bool {
	user, ok := principal.Of(c)
	return ok && user.Role == auth.Observer
}

// observed returns which elections the person reads who makes the request.
func (p *Pages) observed(c *gin.Context) (auth.Observed, error) {
	user, _ := principal.Of(c)
	return p.Auth.Observed(c.Request.Context(), user)
}

// mayObserve returns refusal to an observer whose account does not read an election; nil to all others.
func (p *Pages) mayObserve(c *gin.Context, election int64, refusal error) error {
	if !observes(c) {
		return nil
	}
	o, err := p.observed(c)
	if err == nil && !o.Includes(election) {
		err = refusal
	}
	return err
}

// observedElections returns the published elections that the person reads who makes the request.
func (p *Pages) observedElections(c *gin.Context) (list []*elections.Election, err error) {
	o, err := p.observed(c)
	if err != nil {
		return nil, err
	}
	all, err := p.Elections.Elections(c.Request.Context())
	for _, e := range all {
		if o.Includes(e.ID) {
			list = append(list, e)
		}
	}
	return list, err
}

// readOnly takes the forms off the page of a certification, and what they would ask for; an open point that waits for a
// reason stays as a sentence.
func readOnly(m *view.CertificationPage, e *elections.Election) {
	m.Reads, m.Page.Section = true, view.SectionObserver
	m.Crumbs = []kit.Crumb{{Text: messages.ObserverHeading(), Href: observerPath}, {Text: messages.Verbatim(e.Title), Href: "/elections/" + decimal(e.ID)}}
	for _, point := range m.ToLift {
		m.Obstacles = append(m.Obstacles, point.Reason.Label)
	}
	m.ToLift, m.Tie, m.Correct, m.Next = nil, "", "", kit.Crumb{}
	m.MayConfirm, m.First, m.Waits, m.Proof, m.Passkey = false, messages.Message{}, messages.Message{}, nil, nil
	if m.SecondRound != nil && m.SecondRound.Href == "" {
		m.SecondRound = nil
	}
	if m.SecondRound != nil {
		m.SecondRound.Href = "/elections/" + m.SecondRound.Href[len("/admin/elections/"):]
	}
}

// readable takes the links off the things whose pages an observer may not see.
func readable(rows []view.EventRow) {
	for i := range rows {
		if !strings.HasPrefix(rows[i].Subject.Href, "/batches/") {
			rows[i].Subject.Href = ""
		}
	}
}
