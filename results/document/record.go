package document

import (
	"context"
	"strings"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/results"
)

// Record is what a record of results has.
type Record struct {
	Results *results.Results
	// Figures have the polling stations and the lots; Hash is their SHA-256 in hex.
	Figures *results.Figures
	Hash    string
	// Certification is nil, and Points are none, for a record that is not certified.
	Certification *elections.Certification
	Points        []results.OpenPoint
	// Publisher names who publishes the record, such as the host of the election's pages.
	Publisher string
	// Kind and Method are the kind of the election, and its method of allocation, in words.
	Kind, Method messages.Message
}

// Draw returns the record as a PDF in the language of the context.
func Draw(ctx context.Context, r Record) ([]byte, error) {
	e := r.Results.Election
	title := messages.DocumentHeading().In(ctx) + " – " + e.Title
	w := &writer{ctx: ctx, Record: r, sheet: newSheet(title, messages.From(ctx).Language(), r.Results.UpdatedAt)}
	pages := paginate(w.blocks())
	for i, page := range pages {
		w.sheet.pdf.AddPage()
		switch {
		case e.Rehearsal:
			w.sheet.watermark(w.say(messages.DocumentRehearsal()))
		case r.Results.Provisional:
			w.sheet.watermark(w.say(messages.DocumentProvisional()))
		}
		for _, l := range page {
			l.draw(l.y)
		}
		w.sheet.foot(w.say(messages.DocumentPage(int64(i+1), int64(len(pages)))), w.say(messages.DocumentFigures(r.Hash)))
	}
	return w.sheet.bytes()
}

// writer turns a record into blocks.
type writer struct {
	Record

	ctx   context.Context //nolint:containedctx // it carries the language
	sheet *sheet
}

const headingSize = 12.5

func (w *writer) say(m messages.Message) string { return m.In(w.ctx) }

func (w *writer) number(n int64) string { return w.say(messages.Integer(n)) }

func (w *writer) percent(f results.Fraction) string { return w.say(f.InPercent()) }

// when writes a time in the election's zone.
func (w *writer) when(at time.Time) string {
	zone := w.Results.Election.Location()
	return w.say(messages.UnitMomentInZone(messages.DateTime(at.In(zone)), messages.Verbatim(zone.String())))
}

// part begins a block with a heading.
func (w *writer) part(heading messages.Message, lines ...block) block {
	b := append(block{space(lineHeight)}, w.sheet.paragraph(w.say(heading), headingSize, true)...)
	b = append(b, space(1))
	for _, l := range lines {
		b = append(b, l...)
	}
	return b
}

func (w *writer) text(m messages.Message) block { return w.sheet.paragraph(w.say(m), bodySize, false) }

func (w *writer) blocks() []block {
	all := []block{w.title(), w.part(messages.DocumentTotals(), w.ballots(w.Results.Ballots))}
	all = append(all, w.overall())
	if len(w.Figures.Stations) > 0 {
		all = append(all, w.stations())
	}
	for i := range w.Results.Constituencies {
		all = append(all, w.constituency(&w.Results.Constituencies[i]))
	}
	return append(all, w.lots(), w.remarks(), w.signatures())
}

// title names the election and says what the record is worth.
func (w *writer) title() block {
	const titleSize = 17
	e := w.Results.Election
	b := w.sheet.paragraph(w.say(messages.DocumentHeading()), headingSize, false)
	b = append(b, w.sheet.paragraph(e.Title, titleSize, true)...)
	b = append(b, space(2))
	b = append(b, w.text(messages.DocumentVoting(w.Kind, w.when(e.StartsAt), w.when(e.EndsAt)))...)
	if !w.Method.IsZero() {
		b = append(b, w.text(messages.DocumentMethod(w.Method))...)
	}
	b = append(b, w.text(messages.DocumentPublisher(w.Publisher))...)
	standing := messages.DocumentAsOf(w.when(w.Results.UpdatedAt))
	if record := w.record(); record != nil {
		standing = messages.DocumentCertified(w.when(record.At))
		if record.Number > 1 {
			standing = messages.DocumentCorrected(w.when(record.At), int64(record.Number))
		}
	}
	return append(b, w.sheet.paragraph(w.say(standing), bodySize, true)...)
}

// record returns the certification that holds, nil for none.
func (w *writer) record() *elections.CertificationRecord {
	if w.Certification == nil || w.Results.Provisional {
		return nil
	}
	return w.Certification.Record
}

// ballots is the table of the sums of ballots.
func (w *writer) ballots(b results.Ballots) block {
	registered := "–"
	if b.RegisteredVoters > 0 {
		registered = w.number(b.RegisteredVoters)
	}
	const first, share = 0.19, 0.135
	columns := []column{
		{w.say(messages.ResultsRegistered()), first, true},
		{w.say(messages.ResultsCast()), share, true},
		{w.say(messages.ResultsTurnout()), share, true},
		{w.say(messages.DocumentOnline()), share, true},
		{w.say(messages.ResultsValid()), share, true},
		{w.say(messages.ResultsBlank()), share, true},
		{w.say(messages.ResultsInvalid()), share, true},
	}
	return w.sheet.table(columns, [][]string{{
		registered, w.number(b.Cast), w.percent(b.Turnout()), w.number(b.Online), w.number(b.Valid), w.number(b.Blank), w.number(b.Invalid),
	}})
}

