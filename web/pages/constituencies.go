package pages

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/text"
	"urna/results"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// publicConstituencies is the address of the table of an election's constituencies.
func publicConstituencies(election int64) string {
	return "/elections/" + decimal(election) + "/constituencies"
}

// constituencyQuery is what a reader asks of the table.
type constituencyQuery struct {
	search  string
	order   string // a column; "" is the election's own order
	falling bool
}

// The columns by which the table can be sorted.
const (
	byName    = "name"
	bySeatsOf = "seats"
	byTurnout = "turnout"
)

// constituencyLine is a row of the table.
type constituencyLine struct {
	id       int64
	name     string
	seats    int
	ballots  results.Ballots
	stations *results.StationCounts
	leads    messages.Message // who has the most votes; no message while nothing may be shown
	remark   messages.Message
	lists    int
}

// ElectionConstituencies shows the constituencies of an election, as far as ?q asks, sorted by ?sort and ?order.
func (p *Pages) ElectionConstituencies(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	q := constituencyQuery{search: strings.TrimSpace(c.Query("q")), order: c.Query("sort"), falling: c.Query("order") == "falling"}
	if !slices.Contains([]string{byName, bySeatsOf, byTurnout}, q.order) {
		q.order, q.falling = "", false
	}
	key := cache.Key{}
	if q == (constituencyQuery{}) {
		key = cache.Key{Page: "constituencies-page", Election: id}
	}
	p.public(c, key, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		public = public.In(tagOf(ctx))
		shown, err := p.previewOf(ctx, public.Election, "/constituencies", messages.ConstituenciesHeading(), publicMarks(public)...)
		if err != nil {
			return publicPage{}, err
		}
		return publicPage{p.constituenciesPage(ctx, reader, public, q, shown), public.Until}, nil
	})
}

func (p *Pages) constituenciesPage(ctx context.Context, reader *view.Person, public *results.Public, q constituencyQuery, shown *view.Preview) templ.Component {
	lines := q.of(constituencyLines(public))
	table := constituencyTableOf(public, lines)
	table.Columns[0].Href, table.Columns[0].Sorted = q.link(public.Election.ID, byName)
	for i := range table.Columns {
		switch table.Columns[i].Name {
		case bySeatsOf, byTurnout:
			table.Columns[i].Href, table.Columns[i].Sorted = q.link(public.Election.ID, table.Columns[i].Name)
		}
	}
	page := p.surround(reader, view.SectionElections, messages.ConstituenciesHeading())
	page.Preview = shown
	var drawn view.Live
	if q.search == "" {
		p.addMap(ctx, &drawn, public)
	}
	return view.Constituencies(view.ConstituenciesPage{
		Map: drawn.Map, MapOutlines: drawn.MapOutlines,
		Page: page,
		Band: kit.Title{
			Crumbs: publicCrumbs(public.Election), Name: messages.ConstituenciesHeading().In(ctx), States: publicMarks(public),
		},
		Address: publicConstituencies(public.Election.ID), Filtered: q.search != "", Found: messages.ConstituenciesFound(int64(len(lines))),
		Search: kit.Field{Name: "q", Label: messages.ConstituenciesSearch(), Value: q.search, Filter: true, Complete: "off"}, Table: table,
	})
}

// publicCrumbs lead from a page about an election to it.
func publicCrumbs(e *elections.Election) []kit.Crumb {
	return []kit.Crumb{{Text: messages.Verbatim(e.Title), Href: "/elections/" + decimal(e.ID)}}
}

// publicMarks are the state of an election, and how firm its figures are.
func publicMarks(public *results.Public) []kit.Mark {
	marks := append([]kit.Mark{electionState(public.State)}, rehearsalMarks(public.Election)...)
	if public.Results != nil && public.Results.Provisional {
		marks = append(marks, provisionalMark())
	}
	return marks
}

// provisionalMark says that the figures are not certified.
func provisionalMark() kit.Mark {
	return kit.Mark{Class: "provisional", Text: messages.ElectionProvisional()}
}

// constituenciesCrumb leads to the table.
func constituenciesCrumb(e *elections.Election) kit.Crumb {
	return kit.Crumb{Text: messages.ConstituenciesHeading(), Href: publicConstituencies(e.ID)}
}

// link returns the address that sorts the table by a column, and how it is sorted by it now; the same column again turns
// the order round.
func (q constituencyQuery) link(election int64, column string) (href, sorted string) {
	next := constituencyQuery{search: q.search, order: column, falling: column != byName}
	if q.order == column {
		next.falling, sorted = !q.falling, "ascending"
		if q.falling {
			sorted = "descending"
		}
	}
	order := ""
	if next.falling {
		order = "falling"
	}
	return addressOf(publicConstituencies(election), "q", next.search, "sort", next.order, "order", order), sorted
}

// of returns the lines that the query asks for, in its order.
func (q constituencyQuery) of(lines []constituencyLine) []constituencyLine {
	if q.search != "" {
		wanted := text.Key(q.search)
		lines = slices.DeleteFunc(lines, func(l constituencyLine) bool { return !strings.Contains(text.Key(l.name), wanted) })
	}
	compare := map[string]func(a, b constituencyLine) int{
		byName:    func(a, b constituencyLine) int { return cmp.Compare(text.Key(a.name), text.Key(b.name)) },
		bySeatsOf: func(a, b constituencyLine) int { return cmp.Compare(a.seats, b.seats) },
		byTurnout: func(a, b constituencyLine) int { return cmp.Compare(a.ballots.Turnout(), b.ballots.Turnout()) },
	}[q.order]
	if compare != nil {
		slices.SortStableFunc(lines, compare)
	}
	if q.falling {
		slices.Reverse(lines)
	}
	return lines
}

