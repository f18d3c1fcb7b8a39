package document_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/results/apportion"
	"urna/results/bundle/format"
	"urna/results/document"
)

// settled is a record of one constituency whose last two of three seats fell by lot, with a lifted open point, and with one
// polling station that is annulled and one that never came.
func settled(t *testing.T) document.Record {
	t.Helper()
	r := record(t, 1, 3)
	c := &r.Results.Constituencies[0]
	votes := []int64{60_000, 30_000, 30_000}
	in := apportion.Input{Method: apportion.DHondt, Seats: 3, Lots: []apportion.Lot{{Lists: []int{2, 0, 1}}}}
	for i := range c.Candidacies {
		c.Candidacies[i].Name = []string{"Ветрењача", "Čigra", "წისქვილი"}[i]
		c.Candidacies[i].Votes = votes[i]
		r.Results.Participants[i].Name = c.Candidacies[i].Name
		in.Lists = append(in.Lists, apportion.List{Votes: votes[i]})
	}
	a, err := apportion.Allocate(in)
	if err != nil {
		t.Fatal(err)
	}
	c.Seats, c.Allocation = in.Seats, &a
	c.Settled = &results.Tie{Seats: 2, Participants: []int64{1, 2, 3}}
	r.Results.Lots = []results.Lot{
		{ConstituencyID: c.ID, Seats: 2, Participants: []int64{3, 1, 2}, Place: "Town hall", Witnesses: "Ada and Grace", Holds: true},
		{ConstituencyID: c.ID, Seats: 1, Participants: []int64{2, 1}, Place: "Void hall"},
	}
	r.Figures.Stations = []results.StationFigure{
		{ID: 3, ConstituencyID: 1, Number: "3", Name: "Harbour", State: "counted"},
		{ID: 4, ConstituencyID: 1, Number: "4", Name: "Island", State: "awaited"},
		{ID: 5, ConstituencyID: 1, Number: "5", Name: "Mill", State: "annulled", Exclusion: &format.ExclusionFigure{Reason: "The seal was broken."}},
	}
	r.Figures.OpenPoints = []results.OpenPointFigure{{Code: "station-awaited", ConstituencyID: 1, Facts: []int64{4}, Reason: "No ferry came."}}
	r.Points = []results.OpenPoint{
		{Code: "station-awaited", Message: messages.Verbatim("Point one."), Lifted: &results.Lifting{Reason: "No ferry came.", Administrator: "Ana <ana@example.org>"}},
		{Code: "no-ballots", Message: messages.Verbatim("Point that is open.")},
	}
	return r
}

// TestDraw_LotsQuotientsRemarksAndMissingStationsInEveryLanguage reads the text of the PDF back, with numbers as the language
// writes them.
func TestDraw_LotsQuotientsRemarksAndMissingStationsInEveryLanguage(t *testing.T) {
	for _, language := range messages.Known() {
		t.Run(language.Tag, func(t *testing.T) {
			l, _ := messages.In(language.Tag)
			r := settled(t)
			_, pages := draw(t, language.Tag, r)
			all := strings.ReplaceAll(strings.Join(pages, ""), "\n", " ")
			for what, want := range map[string]string{
				"the quotient of the first seat": l.Text(messages.Decimal("60000.00")), "a seat that fell by lot": l.Text(messages.SeatsByLot()),
				"the votes": l.Text(messages.Integer(60_000)), "the tie": l.Text(messages.DocumentTieSettled(2, "Ветрењача, Čigra, წისქვილი")),
				"the lots": l.Text(messages.DocumentLots()), "the order": l.Text(messages.DocumentLot("Constituency 001", 2, "წისქვილი, Ветрењача, Čigra")),
				"the witnesses": "Ada and Grace", "the place": "Town hall",
				"the missing stations": l.Text(messages.DocumentStationsMissing()), "the awaited one": "Island", "its reason": "No ferry came.",
				"the annulled one": "Mill", "why": "The seal was broken.", "its state": l.Text(messages.StationsStateAnnulled()),
				"the remarks": l.Text(messages.DocumentRemarks()), "the point": "1. Point one.", "who": l.Text(messages.DocumentRemarkReason("No ferry came.", "Ana")),
			} {
				if !strings.Contains(all, want) {
					t.Errorf("want %s, %q, got %s", what, want, all)
				}
			}
			for _, never := range []string{"Harbour", "Void hall", "Point that is open.", "ana@example.org"} {
				if strings.Contains(all, never) {
					t.Errorf("want no %q, got %s", never, all)
				}
			}
			mark := l.Text(messages.DocumentProvisional())
			if got := on(pages, mark); len(got) != len(pages) {
				t.Errorf("want %q on each of %d pages, got it on %v", mark, len(pages), got)
			}
			wantNoMark(t, language.Tag, mark, r)
		})
	}
}

// wantNoMark certifies the record, which has no watermark then.
func wantNoMark(t *testing.T, language, mark string, r document.Record) {
	t.Helper()
	r.Results.Provisional, r.Results.State = false, elections.Certified
	r.Certification = &elections.Certification{
		Number: 1, Required: 2, Record: &elections.CertificationRecord{Number: 1, Figures: hash, At: time.Date(2026, time.December, 4, 9, 0, 0, 0, time.UTC)},
	}
	if _, pages := draw(t, language, r); slices.Contains(strings.Split(strings.Join(pages, ""), "\n"), mark) {
		t.Errorf("want no %q on a certified record", mark)
	}
}
