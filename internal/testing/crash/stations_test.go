package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// The people of the stations. Grace types first entries and Olga second ones; Ada acts and Bert approves.
var (
	secondOfficial = program.User{
		Email: "olga@example.org", Role: "official", Forename: "Olga", Surname: "Ladyzhenskaya", Password: "smooth for all time",
	}
	secondAdministrator = program.User{
		Email: "bert@example.org", Role: "administrator", Forename: "Bert", Surname: "Russell", Password: "the set of all sets",
	}
)

const (
	placesOfStory = 12
	actors        = 3 // who act at once, each at stations of its own
	longestRound  = 250 * time.Millisecond
)

// A stationStory is a data folder with an election whose polling stations send ballots or a protocol, and what became
// known of each.
type stationStory struct {
	binary, data string
	random       *rand.Rand
	electionID   int64
	number       int // of the open correction
	hour         string
	places       []*place

	grace, olga, ada, bert *client
	browser                *client // Grace's, for what only pages do

	acts               map[string]int // answered, by name
	cut, kept, refused int            // without an answer, those of them that had happened, refused as still counting
}

// TestCrash_StationsAtRandomMoments kills the program among the acts on polling stations: numbers of a protocol saved as
// they are typed, first and second entries, settlements, retractions and reopenings, batches, closures, annulments and
// reports of turnout. After each kill every station is as the last answer said, or as the act without an answer would
// make it, and as no act half done.
func TestCrash_StationsAtRandomMoments(t *testing.T) {
	playStories(t, func(t *testing.T, s *stationStory, most int, until time.Time) int {
		t.Helper()
		return s.play(t, most, until)
	})
}

// playStories plays stories of up to roundsOfStory rounds each.
func playStories(t *testing.T, play func(t *testing.T, s *stationStory, most int, until time.Time) (played int)) {
	t.Helper()
	binary := program.Build(t)
	most, from := *rounds, *seed
	until := time.Now().Add(1000 * time.Hour)
	if most == 0 {
		most, until = 40, time.Now().Add(shortRun/2)
	}
	if from == 0 {
		from = rand.Uint64()
	}
	played := 0
	for first := 0; first < most && (played == 0 || time.Now().Before(until)) && !t.Failed(); first += roundsOfStory {
		t.Run(fmt.Sprintf("from round %d", first+1), func(t *testing.T) {
			s := &stationStory{binary: binary, random: rand.New(rand.NewPCG(from, uint64(first))), acts: map[string]int{}}
			played += play(t, s, min(roundsOfStory, most-first), until)
		})
	}
	if played == 0 {
		t.Fatal("want at least one round")
	}
	t.Logf("%d rounds, each ended by a kill; -seed %d draws the same acts again", played, from)
}

// play lives through up to so many rounds, compares after each, and returns how many there were.
func (s *stationStory) play(t *testing.T, most int, until time.Time) (played int) {
	t.Helper()
	s.data = t.TempDir()
	for _, u := range []program.User{administrator, secondAdministrator, official, secondOfficial} {
		program.AddUser(t, s.binary, s.data, u)
	}
	server := program.Serve(t, s.binary, s.data)
	s.signIn(t, server)
	s.define(t)
	for played < most && (played == 0 || time.Now().Before(until)) && !t.Failed() {
		s.round(t, server)
		played++
		server = s.restart(t, played)
		s.look(t)
	}
	s.compareSums(t)
	server.Stop(t)
	program.Verify(t, s.binary, s.data)
	for _, name := range actNames {
		if played == roundsOfStory && s.acts[name] == 0 {
			t.Errorf("want every act at least once in %d rounds, got no %s", played, name)
		}
	}
	t.Logf("%d rounds: answered %v; %d without an answer of which %d had happened, %d refused as still being counted",
		played, s.acts, s.cut, s.kept, s.refused)
	return played
}

// restart starts the program again after a round.
func (s *stationStory) restart(t *testing.T, played int) *program.Server {
	t.Helper()
	server := program.Serve(t, s.binary, s.data)
	if played%roundsOfToken == 0 {
		s.signIn(t, server)
	}
	for _, c := range []*client{s.grace, s.olga, s.ada, s.bert} {
		c.base = server.URL + "/api/v1"
	}
	s.browser.base = server.URL
	return server
}

func (s *stationStory) signIn(t *testing.T, server *program.Server) {
	t.Helper()
	s.grace = signIn(t, server.URL, official.Email, official.Password)
	s.olga = signIn(t, server.URL, secondOfficial.Email, secondOfficial.Password)
	s.ada = signIn(t, server.URL, administrator.Email, administrator.Password)
	s.bert = signIn(t, server.URL, secondAdministrator.Email, secondAdministrator.Password)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.browser = &client{base: server.URL, http: http.Client{Timeout: patience, Jar: jar}}
	form := url.Values{"email": {official.Email}, "password": {official.Password}}.Encode()
	status, page, err := s.browser.ask(t.Context(), http.MethodPost, "/login", "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil || status != http.StatusOK { // of the page that it leads to
		t.Fatalf("want to be signed in, got %d, %v: %.300s", status, err, page)
	}
}

