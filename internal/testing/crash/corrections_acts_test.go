package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"urna/internal/testing/program"
)

// step does what can come next: it orders a correction, carries a part of it out, confirms, certifies or ends it.
func (s *correctionStory) step(t *testing.T, random *rand.Rand, o *outcomes) {
	t.Helper()
	named := s.named()
	switch pending := slices.ContainsFunc(named, func(p *place) bool { return len(p.next) > 0 }); {
	case s.next != nil || pending:
	case s.now.orders == "":
		s.order(t, random, o)
	case s.now.confirmed > 0 || random.IntN(3) == 0:
		s.certify(t, o)
	case !s.changed && random.IntN(3) == 0, random.IntN(6) == 0:
		s.end(t, o)
	default:
		s.changed = true
		p := named[random.IntN(len(named))]
		s.do(t, p, s.plan(random, p), o)
	}
}

// plan draws an act for a station that the open correction names.
func (s *correctionStory) plan(random *rand.Rand, p *place) act {
	switch {
	case p.now.exclusion != "":
		return s.exclude(p, "reopening", "")
	case p.ordered == "annul":
		return s.exclude(p, "annulment", "annulled")
	case p.file:
		return s.planFile(random, p)
	}
	return s.planProtocol(random, p)
}

// order asks for a correction of up to three stations and has it approved.
func (s *correctionStory) order(t *testing.T, random *rand.Rand, o *outcomes) {
	t.Helper()
	var stations []map[string]any
	orders, annuls := map[int64]string{}, []int64{}
	for _, at := range random.Perm(len(s.places))[:1+random.IntN(3)] {
		p := s.places[at]
		act := []string{"recount", "recount", "repeat", "annul"}[random.IntN(4)]
		if act == "annul" && p.now.exclusion != "" {
			act = "recount"
		}
		if act == "repeat" && !s.voided[p.of] && !slices.Contains(annuls, p.of) && random.IntN(2) == 0 {
			annuls = append(annuls, p.of)
		}
		orders[p.id] = act
		stations = append(stations, map[string]any{"id": p.id, "act": act})
	}
	body := encoded(map[string]any{
		"reason": "A test.", "ordered_by": "District court, 7/2027", "stations": stations, "constituencies": annuls,
	})
	opened := s.now
	opened.opened++
	opened.orders, opened.confirmed = ordersOf(orders), 0
	for _, p := range s.places {
		p.ordered = orders[p.id]
	}
	s.annuls = annuls
	var waiting struct {
		Approval created `json:"approval"`
	}
	switch status, raw, err := s.post(t, s.ada, fmt.Sprintf("/elections/%d/corrections", s.electionID), body); {
	case err != nil:
		o.cut++
		s.next = []phase{s.now, opened}
		return
	case status != http.StatusAccepted || json.Unmarshal(raw, &waiting) != nil:
		t.Errorf("want the correction to wait for an approval, got %d: %s", status, raw)
		return
	}
	switch status, raw, err := s.post(t, s.bert, fmt.Sprintf("/approvals/%d", waiting.Approval.ID), []byte(`{"approve": true}`)); {
	case err != nil: // it waits after a kill, or was approved
		o.cut++
		s.next = []phase{opened}
	case status != http.StatusOK:
		t.Errorf("want the correction approved, got %d: %s", status, raw)
	default:
		o.answered["correction"]++
		s.enterPhase(t, opened)
	}
}

// ordersOf draws the stations of a correction with their acts as one text.
func ordersOf(acts map[int64]string) string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(acts)) {
		all = append(all, fmt.Sprintf("%d %s", id, acts[id]))
	}
	return strings.Join(all, ", ")
}

// certify confirms the figures as the first or the second administrator, with a reason for every open point.
func (s *correctionStory) certify(t *testing.T, o *outcomes) {
	t.Helper()
	path := fmt.Sprintf("/elections/%d/certification", s.electionID)
	by, password, name, after := s.ada, administrator.Password, "confirmation", s.now
	after.confirmed = 1
	if s.now.confirmed > 0 {
		by, password, name = s.bert, secondAdministrator.Password, "certification"
		after.orders, after.confirmed, after.certified = "", 0, max(s.number, 1)
	}
	var at struct {
		OpenPoints []openPoint `json:"open_points"`
	}
	status, raw, err := by.ask(t.Context(), http.MethodGet, path, "", nil)
	if err != nil {
		o.cut++ // nothing was asked for
		return
	}
	if err := json.Unmarshal(raw, &at); status != http.StatusOK || err != nil {
		t.Errorf("want the certification, got %d: %s", status, raw)
		return
	}
	reasons := map[string]string{}
	for _, p := range at.OpenPoints {
		if !p.Liftable {
			o.refused++
			return
		}
		if p.Lifted == nil {
			reasons[p.key()] = "By order of the court."
		}
	}
	switch status, raw, err := s.post(t, by, path, encoded(map[string]any{"password": password, "reasons": reasons})); {
	case err != nil:
		o.cut++
		s.next = []phase{s.now, after}
	case status == http.StatusConflict && s.now.confirmed == 0: // a batch was counted meanwhile
		o.refused++
	case status != http.StatusOK:
		t.Errorf("%s: want it done, got %d: %s", name, status, raw)
	default:
		o.answered[name]++
		s.enterPhase(t, after)
	}
}

// openPoint is what has to be settled or lifted before a certification.
type openPoint struct {
	Code           string    `json:"code"`
	ConstituencyID int64     `json:"constituency_id"`
	StationID      int64     `json:"station_id"`
	Liftable       bool      `json:"liftable"`
	Lifted         *struct{} `json:"lifted"`
}

// key names a point in the reasons that lift it.
func (p *openPoint) key() string {
	for _, id := range []int64{p.StationID, p.ConstituencyID} {
		if id != 0 {
			return fmt.Sprintf("%s:%d", p.Code, id)
		}
	}
	return p.Code
}

// end ends the open correction, which is refused if it changed the figures.
func (s *correctionStory) end(t *testing.T, o *outcomes) {
	t.Helper()
	after := s.now
	after.orders, after.confirmed = "", 0
	path := fmt.Sprintf("/elections/%d/corrections/%d/end", s.electionID, s.number)
	switch status, raw, err := s.post(t, s.ada, path, []byte(`{"reason": "The order was lifted."}`)); {
	case err != nil:
		o.cut++
		s.next = []phase{s.now, after}
	case status == http.StatusConflict && s.changed && bytes.Contains(raw, []byte(`/problems/correction-changed-figures"`)):
		o.refused++
	case status != http.StatusOK:
		t.Errorf("want the correction ended, got %d: %s", status, raw)
	default:
		o.answered["end"]++
		s.enterPhase(t, after)
	}
}

// post sends a body of JSON.
func (s *correctionStory) post(t *testing.T, by *client, path string, body []byte) (int, []byte, error) {
	t.Helper()
	return by.ask(t.Context(), http.MethodPost, path, "application/json", bytes.NewReader(body))
}

// compareBundles has `urna verify` check both forms of the bundle of every certification.
func (s *correctionStory) compareBundles(t *testing.T) {
	t.Helper()
	for path := range s.bundles {
		program.VerifyBundle(t, s.binary, s.bundle(t, path))
	}
}
