package crash

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
)

// look reads everything after a restart and compares it with what it can be.
func (s *correctionStory) look(t *testing.T) {
	t.Helper()
	s.decide(t)
	batches := s.rest(t)
	for _, p := range s.places {
		possible := p.next
		if len(possible) == 0 {
			possible = []known{p.now}
		}
		got := s.readCorrected(t, p, batches)
		at := slices.IndexFunc(possible, func(want known) bool { return countless(want) == got })
		if at < 0 {
			t.Fatalf("station %d, %s: want one of %+v, got %+v", p.id, p.ordered, possible, got)
		}
		if len(possible) > 1 && at == len(possible)-1 {
			s.kept++
		}
		p.now, p.next = possible[at], nil
	}
	possible, got := s.next, s.readPhase(t)
	if possible == nil {
		possible = []phase{s.now}
	}
	at := slices.Index(possible, got)
	if at < 0 {
		t.Fatalf("want one of %+v, got %+v", possible, got)
	}
	if s.next != nil {
		if len(possible) > 1 && at == len(possible)-1 {
			s.kept++
		} else if got.orders == "" { // nothing was ordered
			s.annuls = nil
			for _, p := range s.places {
				p.ordered = ""
			}
		}
		s.enterPhase(t, got)
	}
	s.comparePublic(t)
	s.refuseOthers(t)
}

// countless returns what readCorrected reads of a state.
func countless(k known) known {
	k.moved, k.draft, k.paper, k.votes = 0, "", [lists]int64{}, k.paper
	if k.protocol != "definitive" && k.batch == "" {
		k.votes = [lists]int64{}
	}
	if k.batch != "" { // the batch says only how many ballots it has
		k.votes = [lists]int64{0: sumOf(k.votes)}
	}
	return k
}

func sumOf(votes [lists]int64) (all int64) {
	for _, n := range votes {
		all += n
	}
	return all
}

// readCorrected returns what administrators see of a station, with the votes of its protocol or the ballots of its last batch.
func (s *correctionStory) readCorrected(t *testing.T, p *place, batches map[int64]sentBatches) known {
	t.Helper()
	path := fmt.Sprintf("/elections/%d/stations/%d", s.electionID, p.id)
	var station struct {
		Exclusion *struct {
			State string `json:"state"`
		} `json:"exclusion"`
	}
	s.ada.get(t, path, &station)
	of := batches[p.id]
	got := known{protocol: "empty", batch: of.last.State, batches: of.all}
	got.votes[0] = of.last.Lines
	p.batchID = of.last.ID
	if station.Exclusion != nil {
		got.exclusion = station.Exclusion.State
	}
	if p.file {
		return got
	}
	var protocol struct {
		State string           `json:"state"`
		Round int              `json:"round"`
		Votes map[string]int64 `json:"votes"`
	}
	s.ada.get(t, path+"/protocol", &protocol)
	got.protocol, got.round = protocol.State, protocol.Round
	if protocol.State == "definitive" {
		for list := range lists {
			got.votes[list] = protocol.Votes[strconv.Itoa(list+1)]
		}
	}
	return got
}

// readPhase reads in which phase the election is.
func (s *correctionStory) readPhase(t *testing.T) (got phase) {
	t.Helper()
	var election, certification struct {
		State         string `json:"state"`
		Confirmations int    `json:"confirmations"`
	}
	path := fmt.Sprintf("/elections/%d", s.electionID)
	s.ada.get(t, path, &election)
	s.ada.get(t, path+"/certification", &certification)
	var all list[struct {
		Number   int    `json:"number"`
		State    string `json:"state"`
		Stations []struct {
			ID  int64  `json:"id"`
			Act string `json:"act"`
		} `json:"stations"`
		Constituencies []int64 `json:"constituencies"`
	}]
	s.ada.get(t, path+"/corrections", &all)
	got.opened, got.certified = len(all.Items), 1
	for i, c := range all.Items {
		switch c.State {
		case "certified":
			got.certified = c.Number
		case "open":
			orders := map[int64]string{}
			for _, station := range c.Stations {
				orders[station.ID] = station.Act
			}
			got.orders, got.confirmed = ordersOf(orders), certification.Confirmations
			slices.Sort(s.annuls)
			if i != len(all.Items)-1 || !slices.Equal(s.annuls, slices.Sorted(slices.Values(c.Constituencies))) {
				t.Errorf("want the last correction open, and the online votes of %v annulled, got %+v", s.annuls, all.Items)
			}
		}
	}
	if want := map[bool]string{true: "certified", false: "correcting"}[got.orders == ""]; election.State != want {
		t.Errorf("want the election %s, got %s", want, election.State)
	}
	return got
}

