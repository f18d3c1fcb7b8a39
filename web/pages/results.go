package pages

import (
	"cmp"
	"slices"
	"strconv"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
	"urna/web/view/kit"
)

// openParts is the number of constituencies up to which a page shows them all at once.
const openParts = 3

// foldFrom is the number of lists without a seat above which a page folds them away.
const foldFrom = 10

// resultsLive shows the results.
func resultsLive(r *results.Results) view.Live {
	e := r.Election
	live := newLive(e, r.State)
	live.Altered = r.Altered
	if r.Altered {
		live.State = kit.Mark{Class: "failed", Text: messages.ElectionStateAltered()}
	}
	if r.Provisional {
		live.Marks = append(live.Marks, provisionalMark())
		live.Downloads = downloads(e.ID, "-provisional")
	}
	live.Waiting = waitingInWords(r.BatchesWaiting, r.LateBatchesWaiting)
	live.Stations = stationsSummary(e.ID, r.Stations, r)
	live.Figures, live.Counted = turnoutFigures(r.Ballots), validityFigures(r.Ballots, e.Rules.BlankBallots)
	live.Outcome = outcome(r)
	addUpdated(&live, e, r.UpdatedAt)
	l := newLook(r)
	if e.Kind == elections.Parliamentary {
		live.SeatBar, live.Seats = seatCharts(r, l.colors)
	}
	live.Count = timeline(r.Count, strongestLines(r, l.colors), e.Location())
	if len(r.Constituencies) == 1 {
		table := constituencyTable(r, &r.Constituencies[0], l)
		table.Caption = messages.ResultsCaption()
		live.Overall = &table
		return live
	}
	live.Overall, live.Rest = overallTable(r, l)
	live.Closest = closestSeats(r)
	live.PartsOpen = len(r.Constituencies) <= openParts
	for i := range r.Constituencies {
		if live.PartsOpen {
			live.Parts = append(live.Parts, part(r, &r.Constituencies[i], l))
		}
	}
	return live
}

// downloads are the results as files; state is a part of the name of those that name themselves.
func downloads(electionID int64, state string) []view.Link {
	api, own := "/api/v1/elections/"+decimal(electionID), "/elections/"+decimal(electionID)
	return []view.Link{
		{Href: api + "/results.csv", Text: messages.ElectionResultsCsv(), Hint: messages.ElectionResultsCsvHint()},
		{Href: api + "/constituencies.csv", Text: messages.ElectionConstituenciesCsv(), Hint: messages.ElectionConstituenciesCsvHint()},
		{Href: api + "/results", Text: messages.ElectionResultsJson(), Hint: messages.ElectionResultsJsonHint(), Name: "results-" + decimal(electionID) + state + ".json"},
		{Href: own + "/protocol.pdf", Text: messages.DataProtocol(), Hint: messages.DataProtocolHint()},
		{Href: own + "/results.cdf.json", Text: messages.DataCdf(), Hint: messages.DataCdfHint()},
		{Href: own + "/datapackage.json", Text: messages.DataPackage(), Hint: messages.DataPackageHint()},
		{Href: own + "/feed.atom", Text: messages.DataFeed(), Hint: messages.DataFeedHint()},
	}
}

// colorsOf returns the colours of the participants of results.
func colorsOf(r *results.Results) electionColors {
	return newColors(func(yield func(int64, string) bool) {
		for _, constituency := range r.Constituencies {
			for _, candidacy := range constituency.Candidacies {
				if !yield(candidacy.ParticipantID, candidacy.Color) {
					return
				}
			}
		}
	})
}