// overall has the sums of the participants, and who is elected.
func (w *writer) overall() block {
	parliament := w.Results.Election.Kind == elections.Parliamentary
	columns := []column{{w.say(messages.ResultsName()), 0.55, false}, {w.say(messages.ResultsVotes()), 0.15, true}, {w.say(messages.ResultsShare()), 0.15, true}}
	if parliament {
		columns = append(columns, column{w.say(messages.ResultsSeats()), 0.15, true})
	}
	var rows [][]string
	names := map[int64]string{}
	for i := range w.Results.Participants {
		p := &w.Results.Participants[i]
		names[p.ID] = p.Name
		row := []string{p.Name, w.number(p.Votes), w.percent(p.Share)}
		if parliament {
			row = append(row, w.number(int64(p.Seats)))
		}
		rows = append(rows, row)
	}
	b := w.part(messages.ResultsAllConstituencies(), w.sheet.table(columns, rows))
	if parliament {
		return b
	}
	outcome := messages.DocumentNotElected()
	switch {
	case w.Results.Winner != 0:
		outcome = messages.DocumentElected(names[w.Results.Winner])
	case len(w.Results.SecondRound) > 0:
		var both []string
		for _, id := range w.Results.SecondRound {
			both = append(both, names[id])
		}
		outcome = messages.DocumentSecondRound(strings.Join(both, ", "))
	}
	return append(append(b, space(1)), w.sheet.paragraph(w.say(outcome), bodySize, true)...)
}

// lots lists the lots that hold.
func (w *writer) lots() block {
	b := w.part(messages.DocumentLots())
	names := map[int64]string{}
	for i := range w.Results.Participants {
		names[w.Results.Participants[i].ID] = w.Results.Participants[i].Name
	}
	found := false
	for i := range w.Results.Lots {
		l := &w.Results.Lots[i]
		if !l.Holds {
			continue
		}
		found = true
		var order []string
		for _, id := range l.Participants {
			order = append(order, names[id])
		}
		place := ""
		if c := w.Results.Election.Constituency(l.ConstituencyID); c != nil {
			place = c.Name
		}
		b = append(b, w.text(messages.DocumentLot(place, int64(l.Seats), strings.Join(order, ", ")))...)
		b = append(b, w.text(messages.DocumentLotWitnesses(dash(l.Place), dash(l.Witnesses), dash(l.Note)))...)
	}
	if !found {
		b = append(b, w.text(messages.DocumentNone())...)
	}
	return b
}

// remarks are the annexes: each open point with the reason that lifted it.
func (w *writer) remarks() block {
	b := w.part(messages.DocumentRemarks())
	n := int64(0)
	for i := range w.Points {
		p := &w.Points[i]
		if p.Lifted == nil {
			continue
		}
		n++
		b = append(b, w.text(messages.DocumentRemark(n, p.Message))...)
		b = append(b, w.text(messages.DocumentRemarkReason(p.Lifted.Reason, p.Lifted.By()))...)
		b = append(b, space(1))
	}
	if n == 0 {
		b = append(b, w.text(messages.DocumentNone())...)
	}
	return b
}

// signatures has a line for each person who has to confirm the figures.
func (w *writer) signatures() block {
	const high, gap = 15, 70
	lines := w.Results.Election.Confirmations
	var names []string
	if record := w.record(); record != nil {
		lines = w.Certification.Required
		for _, c := range w.Certification.Standing(record.Figures) {
			names = append(names, audit.WithoutAddress(c.Administrator))
		}
	}
	b := w.part(messages.DocumentSignatures())
	for i := range max(lines, len(names), 1) {
		label := w.say(messages.DocumentSignature())
		if i < len(names) {
			label = w.say(messages.DocumentSignatureOf(names[i]))
		}
		b = append(b, line{height: high, draw: func(y float64) {
			w.sheet.pdf.SetDrawColor(0, 0, 0)
			w.sheet.pdf.SetLineWidth(0.2) //nolint:mnd // a thin line
			w.sheet.pdf.Line(left, y+high-5, left+width-gap, y+high-5)
			w.sheet.pdf.Line(left+width-gap+5, y+high-5, left+width, y+high-5)
			w.sheet.write(label, bodySize, false, left, y+high-5, width-gap, toLeft)
			w.sheet.write(w.say(messages.DocumentPlaceAndDate()), bodySize, false, left+width-gap+5, y+high-5, gap-5, toLeft)
		}})
	}
	return b
}

func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
