package results_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"urna/auth"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/problem"
	"urna/results"
)

// TestLot_SettlesTheTieItWasDrawnForAndNoOther follows a lot through a change of the figures and back.
func TestLot_SettlesTheTieItWasDrawnForAndNoOther(t *testing.T) {
	h := newApp(t)
	e := h.election(t, elections.Parliamentary, 3, func(d *elections.Draft) { d.Constituencies[0].Seats = 3 })
	c := e.Constituencies[0]
	ids := []int64{c.Candidacies[0].ParticipantID, c.Candidacies[1].ParticipantID, c.Candidacies[2].ParticipantID}
	h.upload(t, e, c.ID, h.lines(0, 10, 10, 4))
	part := h.get(t, e).Constituencies[0]
	if part.Tie == nil || part.Tie.Seats != 1 || !slices.Equal(part.Tie.Participants, ids[:2]) {
		t.Fatalf("want a tie of the first two about one seat, got %+v", part.Tie)
	}
	for name, order := range map[string][]int64{"too few": ids[:1], "a stranger": {ids[0], ids[2]}, "twice": {ids[0], ids[0]}, "too many": ids} {
		_, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Participants: order})
		if problem.KindOf(err) != problem.Invalid || !strings.Contains(err.Error(), "P1") {
			t.Errorf("%s: want a refusal that names who ties, got %v", name, err)
		}
	}
	lot, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{
		Participants: []int64{ids[1], ids[0]}, Place: "Town hall", Witnesses: "Both parties",
	})
	if err != nil || !lot.Holds {
		t.Fatalf("want a lot that holds, got %+v, %v", lot, err)
	}
	settled := func(want bool, seated ...int) {
		t.Helper()
		r := h.get(t, e)
		part := r.Constituencies[0]
		if (part.Lot != nil) != want || r.Lots[0].Holds != want || !slices.Equal(seats(part), seated) {
			t.Errorf("want the lot to hold %v and seats %v, got lots %+v and %v", want, seated, r.Lots, seats(part))
		}
	}
	settled(true, 1, 2, 0)
	if _, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Participants: ids[:2]}); !errors.Is(err, results.ErrNoTie) {
		t.Errorf("want no second lot for a settled tie, got %v", err)
	}
	// One more vote each: the same participants and seats, other votes.
	more := h.upload(t, e, c.ID, h.lines(0, 1, 1))
	settled(false, 1, 1, 0)
	_, err = h.batches.Retract(t.Context(), ada, more.ID, "test")
	waits, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want a retraction after the end to wait for a second administrator, got %v", err)
	}
	if _, err := h.folder.Auth.Approvals().Decide(t.Context(), bob, waits.ID, auth.Decision{Approve: true}); err != nil {
		t.Fatal(err)
	}
	h.rest(t, more.ID)
	settled(true, 1, 2, 0)
}

func TestLot_OnlyWhenAllIsCountedAfterTheEnd(t *testing.T) {
	h := newApp(t)
	e := h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt, d.PublicView = h.now.Now().Add(-1), h.now.Now().Add(1<<40), elections.RunningCount
		d.Constituencies[0].Seats = 1
	})
	c := e.Constituencies[0]
	b := h.upload(t, e, c.ID, h.lines(0, 3, 3))
	order := []int64{c.Candidacies[0].ParticipantID, c.Candidacies[1].ParticipantID}
	record := func() error {
		_, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Participants: order})
		return err
	}
	if err := record(); !errors.Is(err, elections.ErrNotCounting) {
		t.Errorf("while open: want ErrNotCounting, got %v", err)
	}
	h.now.Move(1 << 41)
	h.batches.Stop() // so that the batch waits
	if err := h.do(t, `UPDATE batches SET state = 'retracting'`); err != nil {
		t.Fatal(err)
	}
	if err := record(); !errors.Is(err, results.ErrCountNotDone) {
		t.Errorf("while a batch waits: want ErrCountNotDone, got %v", err)
	}
	if err := h.do(t, `UPDATE batches SET state = 'counted'`); err != nil {
		t.Fatal(err)
	}
	h.rest(t, b.ID)
	if err := record(); err != nil {
		t.Error(err)
	}
}

// TestLot_SecondPlace has two candidates with the same votes for one place in the second round.
func TestLot_SecondPlace(t *testing.T) {
	h := newApp(t)
	e := h.election(t, elections.Presidential, 3, nil)
	c := e.Constituencies[0]
	h.upload(t, e, c.ID, h.lines(0, 3, 6, 3))
	r := h.get(t, e)
	if r.SecondRound != nil || r.Constituencies[0].Tie == nil {
		t.Fatalf("want a tie about the second place, got %+v", r)
	}
	third, first, second := c.Candidacies[2].ParticipantID, c.Candidacies[0].ParticipantID, c.Candidacies[1].ParticipantID
	if _, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Participants: []int64{third, first}}); err != nil {
		t.Fatal(err)
	}
	if r = h.get(t, e); !slices.Equal(r.SecondRound, []int64{second, third}) || r.Constituencies[0].Tie != nil {
		t.Errorf("want the drawn one in the second round, got %+v", r)
	}
}

