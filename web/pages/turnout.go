package pages

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/elections/turnout"
	"urna/internal/messages"
	"urna/results"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

const (
	// mostExplained is how many figures with a reason the page of turnout reports shows.
	mostExplained = 50
	// turnoutColor is that of the bars.
	turnoutColor = "#5b84b1"
)

// ElectionTurnout shows what officials reported of an election's turnout. It is the same before and after counts may be
// shown: a figure tells nothing by participant.
func (p *Pages) ElectionTurnout(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	p.public(c, cache.Key{Page: "turnout-page", Election: id}, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		summary, err := p.Turnout.Summary(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		explained, err := p.Turnout.Explained(ctx, id, mostExplained+1)
		if err != nil {
			return publicPage{}, err
		}
		summary = summary.In(tagOf(ctx))
		shown, err := p.previewOf(ctx, summary.Election, "/turnout", messages.TurnoutHeading(), rehearsalMarks(summary.Election)...)
		if err != nil {
			return publicPage{}, err
		}
		return publicPage{component: p.turnoutPage(reader, summary, explained, shown)}, nil
	})
}

func (p *Pages) turnoutPage(reader *view.Person, summary *turnout.Summary, explained []turnout.Explained, shown *view.Preview) templ.Component {
	e := summary.Election
	model := view.TurnoutPage{
		Page: p.surround(reader, view.SectionElections, messages.TurnoutHeading()), Title: e.Title, Marks: rehearsalMarks(e),
		Crumbs: []kit.Crumb{
			{Text: messages.LayoutElections(), Href: "/"}, {Text: messages.Verbatim(e.Title), Href: "/elections/" + decimal(e.ID)},
		},
	}
	model.Page.Preview = shown
	switch {
	case len(summary.Hours) == 0:
		model.None = messages.TurnoutNone()
	case summary.Latest() == nil:
		model.None = messages.TurnoutNoneYet()
	default:
		model.Chart = turnoutChart(summary)
		model.CSV = view.Link{
			Href: "/api/v1/elections/" + decimal(e.ID) + "/turnout.csv", Text: messages.TurnoutCsv(), Hint: messages.TurnoutCsvHint(),
		}
	}
	model.Day = onlyDay(e)
	for _, hour := range summary.Hours {
		model.Hours = append(model.Hours, view.TurnoutHourRow{
			Hour: hourMoment(e, hour.At), Voters: reportedNumber(hour, hour.Voters), Registered: numberOrDash(hour.Registered),
			Share: reportedShare(hour).InPercent(), Reported: messages.TurnoutOfPlaces(int64(hour.Reported), int64(hour.Places)),
		})
	}
	if len(summary.Constituencies) > 1 {
		for _, c := range summary.Constituencies {
			row := view.TurnoutPartRow{Name: c.Name}
			for _, hour := range c.Hours {
				row.Cells = append(row.Cells, turnoutCell(hour))
			}
			model.Parts = append(model.Parts, row)
		}
	}
	if len(explained) > mostExplained {
		explained, model.More = explained[:mostExplained], messages.TurnoutCsvMore()
	}
	for _, one := range explained {
		before := messages.Unknown()
		if one.Replaced != nil {
			before = messages.Integer(*one.Replaced)
		}
		model.Explained = append(model.Explained, view.TurnoutExplainedRow{
			Place: placeName(e, one.Line), Hour: hourMoment(e, one.Hour), Before: before,
			After: messages.Integer(one.Voters), Reason: one.Reason, At: view.NewExactMoment(one.At, e.Location()),
		})
	}
	return view.Turnout(model)
}

// turnoutHoursInWords lists the hours of an election as its definition has them, instants by the clock of its zone.
func turnoutHoursInWords(e *elections.Election) messages.Message {
	words := make([]messages.Message, 0, len(e.TurnoutReportsAt))
	for _, entry := range e.TurnoutReportsAt {
		word := messages.Verbatim(entry)
		if t, err := time.Parse(time.RFC3339, entry); err == nil {
			word = view.NewMoment(t, e.Location()).Text
		}
		words = append(words, word)
	}
	return messages.Join(messages.UnitList, words...)
}

// onlyDay returns the day of all hours of an election, no message if they are of several days.
func onlyDay(e *elections.Election) (day messages.Message) {
	const layout = "2006-01-02"
	seen := ""
	for _, hour := range e.TurnoutHours() {
		local := hour.In(e.Location())
		switch of := local.Format(layout); {
		case seen == "":
			seen, day = of, messages.Date(local)
		case seen != of:
			return messages.Message{}
		}
	}
	return day
}