// seatCharts seat the participants by the number of their seats: always on a bar, and in a half circle if there are seats
// enough for one. Both are nil while no seat is assigned.
func seatCharts(r *results.Results, colors map[int64]string) (*view.SeatBar, *view.Hemicycle) {
	var blocs []view.Bloc
	var words []messages.Message
	total, taken, tied := 0, 0, 0
	for i := range r.Constituencies {
		total += r.Constituencies[i].Seats
		tied += r.Constituencies[i].SeatsTied()
	}
	for _, participant := range bySeats(r.Participants) {
		if participant.Seats == 0 {
			continue
		}
		name := shortName(participant.ShortName, participant.Name)
		blocs = append(blocs, view.Bloc{Name: messages.Verbatim(name), Color: colors[participant.ID], Seats: participant.Seats})
		words = append(words, messages.ResultsSeatsOf(messages.Verbatim(name), int64(participant.Seats)))
		taken += participant.Seats
	}
	if taken == 0 {
		return nil, nil
	}
	for _, rest := range []view.Bloc{{Name: messages.ChartsTied(), Seats: tied}, {Name: messages.ChartsNotAssigned(), Seats: total - taken - tied}} {
		if rest.Seats > 0 {
			blocs = append(blocs, rest)
			words = append(words, messages.ResultsSeatsOf(rest.Name, int64(rest.Seats)))
		}
	}
	lists := messages.Join(messages.UnitList, words...)
	bar := view.NewSeatBar(messages.ChartsSeatBar(int64(total), lists), blocs)
	if total < view.HalfCircleFrom {
		return bar, nil
	}
	return bar, view.NewHemicycle(messages.ChartsHalfCircle(int64(total), lists), blocs)
}

func bySeats(list []results.Participant) []results.Participant {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b results.Participant) int { return cmp.Compare(b.Seats, a.Seats) })
	return sorted
}

func shortName(short, name string) string {
	if short != "" {
		return short
	}
	return name
}

// overallTable sums an election with several constituencies up. Where many have no seat, they come as
// a table of their own, so that a page can fold it away.
func overallTable(r *results.Results, l look) (all, rest *view.ResultTable) {
	parliamentary := r.Election.Kind == elections.Parliamentary
	lines := thresholdsOverall(r)
	all = &view.ResultTable{
		Caption: messages.ResultsAllConstituencies(), ShowSeats: parliamentary, Ticks: l.scale.ticks(), Steps: l.scale.steps(), Line: l.scale.label(lines),
	}
	rest = &view.ResultTable{ShowSeats: parliamentary, Ticks: all.Ticks, Steps: all.Steps, Line: all.Line}
	without := 0
	for _, participant := range r.Participants {
		if participant.Seats == 0 {
			without++
		}
	}
	fold := parliamentary && without > foldFrom && without < len(r.Participants)
	var votes int64
	seats := 0
	for _, participant := range r.Participants {
		row := view.ResultRow{
			Name: participant.Name, Color: l.colors[participant.ID],
			Votes: messages.Integer(participant.Votes), VotesValue: decimal(participant.Votes),
			Share: participant.Share.InPercent(), Bar: l.scale.at(participant.Share), Seats: messages.Integer(int64(participant.Seats)),
		}
		if line := lines.ofParticipant(r, participant.ID); drawn(line) > 0 {
			row.Line = l.scale.at(line)
		}
		if fold && participant.Seats == 0 {
			rest.Rows = append(rest.Rows, row)
		} else {
			all.Rows = append(all.Rows, row)
		}
		votes += participant.Votes
		seats += participant.Seats
	}
	all.Note = overallNote(r, lines)
	all.Total = &view.ResultTotal{Votes: messages.Integer(votes), Seats: messages.Integer(int64(seats))}
	all.Unassigned = unassignedInAll(r)
	if !fold {
		return all, nil
	}
	all.Note = messages.Sentences(all.Note, messages.ResultsWithVotesOfOthers(int64(without)))
	rest.Caption = messages.ResultsWithoutSeat(int64(without))
	return all, rest
}

// overallNote says what the line of the whole election's table is, or why there is none.
func overallNote(r *results.Results, lines thresholds) messages.Message {
	sentence := lines.inWords(r)
	switch {
	case !sentence.IsZero():
		sentence = messages.Sentences(sentence, messages.RulesMeasuredOverAll())
	case hasThresholds(r):
		sentence = messages.ChartsThresholdInEach()
	default:
		return sentence
	}
	for i := range r.Constituencies {
		if other := exceptions(lines, r.Constituencies[i].Candidacies); !other.IsZero() {
			return messages.Sentences(sentence, other)
		}
	}
	return sentence
}