// TestLot_HoldsForNoOtherTie draws lots for ties that differ in one thing from the tie there is then.
func TestLot_HoldsForNoOtherTie(t *testing.T) {
	for name, c := range map[string]struct {
		seats int
		votes []int // of both constituencies
		then  func(t *testing.T, h *app, e *elections.Election)
	}{
		"another constituency": {3, []int{0, 10, 10, 4}, func(t *testing.T, h *app, e *elections.Election) {
			t.Helper()
			if err := h.do(t, `UPDATE lots SET constituency_id = 2`); err != nil {
				t.Fatal(err)
			}
		}},
		"other seats": {5, []int{0, 10, 10, 10}, func(t *testing.T, h *app, e *elections.Election) {
			t.Helper()
			if err := h.do(t, `UPDATE constituencies SET seats = 4 WHERE id = 1`); err != nil {
				t.Fatal(err)
			}
		}},
		"a participant more": {3, []int{0, 10, 10, 4}, func(t *testing.T, h *app, e *elections.Election) {
			t.Helper()
			h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 0, 0, 1))
		}},
		"other votes": {3, []int{0, 10, 10, 4}, func(t *testing.T, h *app, e *elections.Election) {
			t.Helper()
			h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 1, 1))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newApp(t)
			e := h.election(t, elections.Parliamentary, 3, func(d *elections.Draft) {
				d.Constituencies[0].Name, d.Constituencies[0].Seats = "North", c.seats
				south := d.Constituencies[0]
				south.Name = "South"
				d.Constituencies = append(d.Constituencies, south)
			})
			for i := range e.Constituencies {
				h.upload(t, e, e.Constituencies[i].ID, h.lines(c.votes...))
			}
			part := h.get(t, e).Constituencies[0]
			if part.Tie == nil {
				t.Fatalf("want a tie, got %+v", part)
			}
			north := e.Constituencies[0].ID
			if _, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{ConstituencyID: north, Participants: part.Tie.Participants}); err != nil {
				t.Fatal(err)
			}
			if r := h.get(t, e); !r.Lots[0].Holds || r.Constituencies[0].Tie != nil || r.Constituencies[1].Tie == nil || r.Constituencies[1].Lot != nil {
				t.Fatalf("want the lot to settle the tie in the north alone, got %+v", r.Lots)
			}
			c.then(t, h, e)
			if r := h.get(t, e); r.Constituencies[0].Tie == nil || r.Constituencies[0].Lot != nil || name != "another constituency" && r.Lots[0].Holds {
				t.Errorf("want the tie open again and the lot void, got %+v, %+v", r.Constituencies[0].Tie, r.Lots)
			}
			if _, err := h.results.Certify(t.Context(), ada, e.ID, ""); !errors.Is(err, results.ErrNotReady) || !strings.Contains(err.Error(), "North: a tie is open") {
				t.Errorf("want the open tie in the way of certification, got %v", err)
			}
		})
	}
}

func TestLot_RefusesWhatCannotBeRecorded(t *testing.T) {
	h := newApp(t)
	e := h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.Constituencies[0].Name, d.Constituencies[0].Seats = "North", 1
		south := d.Constituencies[0]
		south.Name = "South"
		d.Constituencies = append(d.Constituencies, south)
	})
	north, ids := e.Constituencies[0].ID, []int64{e.Constituencies[0].Candidacies[0].ParticipantID, e.Constituencies[0].Candidacies[1].ParticipantID}
	h.upload(t, e, north, h.lines(0, 3, 3))
	long := strings.Repeat("ž", 501)
	for name, c := range map[string]struct {
		draft results.LotDraft
		want  string
	}{
		"no constituency":      {results.LotDraft{Participants: ids}, "Choose a constituency"},
		"another election's":   {results.LotDraft{ConstituencyID: 99, Participants: ids}, "Choose a constituency"},
		"a long place":         {results.LotDraft{ConstituencyID: north, Participants: ids, Place: long}, "at most 500"},
		"long witnesses":       {results.LotDraft{ConstituencyID: north, Participants: ids, Witnesses: long}, "at most 500"},
		"a long note":          {results.LotDraft{ConstituencyID: north, Participants: ids, Note: long}, "at most 500"},
		"a note in no writing": {results.LotDraft{ConstituencyID: north, Participants: ids, Note: "\xff"}, "UTF-8"},
		"no phrase":            {results.LotDraft{ConstituencyID: north, Seeded: true}, "No seed phrase"},
		"where nothing ties":   {results.LotDraft{ConstituencyID: e.Constituencies[1].ID, Participants: ids}, "no open tie"},
	} {
		if _, err := h.results.RecordLot(t.Context(), ada, e.ID, c.draft); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want it refused saying %q, got %v", name, c.want, err)
		}
	}
	if err := h.do(t, `UPDATE online_closings SET step = 'closed'`); err != nil {
		t.Fatal(err)
	}
	d := results.LotDraft{ConstituencyID: north, Participants: ids, Place: strings.Repeat("ž", 500)}
	if _, err := h.results.RecordLot(t.Context(), ada, e.ID, d); !errors.Is(err, results.ErrCountNotDone) {
		t.Errorf("want no lot while the voting is being closed, got %v", err)
	}
	if err := h.do(t, `UPDATE online_closings SET step = 'finished'`); err != nil {
		t.Fatal(err)
	}
	if _, err := h.results.RecordLot(t.Context(), ada, e.ID, d); err != nil {
		t.Errorf("want a place of 500 letters taken, got %v", err)
	}
}