// hourMoment shows an hour of an election, without its day if all hours are of one.
func hourMoment(e *elections.Election, at time.Time) view.Moment {
	if !onlyDay(e).IsZero() {
		return view.NewHour(at, e.Location())
	}
	return view.NewMoment(at, e.Location())
}

// reportedShare is the turnout of an hour, unknown if nothing was reported.
func reportedShare(h turnout.Hour) results.Fraction {
	if h.Reported == 0 {
		return -1
	}
	return results.NewFraction(h.Voters, h.Registered)
}

func reportedNumber(h turnout.Hour, n int64) messages.Message {
	if h.Reported == 0 {
		return messages.Unknown()
	}
	return messages.Integer(n)
}

func turnoutCell(h turnout.Hour) messages.Message {
	if h.Reported == 0 || h.Registered == 0 {
		return reportedNumber(h, h.Voters)
	}
	return messages.TurnoutCell(h.Voters, reportedShare(h).InPercent())
}

// placeName names a place that reports: the station, with its constituency if the election has several.
func placeName(e *elections.Election, l turnout.Line) string {
	if l.StationID == 0 {
		return l.Constituency
	}
	name := strings.TrimSpace(l.Number + " " + l.Name)
	if len(e.Constituencies) > 1 {
		name = l.Constituency + ", " + name
	}
	return name
}

// turnoutChart draws a bar for each hour with a report: its share of the registered voters or, if one of them is unknown,
// its voters beside those of the other hours.
func turnoutChart(summary *turnout.Summary) *view.BarChart {
	most, shares := int64(0), true
	for _, hour := range summary.Hours {
		most = max(most, hour.Voters)
		shares = shares && (hour.Reported == 0 || hour.Registered > 0)
	}
	if most == 0 {
		return nil
	}
	axis := scale{end: whole, step: 20 * hundredth}
	c := &view.BarChart{Title: messages.TurnoutChart(), Note: messages.TurnoutChartNoteVoters()}
	if shares {
		c.Note, c.Ticks = messages.TurnoutChartNote(), axis.ticks()
	}
	var words []messages.Message
	for _, hour := range summary.Hours {
		if hour.Reported == 0 {
			continue
		}
		share, at := results.NewFraction(hour.Voters, most), len(c.Bars)*barStep
		bar := view.Bar{
			Name: hourMoment(summary.Election, hour.At).Text, Value: messages.Integer(hour.Voters),
			Color: turnoutColor, TextY: strconv.Itoa(at + 14), BarY: strconv.Itoa(at + 20),
		}
		if shares {
			share = reportedShare(hour)
			bar.Value = share.InPercent()
		}
		bar.Length = axis.at(share)
		c.Bars = append(c.Bars, bar)
		words = append(words, messages.TurnoutBar(bar.Name, bar.Value))
	}
	bottom := len(c.Bars) * barStep
	c.Top, c.Bottom, c.AxisY, c.Height = "0", strconv.Itoa(bottom), strconv.Itoa(bottom+16), strconv.Itoa(bottom+22)
	c.Text = messages.TurnoutChartInWords(messages.Join(messages.UnitList, words...), c.Note)
	return c
}

// reportedTurnout leads from an election's page to the reports, with the latest hour; nil for an election that names no
// hours.
func (p *Pages) reportedTurnout(ctx context.Context, e *elections.Election) *view.ReportedTurnout {
	if len(e.TurnoutReportsAt) == 0 {
		return nil
	}
	link := &view.ReportedTurnout{Text: messages.TurnoutNoneYet(), Href: "/elections/" + decimal(e.ID) + "/turnout"}
	summary, err := p.Turnout.Summary(ctx, e.ID)
	if err != nil { // the page itself is worth more than this line
		slog.ErrorContext(ctx, "the turnout reports of an election could not be read", "election_id", e.ID, "error", err)
		return link
	}
	if latest := summary.Latest(); latest != nil {
		link.Chart = turnoutChart(summary)
		hour := view.NewMoment(latest.At, e.Location()).Text
		link.Text = messages.TurnoutSummaryUnknown(hour, latest.Voters)
		if latest.Registered > 0 {
			link.Text = messages.TurnoutSummary(hour, latest.Voters, reportedShare(*latest).InPercent())
		}
	}
	return link
}