// define makes an election that is over and wants one report of turnout of each polling station.
func (s *stationStory) define(t *testing.T) {
	t.Helper()
	var participants []int64
	for number := range lists {
		var p created
		s.ada.post(t, "/participants", map[string]any{"name": fmt.Sprintf("List %d", number+1), "kind": "party"}, http.StatusCreated, &p)
		participants = append(participants, p.ID)
	}
	s.hour = time.Now().Add(-2 * time.Hour).UTC().Format(time.RFC3339)
	constituencies := make([]any, 2)
	for i := range constituencies {
		stations := make([]any, placesOfStory/2)
		for n := range stations {
			stations[n] = map[string]any{"number": strconv.Itoa(10*i + n + 1), "registered_voters": 5000}
		}
		constituencies[i] = map[string]any{
			"name": fmt.Sprintf("Part %d", i+1), "seats": 10, "registered_voters": 30_000, "participants": participants, "stations": stations,
		}
	}
	var e created
	s.ada.post(t, "/elections", map[string]any{
		"title": "Power cuts at stations", "kind": "parliamentary", "channels": []string{"batches"}, "time_zone": "UTC", "open_now": true,
		"starts_at": time.Now().Add(-3 * time.Hour).Format(time.RFC3339), "ends_at": time.Now().Add(-time.Hour).Format(time.RFC3339),
		"turnout_reports_at": []string{s.hour}, "confirmations": 1,
		"rules": map[string]any{
			"method": "dhondt", "threshold_percent": 0, "threshold_base": "none", "publish_every_station": true,
		},
		"constituencies": constituencies,
	}, http.StatusCreated, &e)
	s.electionID = e.ID
	for i, station := range s.listed(t) {
		p := &place{id: station.ID, file: i%3 == 2, now: known{protocol: "empty", round: 1}}
		if p.file {
			p.now.round = 0
		}
		s.places = append(s.places, p)
	}
}

// round acts at all stations at once until the program is killed.
func (s *stationStory) round(t *testing.T, server *program.Server) {
	t.Helper()
	s.until(t, server.Kill, longestRound, actors, func(worker int, random *rand.Rand, o *outcomes) {
		if p := s.places[worker+actors*random.IntN(placesOfStory/actors)]; len(p.next) == 0 {
			s.do(t, p, s.plan(random, p), o)
		}
	})
}

// until has workers act, each one act after the other, until the program is killed at a random moment before longest.
func (s *stationStory) until(t *testing.T, kill func(*testing.T), longest time.Duration, workers int,
	work func(worker int, random *rand.Rand, o *outcomes),
) {
	t.Helper()
	wait := time.Duration(s.random.Int64N(int64(longest)))
	stop := make(chan struct{})
	var working sync.WaitGroup
	counts := make([]outcomes, workers)
	for worker := range workers {
		random := rand.New(rand.NewPCG(s.random.Uint64(), uint64(worker)))
		counts[worker].answered = map[string]int{}
		working.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					work(worker, random, &counts[worker])
				}
			}
		})
	}
	time.Sleep(wait)
	close(stop)
	kill(t)
	working.Wait()
	for i := range counts {
		s.note(&counts[i])
	}
}

// note adds what became of acts.
func (s *stationStory) note(c *outcomes) {
	s.cut, s.refused = s.cut+c.cut, s.refused+c.refused
	for name, n := range c.answered {
		s.acts[name] += n
	}
}

// stillChanging finds the refusals of acts on a batch that is being counted or moved.
var stillChanging = regexp.MustCompile(`/problems/(batch-not-counted|batch-not-retracted|station-being-counted)"`)

// outcomes are what became of the acts of one worker.
type outcomes struct {
	answered     map[string]int // by name
	cut, refused int
}

// An act is one request, with the state of the station once it is done.
type act struct {
	by    *client
	path  string
	kind  string // of the body
	body  []byte
	after known
}

// actNames are the ends of the addresses of all acts.
var actNames = []string{
	"draft", "protocol-entries", "settlement", "retraction", "restoration", "protocol/reopening", "batches", "closure", "annulment", "reopening", "turnout",
}

// name returns which of them an act is.
func (a *act) name() string {
	path, _, _ := strings.Cut(a.path, "?")
	for _, name := range actNames {
		if strings.HasSuffix(path, "/"+name) {
			return name
		}
	}
	return a.path
}

// do asks for an act, and has it approved if it must be.
func (s *stationStory) do(t *testing.T, p *place, a act, o *outcomes) {
	t.Helper()
	status, raw, err := a.by.ask(t.Context(), http.MethodPost, a.path, a.kind, bytes.NewReader(a.body))
	var waiting struct {
		created

		Approval *created `json:"approval"`
	}
	switch {
	case err != nil:
		o.cut++
		p.next = []known{p.now, a.after}
		return
	case status == http.StatusConflict && p.file && stillChanging.Match(raw):
		o.refused++
		return
	case status >= http.StatusBadRequest:
		t.Errorf("station %d, %+v: %s: want it done, got %d: %s", p.id, p.now, a.path, status, raw)
		return
	case status == http.StatusAccepted:
		if err := json.Unmarshal(raw, &waiting); err != nil {
			t.Error(err)
			return
		}
	}
	if waiting.Approval == nil {
		o.answered[a.name()]++
		p.now = a.after
		if a.kind == "text/csv" {
			p.batchID = waiting.ID
		}
		return
	}
	// The proposal was answered: it waits after a kill, or was approved.
	path := fmt.Sprintf("/approvals/%d", waiting.Approval.ID)
	status, raw, err = s.bert.ask(t.Context(), http.MethodPost, path, "application/json", strings.NewReader(`{"approve": true}`))
	switch {
	case err != nil:
		o.cut++
		p.next = []known{a.after}
	case status == http.StatusOK:
		o.answered[a.name()]++
		p.now = a.after
	case status == http.StatusConflict && p.file:
		o.refused++
		p.next = []known{a.after}
	default:
		t.Errorf("station %d, %s: want it approved, got %d: %s", p.id, a.path, status, raw)
	}
}
