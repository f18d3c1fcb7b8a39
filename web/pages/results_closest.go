package pages

import (
	"cmp"
	"slices"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view/kit"
)

// mostClosest is how many seats the table of the closest ones has.
const mostClosest = 5

// closestSeats lists the constituencies whose last seat was decided by the fewest votes, over the whole election; nil if
// there are none to compare. A tie has a place of its own on the page.
func closestSeats(r *results.Results) *kit.Table {
	if r.Election.Kind != elections.Parliamentary {
		return nil
	}
	type seat struct {
		place, last, next string
		id, margin        int64
	}
	var seats []seat
	for i := range r.Constituencies {
		c := &r.Constituencies[i]
		if c.Allocation == nil || c.Tie != nil || len(c.Allocation.Steps) == 0 {
			continue
		}
		step := c.Allocation.Steps[len(c.Allocation.Steps)-1]
		if step.RunnerUp < 0 || step.Margin <= 0 || step.ByLot || step.TieBreak != "" {
			continue
		}
		last, next := c.Candidacies[step.List], c.Candidacies[step.RunnerUp]
		seats = append(seats, seat{
			place: c.Name, id: c.ID, margin: step.Margin,
			last: shortName(last.ShortName, last.Name), next: shortName(next.ShortName, next.Name),
		})
	}
	if len(seats) < 2 {
		return nil
	}
	slices.SortStableFunc(seats, func(a, b seat) int { return cmp.Compare(a.margin, b.margin) })
	t := &kit.Table{
		Caption: messages.ResultsClosestSeats(),
		Columns: []kit.Column{
			{Head: messages.ResultsConstituency()},
			{Head: messages.ResultsLastSeat(), Label: messages.ResultsLastSeatLabel()},
			{Head: messages.SeatsNextInLine(), Label: messages.ResultsNextInLineLabel()},
			{Head: messages.SeatsVotesLacked(), Label: messages.ResultsVotesLackedLabel(), Number: true},
		},
	}
	for _, s := range seats[:min(len(seats), mostClosest)] {
		href := "/elections/" + decimal(r.Election.ID) + "/seats?constituency=" + decimal(s.id)
		t.Rows = append(t.Rows, kit.Row{TestID: "closest-seat", Cells: []kit.Cell{
			kit.LinkCell(s.place, href), kit.TextCell(s.last), kit.TextCell(s.next), {Content: messages.Integer(s.margin), Value: decimal(s.margin)},
		}})
	}
	return t
}