// comparePublic compares what everybody sees with the last certification, also while a correction is open.
func (s *correctionStory) comparePublic(t *testing.T) {
	t.Helper()
	anyone := &client{base: s.ada.base}
	var r results
	anyone.get(t, fmt.Sprintf("/elections/%d/results", s.electionID), &r)
	for _, c := range r.Constituencies {
		var got [lists]int64
		for _, candidacy := range c.Candidacies {
			got[candidacy.PollNumber-1] = candidacy.Votes
		}
		if want := s.totals[c.ID]; got != want {
			t.Errorf("constituency %d: want votes %v shown, got %v", c.ID, want, got)
		}
	}
	for _, station := range s.listed(t) {
		var got [lists]int64
		for _, c := range station.Candidacies {
			got[c.PollNumber-1] = c.Votes
		}
		at := slices.IndexFunc(s.places, func(p *place) bool { return p.id == station.ID })
		if s.places[at].ordered == "" && got != s.shown[station.ID] {
			t.Errorf("station %d: want votes %v shown, got %v", station.ID, s.shown[station.ID], got)
		}
	}
	s.compareBundle(t)
}

// compareBundle reads the bundle of one of the certifications in one of its forms, which never changes.
func (s *correctionStory) compareBundle(t *testing.T) {
	t.Helper()
	number, form := 1+s.random.IntN(s.now.certified), []string{"bundle", "bundle-full"}[s.random.IntN(2)]
	path := fmt.Sprintf("/elections/%d/%s.zip?certification=%d", s.electionID, form, number)
	status, raw, err := s.ada.ask(t.Context(), http.MethodGet, path, "", nil)
	switch hash, has := s.bundles[path]; {
	case err != nil, status != http.StatusOK && status != http.StatusNotFound:
		t.Errorf("%s: want the bundle, got %d, %v", path, status, err)
	case status == http.StatusNotFound: // no certification has this number
		if has || number == 1 || number == s.now.certified {
			t.Errorf("%s: want the bundle, got %d", path, status)
		}
	case !has:
		s.bundles[path] = sha256.Sum256(raw)
	case hash != sha256.Sum256(raw):
		t.Errorf("%s: want the same bundle as before", path)
	}
}

// bundle writes a bundle into a file.
func (s *correctionStory) bundle(t *testing.T, path string) []byte {
	t.Helper()
	status, raw, err := s.ada.ask(t.Context(), http.MethodGet, path, "", nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s: want the bundle, got %d, %v", path, status, err)
	}
	return raw
}

// refuseOthers tries to annul a station that no open correction names.
func (s *correctionStory) refuseOthers(t *testing.T) {
	t.Helper()
	others := slices.DeleteFunc(slices.Clone(s.places), func(p *place) bool { return p.ordered != "" || p.now.exclusion != "" })
	if len(others) == 0 {
		return
	}
	path := fmt.Sprintf("/elections/%d/stations/%d/annulment", s.electionID, others[s.random.IntN(len(others))].id)
	if status, raw, err := s.post(t, s.ada, path, []byte(`{"reason": "It is not named."}`)); err != nil || status != http.StatusConflict {
		t.Errorf("%s: want it refused, got %d, %v: %s", path, status, err, raw)
	}
}
