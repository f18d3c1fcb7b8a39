package crash

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

const (
	onlineVotes  = 24                     // each of the two constituencies has half of them
	longestAlone = 800 * time.Millisecond // a confirmation asks for a password, which is slow to check
)

// A correctionStory is a certified election that is corrected again and again, and what became known of it.
type correctionStory struct {
	stationStory

	now phase
	// next is what the election can be after a kill, if that is not known; else nil.
	next   []phase
	online map[int64][lists]int64 // votes by constituency
	annuls []int64                // constituencies whose online votes the open correction annuls
	voided map[int64]bool         // those whose online votes certified corrections annulled
	// shown are the votes of the last certification by station, and by constituency in all.
	shown   map[int64][lists]int64
	totals  map[int64][lists]int64
	bundles map[string][32]byte // SHA-256 by path
	changed bool                // an act of the open correction was asked for
}

// phase is what can be read of the election as a whole.
type phase struct {
	orders    string // the stations and acts of the open correction; "" if none is open
	opened    int    // how many corrections were opened so far
	confirmed int    // confirmations of the open correction
	certified int    // the number of the last certification
}

// TestCrash_CorrectionsAtRandomMoments kills the program while corrections of a certified election are ordered, approved,
// carried out, certified and ended: stations are annulled, counted again and repeated, online votes are annulled. After
// each kill every station and the election are as the last answer said, or as the act without an answer would make them.
// Everybody sees the certified result until the next one, and every earlier bundle stays what it was.
func TestCrash_CorrectionsAtRandomMoments(t *testing.T) {
	playStories(t, func(t *testing.T, s *stationStory, most int, until time.Time) int {
		t.Helper()
		return (&correctionStory{
			stationStory: *s, now: phase{certified: 1}, online: map[int64][lists]int64{}, voided: map[int64]bool{}, bundles: map[string][32]byte{},
		}).play(t, most, until)
	})
}

// play certifies an election, corrects it in up to so many rounds, compares after each, and returns how many there were.
func (s *correctionStory) play(t *testing.T, most int, until time.Time) (played int) {
	t.Helper()
	server := s.begin(t)
	for played < most && (played == 0 || time.Now().Before(until)) && !t.Failed() {
		s.round(t, server)
		played++
		server = s.restart(t, played)
		s.look(t)
	}
	s.compareBundles(t)
	server.Stop(t)
	program.Verify(t, s.binary, s.data)
	for _, name := range []string{"correction", "end", "confirmation", "certification", "annulment", "reopening", "batches", "retraction", "protocol-entries"} {
		if played == roundsOfStory && s.acts[name] == 0 {
			t.Errorf("want every act at least once in %d rounds, got no %s", played, name)
		}
	}
	t.Logf("%d rounds, %d corrections, certification %d: answered %v; %d without an answer of which %d had happened, %d refused as still being counted",
		played, s.now.opened, s.now.certified, s.acts, s.cut, s.kept, s.refused)
	return played
}

// begin makes the election, has every station counted and votes cast online, and certifies the result.
func (s *correctionStory) begin(t *testing.T) *program.Server {
	t.Helper()
	s.data = t.TempDir()
	for _, u := range []program.User{administrator, secondAdministrator, official, secondOfficial} {
		program.AddUser(t, s.binary, s.data, u)
	}
	poll := apptest.NewPoll(t, s.data, onlineVotes, func(d *elections.Draft) {
		d.Constituencies, d.Confirmations, d.Rules.PublishEveryStation = nil, 2, true
		for i := range 2 {
			c := elections.ConstituencyDraft{Name: fmt.Sprintf("Part %d", i+1), Seats: 10}
			for n := range placesOfStory / 2 {
				c.Stations = append(c.Stations, elections.StationDraft{Number: strconv.Itoa(10*i + n + 1)})
			}
			d.Constituencies = append(d.Constituencies, c)
		}
	})
	s.electionID = poll.ElectionID
	server := program.Serve(t, s.binary, s.data)
	s.signIn(t, server)
	s.count(t)
	s.vote(t, server, poll)
	server.Stop(t)
	poll.End(t, s.data)
	server = s.restart(t, 0)
	for deadline := time.Now().Add(patience); s.acts["certification"] == 0 && !t.Failed(); time.Sleep(10 * time.Millisecond) {
		o := outcomes{answered: map[string]int{}}
		s.certify(t, &o)
		s.note(&o)
		if time.Now().After(deadline) {
			t.Fatalf("want it certified within %v", patience)
		}
	}
	s.look(t)
	return server
}

