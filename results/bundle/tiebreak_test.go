package bundle_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// decidedByRule certifies an election in which 30 ÷ 3 and 10 ÷ 1 are equal claims to the last of three seats, and the list with
// more votes has it.
func (h *app) decidedByRule(t *testing.T) *elections.Election {
	t.Helper()
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: h.now.Now().Add(-time.Hour), EndsAt: h.now.Now().Add(time.Hour), OpenNow: true,
		Channels: []elections.Channel{elections.Batches}, Constituencies: []elections.ConstituencyDraft{{Name: "North", Seats: 3}},
		Rules: elections.Rules{ThresholdBase: "none", TieBreak: []elections.TieBreak{elections.ByMoreVotes, elections.ByLot}},
	}
	for _, name := range []string{"Small", "Large"} {
		p := must[participants.Participant](t)(h.participants.Create(t.Context(), ada, participants.Draft{Name: name, Kind: participants.Party}))
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e := must[*elections.Election](t)(h.elections.Create(t.Context(), ada, d))
	h.upload(t, e, e.Constituencies[0].ID, lines(0, 10, 1)+lines(10, 40, 2))
	h.now.Move(2 * time.Hour)
	h.do(t, `INSERT INTO online_closings VALUES (1, 'finished')`)
	h.certify(t, ada, e.ID)
	h.certify(t, bob, e.ID)
	return e
}

// TestVerify_RulesForTies: the verifier decides the tie again by the rules of the definition, and refuses another rule, another
// winner and a tie that the figures leave out, though everything that names them was made to fit.
func TestVerify_RulesForTies(t *testing.T) {
	h := newApp(t)
	e := h.decidedByRule(t)
	public := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public)))
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		if _, err := verify.File(must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form))); err != nil {
			t.Fatalf("%s: want it to hold, got %v", form, err)
		}
	}
	for name, change := range map[string]func(*results.Figures){
		"a decision less": func(f *results.Figures) { f.Constituencies[0].DecidedTie = nil },
		"another rule":    func(f *results.Figures) { f.Constituencies[0].DecidedTie.Given[0].Rule = "list-order" },
		"another winner":  func(f *results.Figures) { f.Constituencies[0].DecidedTie.Given[0].ParticipantID = 1 },
		"an open tie": func(f *results.Figures) {
			f.Constituencies[0].Tie = &results.TieFigure{Seats: 1, Participants: []int64{1, 2}}
		},
	} {
		if _, err := check(t, consistent(t, public, change)); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), "not those that follow") {
			t.Errorf("%s: want it refused, got %v", name, err)
		}
	}
	for name, rules := range map[string][]string{
		"no rule": nil, "a lot alone": {"lot"}, "the other way": {"fewer-votes", "lot"}, "the order": {"list-order", "lot"}, "no such rule": {"age"},
	} {
		if _, err := check(t, withRules(t, public, rules)); !errors.Is(err, verify.ErrContradiction) {
			t.Errorf("%s: want it refused, got %v", name, err)
		}
	}
	if _, err := check(t, withRules(t, public, []string{"more-votes", "lot"})); err != nil {
		t.Errorf("want the rules that were certified to hold, got %v", err)
	}
}

// withRules is a bundle with other rules for ties in its definition, whose hash the figures then have.
func withRules(t *testing.T, public []byte, rules []string) []byte {
	t.Helper()
	var definition string
	var hash string
	changed := forge(t, public, in(format.DefinitionFile, func(s string) string {
		var d format.Definition
		if err := json.Unmarshal([]byte(s), &d); err != nil {
			t.Fatal(err)
		}
		d.Rules.TieBreak = rules
		document, h, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		definition, hash = string(document), h
		return definition
	}))
	return consistent(t, changed, func(f *results.Figures) { f.Definition = hash })
}