// constituencyTable shows one constituency, most votes first.
func constituencyTable(r *results.Results, c *results.Constituency, l look) view.ResultTable {
	parliamentary := r.Election.Kind == elections.Parliamentary
	lines := thresholdsIn(r, c)
	table := view.ResultTable{
		Caption: messages.ResultsResultsIn(c.Name), ShowPoll: true, ShowSeats: parliamentary,
		Ticks: l.scale.ticks(), Steps: l.scale.steps(), Line: l.scale.label(lines),
	}
	base := c.Ballots.Valid - c.Ballots.Blank
	table.Note = tableNote(r, c, lines)
	var votes int64
	seats := 0
	for _, candidacy := range byVotes(c.Candidacies) {
		row := view.ResultRow{
			PollNumber: strconv.Itoa(candidacy.PollNumber), Name: candidacy.Name, Color: l.colors[candidacy.ParticipantID],
			Votes: messages.Integer(candidacy.Votes), VotesValue: decimal(candidacy.Votes),
			Share: candidacy.Share.InPercent(), Bar: l.scale.at(candidacy.Share),
			Seats: messages.Integer(int64(candidacy.Seats)), Below: candidacy.BelowThreshold && base > 0,
		}
		if line := lines.of(candidacy.Candidacy); drawn(line) > 0 {
			row.Line = l.scale.at(line)
		}
		row.Remark, row.RemarkIs = remark(r, c, candidacy)
		table.Rows = append(table.Rows, row)
		votes += candidacy.Votes
		seats += candidacy.Seats
	}
	table.Total = &view.ResultTotal{Votes: messages.Integer(votes), Seats: messages.Integer(int64(seats))}
	table.Decided = decidedTieInWords(r, c)
	table.Tie, table.Problem, table.Missed = tieInWords(r, c), c.Problem, missedInWords(c)
	if c.Allocation != nil && parliamentary {
		table.Explain = "/elections/" + decimal(r.Election.ID) + "/seats?constituency=" + decimal(c.ID)
	}
	table.Unassigned = unassignedInWords(r, c)
	return table
}

// tableNote says what the line of a constituency's table is, by which rule, and why there is none.
func tableNote(r *results.Results, c *results.Constituency, lines thresholds) messages.Message {
	sentence := lines.inWords(r)
	switch {
	case sentence.IsZero() && r.Threshold != nil && r.Threshold.Votes > 0:
		return messages.ResultsThresholdElsewhere()
	case sentence.IsZero() || r.Election.Kind == elections.Presidential:
		return sentence
	default:
		return messages.Sentences(sentence, exceptions(lines, c.Candidacies), thresholdInWords(r.Election.Rules))
	}
}

func byVotes(list []results.Candidacy) []results.Candidacy {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b results.Candidacy) int { return cmp.Compare(b.Votes, a.Votes) })
	return sorted
}

// remark says why a candidacy's result is special, and of which sort that is (view.ResultRow.RemarkIs).
func remark(r *results.Results, c *results.Constituency, candidacy results.Candidacy) (text messages.Message, is string) {
	if r.Election.Kind == elections.Presidential {
		second := slices.Contains(r.SecondRound, candidacy.ParticipantID)
		switch {
		case r.Winner == candidacy.ParticipantID && !r.Provisional:
			return messages.ResultsRemarkElected(), "gained"
		case r.Winner == candidacy.ParticipantID:
			return messages.ResultsRemarkLeads(), "leads"
		case second && !r.Provisional:
			return messages.ResultsRemarkSecondRound(), "leads"
		case second:
			return messages.ResultsRemarkSecondRoundProvisional(), "leads"
		default:
			return messages.Message{}, ""
		}
	}
	if candidacy.BelowThreshold && c.Ballots.Valid > 0 {
		if candidacy.ThresholdPercent != "" {
			return messages.ResultsRemarkBelowOwnThreshold(messages.Decimal(candidacy.ThresholdPercent)), ""
		}
		return messages.ResultsRemarkBelowThreshold(), ""
	}
	return candidacyRemark(candidacy.Candidacy), ""
}

// final reports whether nothing that was handed in can still change the figures.
func final(r *results.Results) bool {
	return r.State != elections.Open && r.BatchesWaiting+r.LateBatchesWaiting == 0
}