// count has the ballots or the protocol of every station counted.
func (s *correctionStory) count(t *testing.T) {
	t.Helper()
	o := outcomes{answered: map[string]int{}}
	for i, station := range s.listed(t) {
		p := &place{id: station.ID, of: station.ConstituencyID, file: i%3 == 2, now: known{protocol: "empty", round: 1, paper: drawVotes(s.random)}}
		s.places = append(s.places, p)
		if p.file {
			p.now.round = 0
			s.do(t, p, s.planFile(s.random, p), &o)
			continue
		}
		after := p.now
		after.protocol = "first-entry"
		s.do(t, p, s.enter(s.grace, p, after.paper, after), &o)
		after.protocol, after.votes = "definitive", after.paper
		s.do(t, p, s.enter(s.olga, p, after.paper, after), &o)
	}
}

// vote casts the online votes.
func (s *correctionStory) vote(t *testing.T, server *program.Server, poll *apptest.Poll) {
	t.Helper()
	var base atomic.Pointer[string]
	base.Store(&server.URL)
	for key := range onlineVotes {
		list, of := key%lists, poll.Constituencies[key%len(poll.Constituencies)]
		if status := voteUntilAnswered(t, http.DefaultClient, &base, poll.Body(key, list+1)); status != http.StatusOK {
			t.Fatalf("want the vote accepted, got %d", status)
		}
		votes := s.online[of]
		votes[list]++
		s.online[of] = votes
	}
}

// round acts until the program is killed: one person does everything, or several act at the reopened stations.
func (s *correctionStory) round(t *testing.T, server *program.Server) {
	t.Helper()
	named := s.named()
	if s.now.orders == "" || s.now.confirmed > 0 || s.random.IntN(4) > 0 {
		s.until(t, server.Kill, longestAlone, 1, func(_ int, random *rand.Rand, o *outcomes) { s.step(t, random, o) })
		return
	}
	s.changed = true
	s.until(t, server.Kill, longestRound, min(actors, len(named)), func(worker int, random *rand.Rand, o *outcomes) {
		own := (len(named) - worker + actors - 1) / actors
		if p := named[worker+actors*random.IntN(own)]; len(p.next) == 0 {
			s.do(t, p, s.plan(random, p), o)
		}
	})
}

// named returns the stations that the open correction names.
func (s *correctionStory) named() (named []*place) {
	for _, p := range s.places {
		if p.ordered != "" {
			named = append(named, p)
		}
	}
	return named
}

// note that the election is in another phase, after the places are known.
func (s *correctionStory) enterPhase(t *testing.T, to phase) {
	t.Helper()
	from := s.now
	s.now, s.next = to, nil
	if to.orders != "" && to.opened == from.opened {
		return
	}
	switch {
	case to.orders != "":
		s.number, s.changed = max(from.certified, s.number)+1, false
	case to.certified > from.certified:
		for _, id := range s.annuls {
			s.voided[id] = true
		}
	case from.orders != "": // ended without a change
		for _, p := range s.places {
			if p.now.votes != s.shown[p.id] {
				t.Errorf("station %d: want a correction that changed its votes from %v to %v not to end", p.id, s.shown[p.id], p.now.votes)
			}
		}
	}
	if to.orders == "" {
		s.annuls = nil
		for _, p := range s.places {
			p.ordered = ""
		}
		s.shown, s.totals = s.sums()
	}
}

// sums returns the votes as they are now, by station and by constituency.
func (s *correctionStory) sums() (stations, constituencies map[int64][lists]int64) {
	stations, constituencies = map[int64][lists]int64{}, maps.Clone(s.online)
	for id := range s.voided {
		constituencies[id] = [lists]int64{}
	}
	for _, p := range s.places {
		stations[p.id] = p.now.votes
		all := constituencies[p.of]
		for i, n := range p.now.votes {
			all[i] += n
		}
		constituencies[p.of] = all
	}
	return stations, constituencies
}
