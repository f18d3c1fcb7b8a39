package results_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/problem"
	"urna/results"
)

// twoPlaces makes an election with the constituencies North and South, each with 100 registered voters.
func (h *app) twoPlaces(t *testing.T) *elections.Election {
	t.Helper()
	return h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.Confirmations = 2
		north := d.Constituencies[0]
		north.Name, north.RegisteredVoters = "North", 100
		south := north
		south.Name = "South"
		d.Constituencies = []elections.ConstituencyDraft{north, south}
	})
}

// open returns the keys and facts of the points that prevent a confirmation.
func (h *app) open(t *testing.T, e *elections.Election) (points []string) {
	t.Helper()
	final, err := h.results.Final(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range final.OpenPoints {
		if p.Open() {
			points = append(points, fmt.Sprintf("%s%v", p.Key(), p.Facts))
		}
	}
	if len(points) != len(final.Obstacles) {
		t.Errorf("want a sentence for each open point, got %v for %v", final.Obstacles, points)
	}
	return points
}

// approve does an act that waits for a second administrator, without one.
func (h *app) approve(t *testing.T, err error) {
	t.Helper()
	waiting, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want an act that waits, got %v", err)
	}
	if _, err := h.folder.Approvals.ApproveOnMachine(t.Context(), ada, waiting.ID, "test"); err != nil {
		t.Fatal(err)
	}
}

