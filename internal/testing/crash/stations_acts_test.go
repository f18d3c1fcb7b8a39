package crash

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
)

// A place is a polling station, and its known state.
type place struct {
	id int64
	of int64 // its constituency
	// ordered is what the open correction orders for it, or one that may have been opened; "": it does not name it.
	ordered string
	file    bool // it sends ballots, else a protocol
	now     known
	// next is what the station can be after a kill, if not all is known; else nil.
	next    []known
	drawn   uint64 // files so far
	batchID int64  // of its file; 0: none was accepted
}

// known is what can be read of a polling station.
type known struct {
	exclusion string       // "", "closed" or "annulled"
	protocol  string       // its state
	round     int          // from 1; 0 for a station that sends ballots
	draft     string       // votes of the first list that Grace has typed and not entered
	batch     string       // of the last batch: "", "counted" or "retracted"
	batches   int          // how many there are; all but the last one are retracted
	moved     int          // the number of the correction of the last act; 0: before them
	voters    int64        // as reported; 0: not
	votes     [lists]int64 // in the count
	paper     [lists]int64 // of the protocol or the file, in the count or not
}

// drawVotes draws the votes of a paper.
func drawVotes(random *rand.Rand) (votes [lists]int64) {
	for i := range votes {
		votes[i] = 10 + random.Int64N(90)
	}
	return votes
}

// plan draws an act for a station out of those that it allows.
func (s *stationStory) plan(random *rand.Rand, p *place) act {
	if p.now.exclusion != "closed" && random.IntN(6) == 0 {
		return s.report(random, p)
	}
	switch {
	case p.now.exclusion != "":
		return s.exclude(p, "reopening", "")
	case random.IntN(8) == 0:
		return s.exclude(p, "annulment", "annulled")
	case random.IntN(4) == 0 && p.now.votes == [lists]int64{} && (p.file && p.now.batch == "" || p.now.protocol == "empty" && !p.file):
		return s.exclude(p, "closure", "closed")
	case p.file:
		return s.planFile(random, p)
	}
	return s.planProtocol(random, p)
}

func (s *stationStory) report(random *rand.Rand, p *place) act {
	after := p.now
	after.voters += 1 + random.Int64N(200)
	return s.ask(s.grace, p, "/turnout", map[string]any{"at": s.hour, "voters": after.voters, "reason": "more came"}, after)
}

// exclude closes, annuls or reopens a station.
func (s *stationStory) exclude(p *place, name, to string) act {
	after := p.now
	after.exclusion = to
	if to == "annulled" {
		after.votes = [lists]int64{}
		if after.protocol == "definitive" {
			after.protocol = "retracted"
		}
		if after.batch == "counted" {
			after.batch = "retracted"
		}
	}
	return s.ask(s.ada, p, "/"+name, map[string]any{"reason": "a test"}, after)
}

// planFile draws an act for a station that sends ballots.
func (s *stationStory) planFile(random *rand.Rand, p *place) act {
	after := p.now
	switch outside := p.now.moved != s.number; {
	case p.now.batch == "", p.now.batch == "retracted" && (outside || s.number > 0 && random.IntN(2) == 0):
		after.paper = drawVotes(random)
		after.batch, after.votes = "counted", after.paper
		after.batches++
		p.drawn++
		after.moved = s.number
		var file []byte
		for list, votes := range after.paper {
			for n := range votes {
				file = fmt.Appendf(file, "%08x-%04x-%04x-8000-%012x,%d\n", p.id, p.drawn, list, n, list+1)
			}
		}
		return act{s.grace, fmt.Sprintf("/elections/%d/batches?station_id=%d", s.electionID, p.id), "text/csv", file, after}
	case p.now.batch == "counted":
		after.batch, after.votes = "retracted", [lists]int64{}
		return s.askBatch(p, "retraction", after)
	default:
		after.batch, after.votes = "counted", after.paper
		return s.askBatch(p, "restoration", after)
	}
}

// planProtocol draws an act for a station that sends a protocol.
func (s *stationStory) planProtocol(random *rand.Rand, p *place) act {
	after := p.now
	switch p.now.protocol {
	case "empty", "reopened":
		if s.number == 0 && (p.now.draft == "" || random.IntN(2) == 0) {
			return s.typeDraft(random, p)
		}
		after.protocol, after.draft, after.paper = "first-entry", "", drawVotes(random)
		return s.enter(s.grace, p, after.paper, after)
	case "first-entry", "second-entry":
		second := p.now.paper
		after.protocol, after.votes = "definitive", second
		if random.IntN(2) == 0 { // two lists are exchanged: the sum stays
			second[0]++
			second[1]--
			after.protocol, after.votes = "different", [lists]int64{}
		}
		return s.enter(s.olga, p, second, after)
	case "different":
		if random.IntN(4) == 0 {
			return s.reopen(p)
		}
		after.protocol, after.votes = "definitive", after.paper
		return s.ask(s.ada, p, "/protocol/settlement", map[string]any{"votes": map[string]any{
			"1": after.paper[0], "2": after.paper[1],
		}}, after)
	case "definitive":
		if random.IntN(2) == 0 {
			return s.reopen(p)
		}
		after.protocol, after.votes = "retracted", [lists]int64{}
		return s.ask(s.ada, p, "/protocol/retraction", map[string]any{"reason": "a test"}, after)
	default:
		if p.now.moved != s.number || random.IntN(3) == 0 {
			return s.reopen(p)
		}
		after.protocol, after.votes = "definitive", after.paper
		return s.ask(s.ada, p, "/protocol/restoration", map[string]any{"reason": "a test"}, after)
	}
}

func (s *stationStory) reopen(p *place) act {
	after := p.now
	after.protocol, after.votes, after.paper = "reopened", [lists]int64{}, [lists]int64{}
	after.round++
	return s.ask(s.ada, p, "/protocol/reopening", map[string]any{"reason": "a test"}, after)
}

// typeDraft has a number saved as the page saves it.
func (s *stationStory) typeDraft(random *rand.Rand, p *place) act {
	after := p.now
	after.draft = strconv.Itoa(1000 + random.IntN(9000))
	return act{
		s.browser, fmt.Sprintf("/stations/%d/protocol/draft", p.id), "application/x-www-form-urlencoded",
		[]byte(url.Values{"votes.1": {after.draft}}.Encode()), after,
	}
}

// enter enters a protocol with three invalid ballots.
func (s *stationStory) enter(by *client, p *place, votes [lists]int64, after known) act {
	typed, inBox := map[string]int64{}, int64(3)
	for i, n := range votes {
		typed[strconv.Itoa(i+1)] = n
		inBox += n
	}
	return s.ask(by, p, "/protocol-entries", map[string]any{
		"fields": map[string]any{"found_in_box": inBox, "invalid": 3}, "votes": typed, "explanations": map[string]any{"W4": "few ballots"},
	}, after)
}

// ask returns an act on a station with a body of JSON.
func (s *stationStory) ask(by *client, p *place, path string, body map[string]any, after known) act {
	after.moved = s.number
	return act{by, fmt.Sprintf("/elections/%d/stations/%d%s", s.electionID, p.id, path), "application/json", encoded(body), after}
}

// encoded returns a body of texts and numbers as JSON.
func encoded(body map[string]any) []byte {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return raw
}

func (s *stationStory) askBatch(p *place, path string, after known) act {
	after.moved = s.number
	return act{s.ada, fmt.Sprintf("/batches/%d/%s", p.batchID, path), "application/json", []byte(`{"reason": "a test"}`), after}
}