// constituencyLines are the rows of the table, in the election's order, with what may be shown.
func constituencyLines(public *results.Public) []constituencyLine {
	lines := make([]constituencyLine, len(public.Election.Constituencies))
	for i, c := range public.Election.Constituencies {
		lines[i] = constituencyLine{
			id: c.ID, name: c.Name, seats: c.Seats, lists: len(c.Candidacies), ballots: results.Ballots{RegisteredVoters: c.RegisteredVoters},
		}
	}
	switch {
	case public.Results != nil:
		for i := range public.Results.Constituencies {
			c := &public.Results.Constituencies[i]
			lines[i].ballots, lines[i].stations, lines[i].leads, lines[i].remark = c.Ballots, c.Stations, leaderOf(c), aboveRegistered(c.Ballots)
			if c.Tie != nil {
				lines[i].remark = messages.Join(messages.UnitParts, messages.ResultsPartTie(), lines[i].remark)
			} else if c.Unassigned > 0 && public.Election.Kind == elections.Parliamentary {
				lines[i].remark = messages.Join(messages.UnitParts, messages.ResultsNotAssignedPart(int64(c.Unassigned)), lines[i].remark)
			}
		}
	case public.Turnout != nil:
		for i := range public.Turnout.Constituencies {
			lines[i].ballots, lines[i].remark = public.Turnout.Constituencies[i].Ballots, aboveRegistered(public.Turnout.Constituencies[i].Ballots)
		}
	}
	return lines
}

// leaderOf names the list or candidate with the most votes; a dash without votes.
func leaderOf(c *results.Constituency) messages.Message {
	first := byVotes(c.Candidacies)
	if len(first) == 0 || first[0].Votes == 0 {
		return messages.Unknown()
	}
	return messages.StationsLeads(shortName(first[0].ShortName, first[0].Name), first[0].Share.InPercent())
}

// addConstituencies adds the table of many constituencies, instead of what else names each of them.
func addConstituencies(live *view.Live, public *results.Public) {
	if len(public.Election.Constituencies) <= openParts {
		return
	}
	table := constituencyTableOf(public, constituencyLines(public))
	table.Sorted = true
	live.Constituencies, live.ConstituenciesHref = &table, publicConstituencies(public.Election.ID)
	live.Standing, live.Turnout = nil, nil
}

// constituencyTableOf is the table of lines. Its first column leads to the page of each constituency.
func constituencyTableOf(public *results.Public, lines []constituencyLine) kit.Table {
	e := public.Election
	counted, voted := public.Results != nil, public.Turnout != nil && public.Stage != results.StageWithdrawn
	stations := counted && slices.ContainsFunc(lines, func(l constituencyLine) bool { return l.stations != nil })
	t := kit.Table{Caption: messages.ElectionConstituencies(), Quiet: true, TestID: "constituencies", Class: "places"}
	column := func(shown bool, name string, head, label messages.Message, cell func(constituencyLine) kit.Cell) {
		if !shown {
			return
		}
		t.Columns = append(t.Columns, kit.Column{Name: name, Head: head, Label: label, Number: name != "" && name != byName})
		for i := range lines {
			t.Rows[i].Cells = append(t.Rows[i].Cells, cell(lines[i]))
		}
	}
	t.Rows = make([]kit.Row, len(lines))
	for i := range t.Rows {
		t.Rows[i].TestID = "constituency-row"
	}
	column(true, byName, messages.ResultsConstituency(), messages.Message{}, func(l constituencyLine) kit.Cell {
		cell := kit.LinkCell(l.name, publicConstituencies(e.ID)+"/"+decimal(l.id))
		cell.Hint = l.remark
		return cell
	})
	column(counted, "", messages.ConstituenciesLeads(), messages.ConstituenciesLeadsLabel(), func(l constituencyLine) kit.Cell { return kit.Cell{Content: l.leads} })
	column(e.Kind == elections.Parliamentary, bySeatsOf, messages.ResultsSeats(), messages.ConstituenciesSeatsLabel(), func(l constituencyLine) kit.Cell {
		return kit.Cell{Content: messages.Integer(int64(l.seats)), Value: decimal(int64(l.seats))}
	})
	column(!voted, "lists", messages.ConstituenciesLists(), messages.ConstituenciesListsLabel(), func(l constituencyLine) kit.Cell {
		return kit.Cell{Content: messages.Integer(int64(l.lists)), Value: decimal(int64(l.lists))}
	})
	column(stations, "stations", messages.ConstituenciesCounted(), messages.ConstituenciesCountedLabel(), func(l constituencyLine) kit.Cell {
		if l.stations == nil {
			return kit.Cell{Content: messages.Unknown()}
		}
		return kit.Cell{Content: messages.Verbatim(decimal(int64(l.stations.Counted)) + " / " + decimal(int64(l.stations.Expected))), Value: decimal(int64(l.stations.Counted))}
	})
	column(voted, "cast", messages.ResultsCast(), messages.ResultsCastLabel(), func(l constituencyLine) kit.Cell {
		return kit.Cell{Content: messages.Integer(l.ballots.Cast), Value: decimal(l.ballots.Cast)}
	})
	column(voted, byTurnout, messages.ResultsTurnout(), messages.ResultsTurnoutLabel(), func(l constituencyLine) kit.Cell {
		return kit.Cell{Content: l.ballots.Turnout().InPercent(), Value: decimal(int64(l.ballots.Turnout()))}
	})
	return t
}
