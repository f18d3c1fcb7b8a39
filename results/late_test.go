package results_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/results"
)

// send sends a batch that may be late.
func (h *app) send(t *testing.T, e *elections.Election, constituency int64, file string) batch.Batch {
	t.Helper()
	b, err := h.batches.Receive(t.Context(), batch.Delivery{
		Actor: ada, ElectionID: e.ID, ConstituencyID: constituency, FileName: "late.csv", Reason: "the boat was late",
	}, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOpenPoints_LateBatches: the certification waits for the decision about a late batch, and then for a reason. A late
// batch voids the confirmations before it.
func TestOpenPoints_LateBatches(t *testing.T) {
	h := newApp(t)
	e := h.twoPlaces(t)
	north, south := e.Constituencies[0].ID, e.Constituencies[1].ID
	want := func(points ...string) {
		t.Helper()
		if got := h.open(t, e); !slices.Equal(got, points) {
			t.Fatalf("want the open points %q, got %q", points, got)
		}
	}
	h.upload(t, e, north, h.lines(0, 20))
	h.upload(t, e, south, h.lines(0, 0, 20))
	want()
	first := h.certify(t, e, ada)
	if len(first.Certification.Standing(first.Hash)) != 1 {
		t.Fatalf("want one confirmation, got %+v", first.Certification)
	}

	late, other := h.send(t, e, north, h.lines(0, 11)), h.send(t, e, south, h.lines(0, 12))
	if late.State != batch.Waiting || other.State != batch.Waiting {
		t.Fatalf("want late batches, got %+v, %+v", late, other)
	}
	want(fmt.Sprintf("batches-waiting:%d[]", north), fmt.Sprintf("batches-waiting:%d[]", south))
	public, err := h.turnout(t, e.ID)
	if err != nil || public.LateBatchesWaiting != 2 || public.BatchesWaiting != 0 || public.Ballots.Cast != 40 {
		t.Errorf("want two batches that wait and are not counted, got %+v, %v", public, err)
	}
	_, err = h.results.Certify(t.Context(), bob, e.ID, "")
	if !errors.Is(err, results.ErrNotReady) || !strings.Contains(err.Error(), "North: a late batch waits for the decision whether it is counted: number 3.") {
		t.Errorf("want the certification to wait, got %v", err)
	}
	if _, err := h.results.Certify(t.Context(), bob, e.ID, "", results.Reason{Point: fmt.Sprintf("batches-waiting:%d", north), Text: "x"}); err == nil {
		t.Error("want no reason to lift that")
	}

	if _, err := h.folder.Approvals.Decide(t.Context(), bob, 1, auth.Decision{Approve: true}); err != nil {
		t.Fatal(err)
	}
	h.rest(t, late.ID)
	if _, err := h.folder.Approvals.Decide(t.Context(), bob, 2, auth.Decision{Reason: "no protocol came with it"}); err != nil {
		t.Fatal(err)
	}
	want(fmt.Sprintf("late-batch:%d[3 1]", north), fmt.Sprintf("late-batch:%d[4 0]", south))
	final := h.lift(t, e)
	if len(final.Certification.Standing(final.Hash)) != 0 || final.Results.Ballots.Cast != 51 {
		t.Errorf("want the first confirmation void, and one batch counted, got %+v", final.Results.Ballots)
	}
	h.certify(t, e, ada)
	done := h.certify(t, e, bob)
	if done.Results.State != elections.Certified || len(done.Figures.OpenPoints) != 2 {
		t.Fatalf("want it certified with two reasons, got %+v", done.Figures.OpenPoints)
	}
	for id, state := range map[int]string{2: "approved", 3: "refused"} {
		if l := done.Figures.Batches[id].Late; l == nil || l.State != state || l.Official != ada.Name || l.Reason != "the boat was late" || l.DecidedBy == "" {
			t.Errorf("want the late batch in the figures, got %+v", l)
		}
	}
}

// TestLot_NotWhileALateBatchWaits: its votes may move the tie.
func TestLot_NotWhileALateBatchWaits(t *testing.T) {
	h := newApp(t)
	e := h.twoPlaces(t)
	north := e.Constituencies[0].ID
	h.upload(t, e, north, h.lines(0, 20))
	h.upload(t, e, e.Constituencies[1].ID, h.lines(0, 20))
	h.certify(t, e, ada)
	h.send(t, e, north, h.lines(0, 1))
	if _, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{ConstituencyID: north}); !errors.Is(err, results.ErrCountNotDone) {
		t.Errorf("want no lot before the decision, got %v", err)
	}
}
