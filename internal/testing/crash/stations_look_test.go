package crash

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// listedStation is what the public list says of a polling station.
type listedStation struct {
	ID             int64  `json:"id"`
	ConstituencyID int64  `json:"constituency_id"`
	State          string `json:"state"`
	Candidacies    []struct {
		PollNumber int   `json:"poll_number"`
		Votes      int64 `json:"votes"`
	} `json:"candidacies"`
}

func (s *stationStory) listed(t *testing.T) []listedStation {
	t.Helper()
	var all list[listedStation]
	s.ada.get(t, fmt.Sprintf("/elections/%d/stations?limit=100", s.electionID), &all)
	return all.Items
}

// look reads everything after a restart, decides what waits, and compares each station with what it can be.
func (s *stationStory) look(t *testing.T) {
	t.Helper()
	s.decide(t)
	batches := s.rest(t)
	voters := s.reported(t)
	listed := map[int64]listedStation{}
	for _, station := range s.listed(t) {
		listed[station.ID] = station
	}
	for _, p := range s.places {
		possible := p.next
		if len(possible) == 0 {
			possible = []known{p.now}
		}
		got := s.read(t, p, listed[p.id], batches, voters[p.id])
		at := slices.IndexFunc(possible, func(want known) bool { return seen(want) == got })
		if at < 0 {
			t.Errorf("station %d: want one of %+v, got %+v", p.id, possible, got)
			continue
		}
		if len(possible) > 1 && at == len(possible)-1 {
			s.kept++
		}
		p.now, p.next = possible[at], nil
		s.wantState(t, p, listed[p.id].State)
	}
}

// seen returns the part of a state that can be read: a draft is shown while its typist can enter it.
func seen(k known) known {
	k.paper, k.moved = [lists]int64{}, 0
	if k.exclusion != "" || k.protocol != "empty" && k.protocol != "reopened" {
		k.draft = ""
	}
	return k
}

// decide approves what waits for a second administrator.
func (s *stationStory) decide(t *testing.T) {
	t.Helper()
	var all list[struct {
		ID    int64  `json:"id"`
		State string `json:"state"`
		Act   string `json:"act"`
	}]
	s.bert.get(t, "/approvals?limit=100", &all)
	for _, a := range all.Items {
		if a.State != "waiting" {
			continue
		}
		var decided struct {
			State string `json:"state"`
		}
		s.bert.post(t, fmt.Sprintf("/approvals/%d", a.ID), map[string]any{"approve": true}, http.StatusOK, &decided)
		if decided.State != "done" {
			t.Errorf("approval %d, %s: want it done, got %s", a.ID, a.Act, decided.State)
		}
	}
}

// stationBatch is what a list of batches says of each.
type stationBatch struct {
	ID        int64  `json:"id"`
	StationID int64  `json:"station_id"`
	State     string `json:"state"`
	Lines     int64  `json:"lines"`
}

// sentBatches are the batches of a polling station.
type sentBatches struct {
	last stationBatch
	all  int
}

// rest waits until no batch waits any more, and returns them by station. All but the last one of each are retracted.
func (s *stationStory) rest(t *testing.T) map[int64]sentBatches {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		var all list[stationBatch]
		s.ada.get(t, fmt.Sprintf("/elections/%d/batches?limit=1000", s.electionID), &all)
		byStation, counted, waiting := map[int64]sentBatches{}, map[int64]int{}, 0
		for _, b := range all.Items {
			switch b.State {
			case "counted":
				counted[b.StationID]++
			case "retracted":
			default:
				waiting++
			}
			of := byStation[b.StationID]
			if of.all++; b.ID > of.last.ID {
				of.last = b
			}
			byStation[b.StationID] = of
		}
		if waiting == 0 {
			for station, of := range byStation {
				if n := counted[station]; n > 1 || n == 1 && of.last.State != "counted" {
					t.Errorf("station %d: want no batch in the count but the last one, got %d", station, n)
				}
			}
			return byStation
		}
		if time.Now().After(deadline) {
			t.Fatalf("want no batch waiting within %v, %d are", patience, waiting)
		}
	}
}

