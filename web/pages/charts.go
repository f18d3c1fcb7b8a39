package pages

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
)

const (
	mostLines   = 5  // of the count over time
	mostMoments = 12 // of its table
	barStep     = 38
	// The picture of the count over time, in the units of its view box.
	chartWidth  = 400
	chartTop    = 18
	chartBottom = 170
	leastLine   = 4 // a shorter line cannot be seen
	leastPoints = 5 // fewer are a list of numbers, and no course
)

// hasThresholds reports whether any constituency has a threshold of its own.
func hasThresholds(r *results.Results) bool {
	return r.Election.Kind == elections.Parliamentary && slices.ContainsFunc(r.Constituencies, func(c results.Constituency) bool { return c.ThresholdVotes > 0 })
}

// line is a participant whose votes are followed over time.
type line struct {
	id    int64
	name  string
	color string
}

// strongestLines are the leading participants of a count that shows them.
func strongestLines(r *results.Results, colors map[int64]string) []line {
	var lines []line
	for _, p := range r.Participants {
		if len(lines) == mostLines || p.Votes == 0 {
			break
		}
		lines = append(lines, line{p.ID, shortName(p.ShortName, p.Name), colors[p.ID]})
	}
	return lines
}

// timeline draws how a count went; nil with fewer than five points, or if there is
// nothing between the first and the last. That goes for the given
// lines too: where voting showed the turnout alone, the votes of a list are known from its end on.
func timeline(points []results.Point, lines []line, place *time.Location) *view.Timeline {
	if len(points) < leastPoints {
		return nil
	}
	first, last := points[0], points[len(points)-1]
	most := int64(0)
	for _, p := range points {
		most = max(most, p.Cast)
	}
	if most == 0 || !first.At.Before(last.At) {
		return nil
	}
	plot := plot{first.At, last.At.Sub(first.At), most}
	if len(lines) > 0 {
		if lines = plot.drawable(points, lines); len(lines) == 0 {
			return nil
		}
	}
	t := &view.Timeline{Title: messages.ChartsCountOverTime(), Columns: []messages.Message{messages.ChartsTime(), messages.ChartsBallots()}}
	t.Area = plot.path(points, func(p results.Point) (int64, bool) { return p.Cast, true })
	t.Area += fmt.Sprintf("V%dH0Z", chartBottom)
	for _, l := range lines {
		path := plot.path(points, func(p results.Point) (int64, bool) { v, ok := p.Votes[l.id]; return v, ok })
		t.Lines = append(t.Lines, view.TimelineLine{Name: l.name, Color: l.color, Path: path})
		t.Columns = append(t.Columns, messages.Verbatim(l.name))
	}
	t.Marks = plot.marks(place)
	for _, p := range moments(points) {
		row := view.TimelineRow{Time: view.NewExactMoment(p.At, place), Cells: []messages.Message{messages.Integer(p.Cast)}}
		for _, l := range lines {
			if votes, known := p.Votes[l.id]; known {
				row.Cells = append(row.Cells, messages.Integer(votes))
			} else {
				row.Cells = append(row.Cells, messages.Unknown())
			}
		}
		t.Rows = append(t.Rows, row)
	}
	t.Text = messages.ChartsBallotsGrew(clockTime(first.At, place, plot.span), clockTime(last.At, place, plot.span), first.Cast, last.Cast)
	return t
}

// moments chooses the points of the table: evenly, with the first and the last, newest first.
func moments(points []results.Point) []results.Point {
	n := min(len(points), mostMoments)
	chosen := make([]results.Point, 0, n)
	for i := range n {
		chosen = append(chosen, points[i*(len(points)-1)/max(n-1, 1)])
	}
	slices.Reverse(chosen)
	return chosen
}

// plot places times and counts in the picture.
type plot struct {
	from time.Time
	span time.Duration
	most int64
}

func (p plot) x(at time.Time) int { return int(at.Sub(p.from) * chartWidth / p.span) }

func (p plot) y(count int64) int {
	return chartBottom - int(count*(chartBottom-chartTop)/p.most)
}

// drawable returns the lines that can be seen: from their first known point to the last one.
func (p plot) drawable(points []results.Point, lines []line) []line {
	return slices.DeleteFunc(slices.Clone(lines), func(l line) bool {
		first := slices.IndexFunc(points, func(point results.Point) bool { _, known := point.Votes[l.id]; return known })
		return first < 0 || chartWidth-p.x(points[first].At) < leastLine
	})
}

// path draws steps, since nothing is known between two points, and leaves out what was not shown.
func (p plot) path(points []results.Point, count func(results.Point) (int64, bool)) string {
	var b strings.Builder
	x, y := -1, -1
	for _, point := range points {
		n, known := count(point)
		if !known {
			continue
		}
		toX, toY := p.x(point.At), p.y(n)
		if b.Len() == 0 {
			fmt.Fprintf(&b, "M%d,%d", toX, toY)
		} else {
			if toX != x {
				fmt.Fprintf(&b, "H%d", toX)
			}
			if toY != y {
				fmt.Fprintf(&b, "V%d", toY)
			}
		}
		x, y = toX, toY
	}
	return b.String()
}

// marks labels the top of the picture with its count, and its ends with their times.
func (p plot) marks(place *time.Location) []view.AxisMark {
	top, bottom := strconv.Itoa(chartTop), strconv.Itoa(chartBottom)
	return []view.AxisMark{
		{X: "0", Y: top, Anchor: "start", Text: messages.Integer(p.most), Rule: true},
		{X: "0", Y: bottom, Anchor: "start", Text: clockTime(p.from, place, p.span)},
		{X: "200", Y: bottom, Anchor: "middle", Text: clockTime(p.from.Add(p.span/2), place, p.span)},
		{X: "400", Y: bottom, Anchor: "end", Text: clockTime(p.from.Add(p.span), place, p.span)},
	}
}

// clockTime writes a time as finely as a picture of the given span needs it.
func clockTime(t time.Time, place *time.Location, span time.Duration) messages.Message {
	local := t.In(place)
	switch {
	case span < 10*time.Minute:
		return messages.Verbatim(local.Format("15:04:05"))
	case span > 20*time.Hour:
		return messages.ShortDayTime(local)
	default:
		return messages.Verbatim(local.Format("15:04"))
	}
}
