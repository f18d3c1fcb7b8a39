package results_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/results"
)

// withTieBreak makes an election with rules for ties, D'Hondt, three seats and no threshold.
func (h *app) withTieBreak(t *testing.T, kind elections.Kind, lists int, rules ...elections.TieBreak) *elections.Election {
	t.Helper()
	return h.election(t, kind, lists, func(d *elections.Draft) {
		d.Rules.TieBreak = rules
		if kind == elections.Parliamentary {
			d.Constituencies[0].Seats, d.Rules.ThresholdBase = 3, "none"
		}
	})
}

// TestTieBreak_TheRuleDecides: 30 ÷ 3 and 10 ÷ 1 are equal claims to the last of three seats.
func TestTieBreak_TheRuleDecides(t *testing.T) {
	for name, test := range map[string]struct {
		rules []elections.TieBreak
		seats []int
		by    elections.TieBreak
	}{
		"more votes":  {[]elections.TieBreak{elections.ByMoreVotes}, []int{0, 3}, elections.ByMoreVotes},
		"fewer votes": {[]elections.TieBreak{elections.ByFewerVotes, elections.ByLot}, []int{1, 2}, elections.ByFewerVotes},
		"list order":  {[]elections.TieBreak{elections.ByListOrder}, []int{1, 2}, elections.ByListOrder},
	} {
		t.Run(name, func(t *testing.T) {
			h := newApp(t)
			e := h.withTieBreak(t, elections.Parliamentary, 2, test.rules...)
			h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 10, 30))
			part := h.get(t, e).Constituencies[0]
			if part.Tie != nil || part.Unassigned != 0 || !slices.Equal(seats(part), test.seats) {
				t.Fatalf("want %v and no open tie, got %+v", test.seats, part)
			}
			if d := part.Decided; d == nil || d.Seats != 1 || len(d.Participants) != 2 || len(d.Given) != 1 || d.Given[0].Rule != test.by {
				t.Errorf("want the tie decided by %s, got %+v", test.by, d)
			}
			if _, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Participants: part.Decided.Participants}); !errors.Is(err, results.ErrNoTie) {
				t.Errorf("want no lot for a decided tie, got %v", err)
			}
			final, err := h.results.Final(t.Context(), e.ID)
			if err != nil || len(final.Obstacles) != 0 {
				t.Fatalf("want no open point, got %+v, %v", final, err)
			}
			if final = h.certify(t, e, ada, bob); final.Results.State != elections.Certified {
				t.Errorf("want it certified, got %s", final.Results.State)
			}
		})
	}
}

// TestTieBreak_ALotForWhatIsLeft: three lists with the same votes tie with a larger one, and the larger one has its seat.
func TestTieBreak_ALotForWhatIsLeft(t *testing.T) {
	h := newApp(t)
	e := h.withTieBreak(t, elections.Parliamentary, 4, elections.ByMoreVotes)
	if err := h.do(t, `UPDATE elections SET method = 'hare'`); err != nil {
		t.Fatal(err)
	}
	h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 5, 15, 5, 5))
	part := h.get(t, e).Constituencies[0]
	ids := []int64{part.Candidacies[0].ParticipantID, part.Candidacies[2].ParticipantID, part.Candidacies[3].ParticipantID}
	if !slices.Equal(seats(part), []int{0, 2, 0, 0}) || part.Tie == nil || part.Tie.Seats != 1 || !slices.Equal(part.Tie.Participants, ids) {
		t.Fatalf("want a tie of the three small lists for one seat, got %+v", part)
	}
	if _, err := h.results.Certify(t.Context(), ada, e.ID, ""); !errors.Is(err, results.ErrNotReady) || !strings.Contains(err.Error(), "a tie is open") {
		t.Errorf("want the rest of the tie in the way of certification, got %v", err)
	}
	_, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Participants: []int64{ids[2], ids[0], ids[1]}})
	if err != nil {
		t.Fatal(err)
	}
	part = h.get(t, e).Constituencies[0]
	if !slices.Equal(seats(part), []int{0, 2, 0, 1}) || part.Settled == nil || part.Decided == nil || part.Decided.Seats != 2 || len(part.Decided.Given) != 1 {
		t.Errorf("want one seat by the rule and one by lot, got %+v, %+v", part, part.Decided)
	}
}

// TestTieBreak_Presidential: the lower number has the second place, and the second round has the rule, too.
func TestTieBreak_Presidential(t *testing.T) {
	h := newApp(t)
	e := h.withTieBreak(t, elections.Presidential, 3, elections.ByListOrder)
	c := e.Constituencies[0]
	h.upload(t, e, c.ID, h.lines(0, 3, 6, 3))
	r := h.get(t, e)
	first, second := c.Candidacies[0].ParticipantID, c.Candidacies[1].ParticipantID
	if part := r.Constituencies[0]; !slices.Equal(r.SecondRound, []int64{second, first}) || part.Tie != nil || part.Decided == nil || !part.Decided.Places {
		t.Fatalf("want the lower number in the second round, got %+v, %+v", r.SecondRound, part)
	}
	h.certify(t, e, ada, bob)
	starts := h.now.Now().Add(time.Hour)
	next, err := h.results.CreateSecondRound(t.Context(), ada, e.ID, elections.Period{StartsAt: starts, EndsAt: starts.Add(time.Hour)})
	if err != nil || !reflect.DeepEqual(next.Rules.TieBreak, []elections.TieBreak{elections.ByListOrder, elections.ByLot}) {
		t.Errorf("want the rule in the second round, got %+v, %v", next, err)
	}
}

// TestDefinition_ALotAloneIsNotWritten: definitions of elections without rules for ties keep their bytes.
func TestDefinition_ALotAloneIsNotWritten(t *testing.T) {
	e := &elections.Election{Kind: elections.Parliamentary, Constituencies: []elections.Constituency{{}}}
	without, _, err := results.EncodeDefinition(e)
	if err != nil || strings.Contains(string(without), "tie_break") {
		t.Errorf("want no rules for ties, got %s, %v", without, err)
	}
	e.Rules.TieBreak = []elections.TieBreak{elections.ByLot}
	if lot, _, err := results.EncodeDefinition(e); err != nil || string(lot) != string(without) {
		t.Errorf("want the same bytes, got %s, %v", lot, err)
	}
	e.Rules.TieBreak = []elections.TieBreak{elections.ByMoreVotes, elections.ByLot}
	if rule, _, err := results.EncodeDefinition(e); err != nil || !strings.Contains(string(rule), "more-votes") {
		t.Errorf("want the rules, got %s, %v", rule, err)
	}
}
