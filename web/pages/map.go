package pages

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"urna/elections"
	"urna/elections/outlines"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
	"urna/web/view/kit"
)

// addMap adds the map of the constituencies, if the election has one. A map that cannot be read costs the page nothing else.
func (p *Pages) addMap(ctx context.Context, live *view.Live, public *results.Public) {
	m, err := p.Elections.Map(ctx, public.Election)
	if err != nil {
		slog.ErrorContext(ctx, "the map of an election could not be read", "election_id", public.Election.ID, "error", err)
	}
	if m == nil {
		return
	}
	figure := mapFigure(ctx, public, m)
	live.Map, live.MapOutlines = &figure, mapOutlines(m.Map)
}

func outlineID(constituency int64) string { return "outline-" + decimal(constituency) }

// mapOutlines are the outlines of a map, for the page to define.
func mapOutlines(m outlines.Map) []view.MapOutline {
	list := make([]view.MapOutline, 0, len(m.Outlines))
	for i := range m.Outlines {
		list = append(list, view.MapOutline{ID: outlineID(m.Outlines[i].ConstituencyID), Path: m.Outlines[i].Path()})
	}
	return list
}

// plainMap is a map without any result.
func plainMap(m *elections.Map) view.MapFigure {
	f := view.MapFigure{ViewBox: fmt.Sprintf("-4 -4 %d %d", m.Width+8, m.Height+8)}
	if m.Source != "" {
		f.Source = messages.MapSourceLine(m.Source)
	}
	for _, o := range m.Outlines {
		f.Shapes = append(f.Shapes, view.MapShape{ID: outlineID(o.ConstituencyID), Title: o.Name})
	}
	return f
}

// mapFigure is a map with the page of each constituency, and who leads there as far as that may be shown.
func mapFigure(ctx context.Context, public *results.Public, m *elections.Map) view.MapFigure {
	f := plainMap(m)
	leads := mapLeaders(public)
	fills := map[int64]string{}
	f.Text = messages.MapChoose()
	if len(leads.of) > 0 {
		f.Text = messages.MapText()
	}
	for i, id := range leads.order {
		base, _ := kit.Drawn(leads.colors[id])
		fill := view.MapFill{
			ID: "leads-" + decimal(int64(i+1)), Color: cmp.Or(base, kit.ColorAt(i%len(kit.Palette()))), Kind: i % view.MapFillKinds,
			Text: messages.MapLeadsIn(leads.names[id], int64(leads.times[id])),
		}
		f.Fills, fills[id] = append(f.Fills, fill), "url(#"+fill.ID+")"
	}
	for i, o := range m.Outlines {
		shape := &f.Shapes[i]
		shape.Href = publicConstituencies(public.Election.ID) + "/" + decimal(o.ConstituencyID)
		if c := public.Election.Constituency(o.ConstituencyID); c != nil {
			shape.Title = c.Name // in the reader's language
		}
		if c := leads.of[o.ConstituencyID]; c != nil {
			shape.Fill = fills[c.ParticipantID]
			shape.Title += ": " + leaderText(c).In(ctx)
		} else if public.Results != nil {
			shape.Title += ": " + messages.MapNone().In(ctx)
		}
	}
	return f
}

// leaderText names a leader with its share.
func leaderText(c *results.Candidacy) messages.Message {
	return messages.StationsLeads(shortName(c.ShortName, c.Name), c.Share.InPercent())
}

// leaders says who has the most votes in each constituency.
type leaders struct {
	of     map[int64]*results.Candidacy // by constituency; none for equal or no votes
	order  []int64                      // participants, those with the most constituencies first
	times  map[int64]int
	names  map[int64]string
	colors map[int64]string
}

// mapLeaders finds them; it is empty while counts may not be shown.
func mapLeaders(public *results.Public) leaders {
	l := leaders{of: map[int64]*results.Candidacy{}, times: map[int64]int{}, names: map[int64]string{}}
	if public.Results == nil {
		return l
	}
	l.colors = colorsOf(public.Results)
	for i := range public.Results.Constituencies {
		c := &public.Results.Constituencies[i]
		first := byVotes(c.Candidacies)
		if len(first) == 0 || first[0].Votes == 0 || len(first) > 1 && first[0].Votes == first[1].Votes {
			continue
		}
		id := first[0].ParticipantID
		if l.times[id] == 0 {
			l.order = append(l.order, id)
		}
		l.of[c.ID], l.names[id] = &first[0], shortName(first[0].ShortName, first[0].Name)
		l.times[id]++
	}
	slices.SortStableFunc(l.order, func(a, b int64) int { return cmp.Compare(l.times[b], l.times[a]) })
	return l
}

// drawnMap is a map for the form that confirms it.
func drawnMap(m outlines.Map) string {
	content, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("pages: a map became no JSON: %v", err))
	}
	return string(content)
}