// lift gives the same reason for every open point.
func (h *app) lift(t *testing.T, e *elections.Election) *results.Final {
	t.Helper()
	final, err := h.results.Final(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []results.Reason
	for _, p := range final.OpenPoints {
		if p.Open() {
			reasons = append(reasons, results.Reason{Point: p.Key(), Text: "checked with the board"})
		}
	}
	if final, err = h.results.Lift(t.Context(), ada, e.ID, "", reasons...); err != nil {
		t.Fatal(err)
	}
	return final
}

func TestOpenPoints_EachKindHoldsForItsFacts(t *testing.T) {
	h := newApp(t)
	e := h.twoPlaces(t)
	north, south := e.Constituencies[0].ID, e.Constituencies[1].ID
	want := func(points ...string) {
		t.Helper()
		if got := h.open(t, e); !slices.Equal(got, points) {
			t.Fatalf("want the open points %q, got %q", points, got)
		}
	}
	point := func(code string, place int64, facts ...int64) string {
		return fmt.Sprintf("%s:%d%v", code, place, facts)
	}

	want("no-figures[]")
	file := h.lines(0, 60, 41)
	first := h.upload(t, e, north, file)
	want(point("no-ballots", south), point("more-cast-than-registered", north, 101, 100))
	h.lift(t, e)
	want()

	second := h.upload(t, e, south, file[:3*strings.Index(file, "\n")+3]+h.lines(0, 5))
	want(point("duplicates-between-places", south, second.ID, 3))
	h.lift(t, e)
	h.upload(t, e, north, h.lines(0, 1)) // another fact opens its point, and no other
	want(point("more-cast-than-registered", north, 102, 100))
	h.upload(t, e, south, h.lines(0, 100))
	want("more-cast-than-registered[207 200]", point("more-cast-than-registered", north, 102, 100), point("more-cast-than-registered", south, 105, 100))
	h.lift(t, e)
	want()

	_, err := h.batches.Retract(t.Context(), ada, first.ID, "wrong station")
	h.approve(t, err)
	h.rest(t, first.ID)
	want(point("more-cast-than-registered", south, 108, 100), point("retraction-after-end", north, first.ID, 1, 0), "approved-alone[1]") // and no more duplicates
	h.lift(t, e)
	want()
	_, err = h.batches.Restore(t.Context(), ada, first.ID, "it was right")
	h.approve(t, err)
	h.rest(t, first.ID)
	want(point("more-cast-than-registered", south, 105, 100), point("retraction-after-end", north, first.ID, 1, 1), "approved-alone[1 2]") // the others have their facts again
	h.lift(t, e)

	if err := h.do(t, fmt.Sprintf(`INSERT INTO voter_key_totals VALUES (%d, 101)`, south), fmt.Sprintf(`INSERT INTO voter_key_acts VALUES (%d, 4, 9, 2, 1, 3)`, north)); err != nil {
		t.Fatal(err)
	}
	want(point("more-keys-than-registered", south, 101, 100), point("keys-after-opening", north, 4, 2))
	h.lift(t, e)
	want()
	for _, final := range []*results.Final{h.certify(t, e, ada), h.certify(t, e, bob)} {
		if len(final.OpenPoints) != 8 || len(final.Figures.OpenPoints) != 8 {
			t.Errorf("want the eight reasons in the figures, got %+v", final.Figures.OpenPoints)
		}
	}
}

func TestCertify_NeedsAReasonForEachOpenPoint(t *testing.T) {
	h := newApp(t)
	e := h.twoPlaces(t)
	north, south := e.Constituencies[0].ID, e.Constituencies[1].ID
	h.upload(t, e, north, h.lines(0, 61, 50))
	final, err := h.results.Final(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	empty, many := fmt.Sprintf("no-ballots:%d", south), fmt.Sprintf("more-cast-than-registered:%d", north)
	for name, c := range map[string]struct {
		reasons []results.Reason
		says    string
	}{
		"no reason":       {nil, "South: not one ballot was counted."},
		"one of two":      {[]results.Reason{{Point: empty, Text: "storm"}}, "North: 111 ballots were cast, and 100 voters are registered."},
		"an empty reason": {[]results.Reason{{Point: empty, Text: " "}, {Point: many, Text: "soldiers"}}, "Say why; the reason stays on record."},
		"an unknown one":  {[]results.Reason{{Point: "no-ballots", Text: "storm"}}, "There is no such open point now."},
	} {
		_, err := h.results.Certify(t.Context(), ada, e.ID, final.Hash, c.reasons...)
		f, ok := errors.AsType[*problem.Error](err)
		if !ok || !strings.Contains(fmt.Sprint(err, f.Fields), c.says) {
			t.Errorf("%s: want a refusal that says %q, got %v", name, c.says, err)
		}
		if name == "no reason" && !errors.Is(err, results.ErrOpenPoints) {
			t.Errorf("want ErrOpenPoints, got %v", err)
		}
		if len(h.open(t, e)) != 2 {
			t.Errorf("%s: want nothing recorded", name)
		}
	}
	first, err := h.results.Certify(t.Context(), ada, e.ID, final.Hash,
		results.Reason{Point: empty, Text: "storm"}, results.Reason{Point: many, Text: "soldiers of the barracks"})
	if err != nil || len(first.Certification.Standing(first.Hash)) != 1 || first.Hash == final.Hash {
		t.Fatalf("want the figures with the reasons confirmed, got %+v, %v", first, err)
	}
	if !strings.Contains(string(first.Document), `"reason": "soldiers of the barracks"`) {
		t.Errorf("want the reasons in the figures, got %s", first.Document)
	}
	// Another reason changes the figures, and voids the confirmation.
	second, err := h.results.Certify(t.Context(), bob, e.ID, first.Hash, results.Reason{Point: many, Text: "sailors of the port"})
	if err != nil || len(second.Certification.Standing(second.Hash)) != 1 || second.Results.State != elections.Counting {
		t.Fatalf("want the first confirmation voided, got %+v, %v", second, err)
	}
	if done := h.certify(t, e, ada); done.Results.State != elections.Certified || done.Hash != second.Hash {
		t.Errorf("want it certified with the second reason, got %+v", done.Certification)
	}
	if _, err := h.results.Lift(t.Context(), ada, e.ID, "", results.Reason{Point: many, Text: "x"}); !errors.Is(err, elections.ErrCertified) {
		t.Errorf("want no reason after the certification, got %v", err)
	}
}