// reported returns the voters that hold of each station.
func (s *stationStory) reported(t *testing.T) map[int64]int64 {
	t.Helper()
	status, raw, err := s.ada.ask(t.Context(), http.MethodGet, fmt.Sprintf("/elections/%d/turnout.csv", s.electionID), "", nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("want the reports, got %d, %v", status, err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("want the reports, got %v: %s", err, raw)
	}
	column := func(name string) int { return slices.Index(lines[0], name) }
	found := map[int64]int64{}
	for _, l := range lines[1:] {
		if l[column("holds")] != "true" {
			continue
		}
		station, errStation := strconv.ParseInt(l[column("station_id")], 10, 64)
		voters, errVoters := strconv.ParseInt(l[column("voters")], 10, 64)
		if errStation != nil || errVoters != nil || found[station] != 0 {
			t.Errorf("want one report that holds, got %v", l)
		}
		found[station] = voters
	}
	return found
}

// typed is the field of the first list's votes on Grace's page.
var typed = regexp.MustCompile(`<input[^>]*name="votes\.1"[^>]*>`)

// read returns what can be read of a station.
func (s *stationStory) read(t *testing.T, p *place, public listedStation, batches map[int64]sentBatches, voters int64) known {
	t.Helper()
	path := fmt.Sprintf("/elections/%d/stations/%d", s.electionID, p.id)
	var station struct {
		Exclusion *struct {
			State string `json:"state"`
		} `json:"exclusion"`
	}
	s.ada.get(t, path, &station)
	of := batches[p.id]
	got := known{protocol: "empty", batch: of.last.State, batches: of.all, voters: voters}
	p.batchID = of.last.ID
	if station.Exclusion != nil {
		got.exclusion = station.Exclusion.State
	}
	if !p.file {
		var protocol struct {
			State string `json:"state"`
			Round int    `json:"round"`
		}
		s.ada.get(t, path+"/protocol", &protocol)
		got.protocol, got.round = protocol.State, protocol.Round
	}
	for _, c := range public.Candidacies {
		got.votes[c.PollNumber-1] = c.Votes
	}
	if got.exclusion == "" && !p.file && (got.protocol == "empty" || got.protocol == "reopened") {
		status, page, err := s.browser.ask(t.Context(), http.MethodGet, fmt.Sprintf("/stations/%d/protocol", p.id), "", nil)
		field := typed.FindString(string(page))
		if err != nil || status != http.StatusOK || field == "" {
			t.Fatalf("want the page of the protocol, got %d, %v", status, err)
		}
		if _, value, has := strings.Cut(field, `value="`); has {
			got.draft, _, _ = strings.Cut(value, `"`)
		}
	}
	return got
}

// wantState compares the state that everybody sees.
func (s *stationStory) wantState(t *testing.T, p *place, got string) {
	t.Helper()
	want := "awaited"
	switch k := p.now; {
	case k.exclusion != "":
		want = k.exclusion
	case k.votes != [lists]int64{}:
		want = "counted"
	case k.protocol == "first-entry" || k.protocol == "different":
		want = "received"
	}
	if got != want {
		t.Errorf("station %d, %+v: want it shown as %s, got %s", p.id, p.now, want, got)
	}
}

// compareSums compares the results with the sum of the counted votes.
func (s *stationStory) compareSums(t *testing.T) {
	t.Helper()
	var want, got [lists]int64
	for _, p := range s.places {
		for i, n := range p.now.votes {
			want[i] += n
		}
	}
	var r results
	s.ada.get(t, fmt.Sprintf("/elections/%d/results", s.electionID), &r)
	for _, c := range r.Constituencies {
		for _, candidacy := range c.Candidacies {
			got[candidacy.PollNumber-1] += candidacy.Votes
		}
	}
	if got != want {
		t.Errorf("want votes %v, got %v", want, got)
	}
}
