package pages

import (
	"context"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results"
	"urna/results/explanation"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// errNoSeats is returned if an election or a constituency has no seats to show.
var errNoSeats = problem.New(problem.NotFound, "no-seats", messages.RefusalNoSeats())

// errWhichConstituency is returned if several constituencies have seats and the address chooses none.
var errWhichConstituency = problem.New(problem.NotFound, "which-constituency",
	messages.RefusalWhichConstituency())

// ElectionSeats shows how each seat of a constituency was given: its quotient, the list that was next in line and what
// that list lacked. If an election has several constituencies, ?constituency chooses one.
func (p *Pages) ElectionSeats(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	part := c.Query("constituency")
	key := cache.Key{Page: "seats", Election: id}
	if part != "" {
		key.Part, _ = strconv.ParseInt(part, 10, 64)
		if key.Part <= 0 || decimal(key.Part) != part { // it is the id of nothing
			key = cache.Key{}
		}
	}
	p.public(c, key, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		public = public.In(tagOf(ctx))
		path := "/seats"
		if part != "" {
			path += "?constituency=" + url.QueryEscape(part)
		}
		shown, err := p.previewOf(ctx, public.Election, path, messages.SeatsHeading(), publicMarks(public)...)
		if err != nil {
			return publicPage{}, err
		}
		page, err := p.seatsPage(reader, public, part, shown)
		return publicPage{page, public.Until}, err
	})
}

// seatsPage draws the page of the seats of a constituency, "" for the only one.
func (p *Pages) seatsPage(reader *view.Person, public *results.Public, constituency string, shown *view.Preview) (templ.Component, error) {
	found, err := public.Count()
	if err != nil {
		return nil, err
	}
	if len(found.Constituencies) > 1 && constituency == "" {
		return nil, errWhichConstituency
	}
	election, part := public.Election, chosenPart(found, constituency)
	if part == nil || part.Allocation == nil || election.Kind != elections.Parliamentary {
		return nil, errNoSeats
	}
	text, err := found.Explain(part.ID)
	if err != nil {
		return nil, err
	}
	model := view.SeatsPage{
		Page:   p.surround(reader, view.SectionElections, messages.SeatsHeading()),
		Crumbs: []kit.Crumb{{Text: messages.Verbatim(election.Title), Href: "/elections/" + decimal(election.ID)}},
		Place:  part.Name, Missed: missedInWords(part), Explanation: text,
	}
	model.Page.Preview = shown
	switch {
	case found.Altered:
		model.Provisional = messages.ElectionAltered()
	case found.Provisional:
		model.Provisional = messages.SeatsProvisional()
	}
	if part.Tie != nil {
		model.Tie = tieInWords(found, part)
	}
	model.Decided = decidedTieInWords(found, part)
	if r := election.Rules; r.Method != "" {
		model.Method = methodName(r.Method)
	}
	for i, step := range part.Allocation.Steps {
		row := view.SeatRow{
			Seat: strconv.Itoa(i + 1), Name: part.Candidacies[step.List].Name, Own: strconv.Itoa(step.Seat),
			Quotient: step.Quotient.String(), Value: messages.Decimal(step.Quotient.Decimal(2)),
		}
		switch {
		case step.ByLot:
			row.RunnerUp = messages.SeatsByLot()
		case step.TieBreak != "":
			row.RunnerUp = messages.SeatsByRule(explanation.Reason(step.TieBreak))
		case step.RunnerUp < 0:
			row.RunnerUp = messages.SeatsNoOtherList()
		default:
			row.RunnerUp, row.RunnerUpValue = messages.Verbatim(part.Candidacies[step.RunnerUp].Name), messages.Decimal(step.RunnerUpQuotient.Decimal(2))
			if step.Margin > 0 {
				row.Lacked = messages.Integer(step.Margin)
			}
		}
		model.Rows = append(model.Rows, row)
	}
	return view.Seats(model), nil
}

// chosenPart returns the constituency with an id, or the only one there is.
func chosenPart(r *results.Results, id string) *results.Constituency {
	if id == "" && len(r.Constituencies) == 1 {
		return &r.Constituencies[0]
	}
	for i := range r.Constituencies {
		if decimal(r.Constituencies[i].ID) == id {
			return &r.Constituencies[i]
		}
	}
	return nil
}

// missedInWords says who just missed a seat, and who just missed the threshold, and by how many votes;
// nothing while a tie is open, because no list has missed a seat yet.
func missedInWords(c *results.Constituency) []messages.Message {
	if c.Allocation == nil || c.Tie != nil {
		return nil
	}
	var missed []messages.Message
	if steps := c.Allocation.Steps; len(steps) > 0 {
		last := steps[len(steps)-1]
		if last.RunnerUp >= 0 && last.Margin > 0 && !last.ByLot {
			missed = append(missed, messages.SeatsLastSeat(c.Candidacies[last.List].Name, c.Candidacies[last.RunnerUp].Name, last.Margin))
		}
	}
	best := -1
	for i, candidacy := range c.Candidacies {
		if candidacy.BelowThreshold && candidacy.ThresholdPercent == "" && (best < 0 || candidacy.Votes > c.Candidacies[best].Votes) {
			best = i
		}
	}
	if best >= 0 && c.ThresholdVotes > 0 {
		missed = append(missed, messages.SeatsClosestBelow(c.Candidacies[best].Name, c.ThresholdVotes-c.Candidacies[best].Votes))
	}
	return missed
}
