package results_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/testing/databasetest"
	"urna/results"
)

// corrected opens a correction that has some polling stations counted again.
func (h *app) corrected(t *testing.T, e *elections.Election, stations ...elections.Station) {
	t.Helper()
	d := elections.CorrectionDraft{Reason: "a box was forgotten", OrderedBy: "District court"}
	for _, s := range stations {
		d.Stations = append(d.Stations, elections.StationOrder{StationID: s.ID})
	}
	h.now.Move(time.Hour)
	_, err := h.elections.OpenCorrection(t.Context(), ada, e.ID, d)
	h.agreed(t, err)
}

// agreed has Bob approve an act if it waits.
func (h *app) agreed(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	waiting, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatal(err)
	}
	if _, err := h.folder.Approvals.Decide(t.Context(), bob, waiting.ID, auth.Decision{Approve: true}); err != nil {
		t.Fatal(err)
	}
}

// countAgain replaces a batch of a station.
func (h *app) countAgain(t *testing.T, e *elections.Election, station, batch int64, votes ...int) {
	t.Helper()
	_, err := h.batches.Retract(t.Context(), ada, batch, "counted again")
	h.agreed(t, err)
	h.rest(t, batch)
	h.fromStation(t, e, station, votes...)
}

// public returns what anyone sees of an election.
func (h *app) public(t *testing.T, e *elections.Election) *results.Public {
	t.Helper()
	p, err := h.results.Public(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// votes returns the votes of the first constituency by poll number, from 1.
func votes(r *results.Results) (all []int64) {
	for _, c := range r.Constituencies[0].Candidacies {
		all = append(all, c.Votes)
	}
	return all
}

// TestCorrections_WhatWasCertifiedIsShownMeanwhile replaces the ballots of a station in a correction. Until the next
// certification everybody sees what was certified, and administrators what they will confirm.
func TestCorrections_WhatWasCertifiedIsShownMeanwhile(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, nil)
	first := h.fromStation(t, e, stations[0].ID, 0, 60, 0)
	h.fromStation(t, e, stations[1].ID, 0, 3, 2)
	h.fromStation(t, e, stations[2].ID, 0, 12, 13)
	h.certify(t, e, ada)
	before, listed := h.public(t, e), h.stations(t, e, results.StationQuery{})
	if want := []string{"1 counted 60/0 of 60", "2 counted small 15/15 of 30 +2 +3", "3 counted small 15/15 of 30 +2 +3"}; !slices.Equal(listed, want) {
		t.Fatalf("want the stations %q, got %q", want, listed)
	}
	h.corrected(t, e, stations[0])
	h.countAgain(t, e, stations[0].ID, first.ID, 0, 2, 1)

	p := h.public(t, e)
	if p.Stage != results.StageCertified || p.State != elections.Correcting || p.Results.Provisional || p.Results.Altered {
		t.Errorf("want the certified result shown, got %s, %s, provisional %t, altered %t", p.Stage, p.State, p.Results.Provisional, p.Results.Altered)
	}
	if p.Correcting == nil || p.Correcting.OrderedBy != "District court" || len(p.Corrected) != 0 {
		t.Errorf("want the open correction beside it, got %+v and %d earlier ones", p.Correcting, len(p.Corrected))
	}
	if !reflect.DeepEqual(before.Results.Constituencies, p.Results.Constituencies) {
		t.Errorf("want the certified constituencies %+v, got %+v", before.Results.Constituencies, p.Results.Constituencies)
	}
	if !p.Turnout.UpdatedAt.Equal(before.Turnout.UpdatedAt) || p.Final.Hash != before.Final.Hash || p.Final.Certification.Record == nil {
		t.Errorf("want the certification and the time of before, got %+v at %s", p.Final.Certification, p.Turnout.UpdatedAt)
	}
	if got, want := h.stations(t, e, results.StationQuery{}), []string{"1 counted reopened", listed[1], listed[2]}; !slices.Equal(got, want) {
		t.Errorf("want only the votes of the station withheld that is counted again, and the same sums of the others: %q, got %q", want, got)
	}
	if _, err := h.results.StationTable(t.Context(), e.ID); !errors.Is(err, results.ErrReopened) {
		t.Errorf("want no table of the stations, got %v", err)
	}
	final, err := h.results.Final(t.Context(), e.ID)
	if err != nil || !slices.Equal(votes(final.Results), []int64{17, 16}) || final.Certification.Number != 2 || final.Certification.Record != nil {
		t.Errorf("want administrators to see what they will confirm, got %+v, %v", final, err)
	}

	h.lift(t, e)
	h.certify(t, e, ada)
	p = h.public(t, e)
	if !slices.Equal(votes(p.Results), []int64{17, 16}) || p.State != elections.Certified || p.Correcting != nil || p.Final.Certification.Number != 2 {
		t.Errorf("want the corrected result, got %v in %s", votes(p.Results), p.State)
	}
	if !p.Turnout.UpdatedAt.Equal(p.Final.Certification.Record.At) {
		t.Errorf("want it to be of the second certification, got %s", p.Turnout.UpdatedAt)
	}
	h.compared(t, p)
}

// compared checks the comparison of the two certifications of TestCorrections_WhatWasCertifiedIsShownMeanwhile.
func (h *app) compared(t *testing.T, p *results.Public) {
	t.Helper()
	if len(p.Corrected) != 1 {
		t.Fatalf("want one correction, got %d", len(p.Corrected))
	}
	c := p.Corrected[0]
	if c.Correction.Number != 2 || c.Before.Number != 1 || c.After.Number != 2 || c.Before.Figures != c.Correction.Figures || c.After.Figures != p.Final.Hash {
		t.Errorf("want the correction between both certifications, got %+v", c)
	}
	north, south := c.Constituencies[0], c.Constituencies[1]
	if !north.Changed() || south.Changed() {
		t.Errorf("want North changed alone, got %t and %t", north.Changed(), south.Changed())
	}
	if cast := north.Ballots.Cast(); cast != (results.Change{Before: 90, After: 33}) || cast.Difference() != -57 {
		t.Errorf("want 90 ballots before and 33 after, got %+v", cast)
	}
	if north.Ballots.Before.Turnout().InPercent().String() != "30.00 %" || north.Ballots.After.Turnout().InPercent().String() != "11.00 %" {
		t.Errorf("want the turnout before and after, got %s and %s", north.Ballots.Before.Turnout().InPercent().String(), north.Ballots.After.Turnout().InPercent().String())
	}
	if k := north.Candidacies[0]; k.Votes != (results.Change{Before: 75, After: 17}) || k.Seats != (results.Change{Before: 2, After: 1}) {
		t.Errorf("want votes and seats of the first list, got %+v", k)
	}
	if k := c.Participants[0]; k.Votes != (results.Change{Before: 115, After: 57}) || k.Seats != (results.Change{Before: 3, After: 2}) {
		t.Errorf("want them in all constituencies, got %+v", k)
	}
}

// TestCorrections_StoredFiguresAreCompared alters the document of a certification that is being corrected.
func TestCorrections_StoredFiguresAreCompared(t *testing.T) {
	for name, statement := range map[string]string{
		"altered": `UPDATE certified_figures SET document = ` + databasetest.ReplaceBytes("document", `"votes": 30`, `"votes": 31`),
		"removed": `DELETE FROM certified_figures`,
	} {
		t.Run(name, func(t *testing.T) {
			h := newApp(t)
			e, stations := h.threeStations(t, nil)
			h.fromStation(t, e, stations[0].ID, 0, 30, 10)
			h.lift(t, e)
			h.certify(t, e, ada)
			h.corrected(t, e, stations[0])
			if p := h.public(t, e); p.Results.Altered {
				t.Fatal("want the figures as they were certified")
			}
			if err := h.do(t, databasetest.DropTrigger("certified_figures_update"), databasetest.DropTrigger("certified_figures_delete"), statement); err != nil {
				t.Fatal(err)
			}
			if p := h.public(t, e); !p.Results.Altered || !p.Results.Provisional {
				t.Error("want them marked as altered")
			}
			if altered, err := h.results.CheckCertified(t.Context()); err != nil || !slices.Equal(altered, []int64{e.ID}) {
				t.Errorf("want the election named at the start, got %v, %v", altered, err)
			}
			if _, err := h.results.Stations(t.Context(), e.ID, results.StationQuery{}); !errors.Is(err, results.ErrAltered) {
				t.Errorf("want no stations shown, got %v", err)
			}
		})
	}
}

// TestCorrections_ReasonsAndConfirmationsBelongToANumber certifies over a reason, and again after a correction: reason and
// confirmations of the first certification count for it alone, and stay.
func TestCorrections_ReasonsAndConfirmationsBelongToANumber(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, func(d *elections.Draft) { d.Confirmations = 2 })
	first := h.fromStation(t, e, stations[0].ID, 0, 30, 10)
	h.lift(t, e)
	h.certify(t, e, ada, bob)
	h.corrected(t, e, stations[0])
	h.countAgain(t, e, stations[0].ID, first.ID, 0, 29, 11)
	open, err := h.results.Final(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range open.OpenPoints {
		if p.Lifted != nil {
			t.Errorf("want no reason of the first certification to lift %s", p.Key())
		}
	}
	if len(open.Certification.Confirmations) != 0 || len(open.Certification.Earlier) != 1 {
		t.Errorf("want no confirmation of the first certification, got %+v", open.Certification)
	}
	if _, err := h.results.Certify(t.Context(), ada, e.ID, ""); !errors.Is(err, results.ErrOpenPoints) {
		t.Errorf("want written reasons needed again, got %v", err)
	}
	h.lift(t, e)
	if after := h.certify(t, e, ada); after.Results.State != elections.Correcting {
		t.Errorf("want two confirmations needed again, got %s", after.Results.State)
	}
	again := h.certify(t, e, bob)
	if again.Results.State != elections.Certified || again.Certification.Number != 2 || len(again.Certification.Confirmations) != 2 {
		t.Errorf("want the second certification, got %+v", again.Certification)
	}
	if got := again.Figures.Corrects(); got != open.Certification.Earlier[0].Figures || again.Figures.CertificationNumber() != 2 {
		t.Errorf("want the figures to have the hash of the first ones, got %q", got)
	}
	if !strings.Contains(string(again.Document), `"ordered_by": "District court"`) {
		t.Error("want the order in the figures")
	}
	for _, table := range []string{"confirmations", "lifted_points"} {
		for _, statement := range []string{"UPDATE " + table + " SET voided_at = 1 WHERE number = 1", "UPDATE " + table + " SET number = 2 WHERE number = 1"} {
			if err := h.do(t, statement); err == nil || !strings.Contains(err.Error(), "the election is certified") {
				t.Errorf("%s: want it refused, got %v", statement, err)
			}
		}
	}
}

// TestCorrections_WhatWasPublishedTogetherStaysTogether: a station with five ballots was published with one of twenty. A
// correction makes another station the smallest one. If the five were published with that one now, the difference of the two
// certifications would tell their votes.
func TestCorrections_WhatWasPublishedTogetherStaysTogether(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, func(d *elections.Draft) {
		d.Constituencies[0].Stations = append(d.Constituencies[0].Stations, elections.StationDraft{Number: "4", RegisteredVoters: 100})
	})
	h.fromStation(t, e, stations[0].ID, 0, 3, 2)
	h.fromStation(t, e, stations[1].ID, 0, 12, 8)
	h.fromStation(t, e, stations[2].ID, 0, 20, 10)
	last := h.fromStation(t, e, stations[3].ID, 0, 20, 21)
	h.certify(t, e, ada)
	together := func() (sums [][]int64) {
		final, err := h.results.Final(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range final.Figures.StationSums {
			sums = append(sums, s.Stations)
		}
		return sums
	}
	ids := func(numbers ...int) (ids []int64) {
		for _, n := range numbers {
			ids = append(ids, stations[n-1].ID)
		}
		return ids
	}
	if got, want := together(), [][]int64{ids(1, 2), ids(3), ids(4)}; !reflect.DeepEqual(got, want) {
		t.Fatalf("want the sums %v, got %v", want, got)
	}
	h.corrected(t, e, stations[3])
	h.countAgain(t, e, stations[3].ID, last.ID, 0, 5, 3)
	h.lift(t, e)
	h.certify(t, e, ada)
	if got, want := together(), [][]int64{ids(1, 2, 4), ids(3)}; !reflect.DeepEqual(got, want) {
		t.Errorf("want the stations 1 and 2 together as before, %v, got %v", want, got)
	}
	want := []string{"1 counted small 20/13 of 33 +1 +2 +4", "2 counted small 20/13 of 33 +1 +2 +4", "3 counted 20/10 of 30", "4 counted small 20/13 of 33 +1 +2 +4"}
	if got := h.stations(t, e, results.StationQuery{}); !slices.Equal(got, want) {
		t.Errorf("want the list to show these sums %q, got %q", want, got)
	}
	table, err := h.results.StationTable(t.Context(), e.ID)
	if err != nil || len(table.Figures.StationSums) != 2 || table.Votes[1][1] != 20 {
		t.Errorf("want the table to have these sums, got %+v, %v", table, err)
	}
}
