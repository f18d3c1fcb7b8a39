package document

import (
	"slices"
	"strconv"
	"strings"

	"urna/ballots"
	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/results/bundle/format"
	"urna/results/explanation"
)

// constituency is the part of one constituency.
func (w *writer) constituency(c *results.Constituency) block {
	parliament := w.Results.Election.Kind == elections.Parliamentary
	name := messages.Verbatim(c.Name)
	if parliament {
		name = messages.Join(messages.UnitParts, name, messages.UnitSeats(int64(c.Seats)))
	}
	b := w.part(name, w.ballots(c.Ballots), block{space(2)})
	columns := []column{
		{"", 0.07, true}, {w.say(messages.ResultsName()), 0.5, false}, {w.say(messages.ResultsVotes()), 0.15, true}, {w.say(messages.ResultsShare()), 0.14, true},
	}
	if parliament {
		columns = append(columns, column{w.say(messages.ResultsSeats()), 0.14, true})
	}
	var rows [][]string
	for i := range c.Candidacies {
		k := &c.Candidacies[i]
		row := []string{strconv.Itoa(k.PollNumber), k.Name, w.number(k.Votes), w.percent(k.Share)}
		if k.BelowThreshold {
			row[1] = w.say(messages.UnitList(messages.Verbatim(k.Name), messages.ResultsRemarkBelowThreshold()))
		}
		if parliament {
			row = append(row, w.number(int64(k.Seats)))
		}
		rows = append(rows, row)
	}
	b = append(b, w.sheet.table(columns, rows)...)
	b = append(b, space(1))
	for _, note := range w.notes(c) {
		b = append(b, w.text(note)...)
	}
	if c.Allocation != nil && parliament && len(c.Allocation.Steps) > 0 {
		b = append(b, w.seats(c)...)
	}
	return b
}

// notes are the facts of a constituency that no table has.
func (w *writer) notes(c *results.Constituency) (notes []messages.Message) {
	names := map[int64]string{}
	for i := range c.Candidacies {
		names[c.Candidacies[i].ParticipantID] = c.Candidacies[i].Name
	}
	tied := func(t *results.Tie) string {
		var all []string
		for _, id := range t.Participants {
			all = append(all, names[id])
		}
		return strings.Join(all, ", ")
	}
	if c.ThresholdVotes > 0 {
		notes = append(notes, messages.DocumentThreshold(c.ThresholdVotes))
	}
	if c.Unassigned > 0 {
		notes = append(notes, messages.DocumentUnassigned(int64(c.Unassigned)))
	}
	if c.Tie != nil {
		notes = append(notes, messages.DocumentTie(int64(c.Tie.Seats), tied(c.Tie)))
	}
	if c.Settled != nil {
		notes = append(notes, messages.DocumentTieSettled(int64(c.Settled.Seats), tied(c.Settled)))
	}
	if !c.Problem.IsZero() {
		notes = append(notes, c.Problem)
	}
	return notes
}

// seats is the table of the seats in the order of their quotients.
func (w *writer) seats(c *results.Constituency) block {
	columns := []column{
		{w.say(messages.SeatsSeat()), 0.08, true},
		{w.say(messages.SeatsList()), 0.34, false},
		{w.say(messages.SeatsQuotient()), 0.15, true},
		{w.say(messages.SeatsNextInLine()), 0.28, false},
		{w.say(messages.SeatsItsQuotient()), 0.15, true},
	}
	var rows [][]string
	for i, step := range c.Allocation.Steps {
		row := []string{strconv.Itoa(i + 1), c.Candidacies[step.List].Name, w.say(messages.Decimal(step.Quotient.Decimal(2))), "", ""}
		switch {
		case step.ByLot:
			row[3] = w.say(messages.SeatsByLot())
		case step.TieBreak != "":
			row[3] = w.say(messages.SeatsByRule(explanation.Reason(step.TieBreak)))
		case step.RunnerUp < 0:
			row[3] = w.say(messages.SeatsNoOtherList())
		default:
			row[3], row[4] = c.Candidacies[step.RunnerUp].Name, w.say(messages.Decimal(step.RunnerUpQuotient.Decimal(2)))
		}
		rows = append(rows, row)
	}
	b := append(block{space(1)}, w.sheet.paragraph(w.say(messages.SeatsHeading()), bodySize, true)...)
	return append(b, w.sheet.table(columns, rows)...)
}

// stations lists the polling stations whose ballots are not in the count, with the reasons.
func (w *writer) stations() block {
	columns := []column{
		{w.say(messages.DocumentStation()), 0.3, false},
		{w.say(messages.ResultsConstituency()), 0.2, false},
		{w.say(messages.StationsState()), 0.15, false},
		{w.say(messages.DocumentReason()), 0.35, false},
	}
	places := map[int64]string{}
	for i := range w.Results.Constituencies {
		places[w.Results.Constituencies[i].ID] = w.Results.Constituencies[i].Name
	}
	var rows [][]string
	for i := range w.Figures.Stations {
		s := &w.Figures.Stations[i]
		if s.State == format.StationIsCounted {
			continue
		}
		name := s.Number
		if s.Name != "" {
			name = w.say(messages.StationsPlace(s.Number, s.Name))
		}
		rows = append(rows, []string{name, places[s.ConstituencyID], w.say(stateInWords(s.State)), dash(w.why(s))})
	}
	if len(rows) == 0 {
		return w.part(messages.DocumentStationsMissing(), w.text(messages.DocumentStationsComplete()))
	}
	return w.part(messages.DocumentStationsMissing(), w.sheet.table(columns, rows))
}

// why returns the written reason for a station that is not in the count, "" for none.
func (w *writer) why(s *results.StationFigure) string {
	if s.Exclusion != nil {
		return s.Exclusion.Reason
	}
	for i := range w.Figures.OpenPoints {
		p := &w.Figures.OpenPoints[i]
		if p.Code == format.StationAwaited && (p.StationID == s.ID || p.StationID == 0 && slices.Contains(p.Facts, s.ID)) {
			return p.Reason
		}
	}
	return ""
}

func stateInWords(state string) messages.Message {
	return map[ballots.StationState]messages.Message{
		ballots.StationAwaited: messages.StationsStateAwaited(), ballots.StationReceived: messages.StationsStateReceived(),
		ballots.StationAnnulled: messages.StationsStateAnnulled(), ballots.StationClosed: messages.StationsStateClosed(),
	}[ballots.StationState(state)]
}
